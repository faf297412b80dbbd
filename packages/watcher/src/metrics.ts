import { Counter, Gauge, Registry } from 'prom-client'
import { ALARM_CODES } from './alarm/catalogue.ts'
import type { WatcherView } from './api/view.ts'

/** Prometheus metrics of one watcher. */
export interface Metrics {
  readonly blockExecuted: (transactions: number) => void
  readonly disputeWon: () => void
  /** An amount in wei. */
  readonly bondEarned: (amount: bigint) => void
  readonly exitStarted: () => void
  text(): Promise<string>
}

export function createMetrics(view: () => Pick<WatcherView, 'status' | 'alarms'>): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `omg_watcher_${name}`,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  const counter = (name: string, help: string) =>
    new Counter({ name: `omg_watcher_${name}`, help, registers })

  const blocks = counter('blocks_executed_total', 'Blocks re-executed')
  const transactions = counter(
    'transactions_executed_total',
    'Transactions re-executed, every signature verified',
  )
  const won = counter('challenges_won_total', 'Wrong claims answered by this watcher')
  const earned = counter('bonds_earned_ether_total', 'Paid out for challenges, in ether')
  const exits = counter('customer_exits_started_total', 'Exits started for customers')
  gauge('height', 'Last block re-executed', () => Number(view().status().chain.height))
  gauge('head_height', 'Highest block that a node has', () => Number(view().status().chain.headHeight))
  gauge('ethereum_block', 'Newest Ethereum block read', () => Number(view().status().ethereum.block))
  gauge('checkpoint_accepted', 'Last checkpoint on Ethereum', () =>
    Number(view().status().ethereum.lastCheckpoint),
  )
  gauge('checkpoint_agreed', 'Last checkpoint that agrees', () =>
    Number(view().status().ethereum.lastAgreedCheckpoint),
  )
  gauge('unspent_outputs', 'Live outputs', () => view().status().chain.unspentOutputs)
  gauge('open_exits', 'Exits that wait on Ethereum', () => view().status().openExits)
  gauge('alive', '1 if every part does its rounds', () => (view().status().alive ? 1 : 0))
  new Gauge({
    name: 'omg_watcher_alarms',
    help: 'Standing alarms',
    labelNames: ['code'],
    registers,
    collect() {
      for (const code of ALARM_CODES) this.set({ code }, 0)
      for (const { code } of view().alarms.standing()) this.inc({ code })
    },
  })
  new Gauge({
    name: 'omg_watcher_heartbeat_age_seconds',
    help: 'Time since the last round of each part',
    labelNames: ['part'],
    registers,
    collect() {
      for (const [part, age] of Object.entries(view().status().heartbeat)) this.set({ part }, age / 1000)
    },
  })
  return {
    blockExecuted(count) {
      blocks.inc()
      transactions.inc(count)
    },
    disputeWon: () => won.inc(),
    bondEarned: amount => earned.inc(Number(amount) / 1e18),
    exitStarted: () => exits.inc(),
    text: () => registry.metrics(),
  }
}
