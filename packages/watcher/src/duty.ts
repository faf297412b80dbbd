import type { Logger } from 'pino'
import type { AlarmBook } from './alarm/book.ts'
import type { Follower } from './chain/follower.ts'
import type { Chain } from './chain/open.ts'
import { judgeChain } from './conditions.ts'
import type { EthereumFollower } from './ethereum/follower.ts'
import { Patience } from './ethereum/patience.ts'
import type { Records } from './ethereum/records.ts'
import type { Evidence } from './guard/evidence.ts'
import type { Sentries } from './guard/open.ts'
import type { Heartbeat } from './heartbeat.ts'
import { type RoundOutcome, Rounds, type RoundsOptions } from './rounds.ts'
import type { Store } from './store/store.ts'

export interface DutyParts {
  readonly store: Store
  readonly records: Records
  readonly alarms: AlarmBook
  readonly chain: Chain
  readonly follower: Follower
  readonly ethereum: EthereumFollower
  readonly sentries: Sentries
  readonly heartbeat: Heartbeat
  readonly log: Logger
  readonly signal: AbortSignal
  readonly pauseMilliseconds: number
}

/** The watcher's three duties, each in rounds of its own: follow the node, follow Ethereum, answer there. Until the signal. */
export function startDuty(parts: DutyParts): { node: Rounds; done: Promise<unknown> } {
  const { follower, ethereum, records, heartbeat, log, signal, pauseMilliseconds } = parts
  const start = (part: RoundsOptions['part'], round: RoundsOptions['round']) =>
    new Rounds({ part, round, heartbeat, log, signal, pauseMilliseconds })
  const patience = new Patience()
  const node = start('node', async () => {
    const round = await follower.round()
    if (round === 'progress') return 'again'
    const isWaiting = round === 'waiting'
    const lasts = isWaiting && patience.lasts({ caughtUp: ethereum.caughtUp, head: records.head() })
    return isWaiting && !lasts ? 'silent' : 'pause'
  })
  const guard = start('guard', guardRound(parts))
  const onEthereum = start('ethereum', async () => {
    const round = await ethereum.round()
    if (round === 'progress') guard.wake()
    return round === 'progress' ? 'again' : 'pause'
  })
  return { node, done: Promise.all([node.done, onEthereum.done, guard.done]) }
}

function guardRound(parts: DutyParts): () => Promise<RoundOutcome> {
  const { store, records, alarms, chain, follower, ethereum, sentries } = parts
  const { evidence, guard, customers, protection, notes } = sentries
  let prepared = -1n
  let shown: Uint8Array[] = []
  return async () => {
    shown = await keepShown([...shown, ...records.docket.takeShownPayments()], evidence)
    // As it was before the comparison: blocks that come meanwhile are not in it.
    const { state } = follower
    const comparison = await chain.checkpoints.compare()
    judgeChain({
      ...{ alarms, comparison, follower: { state }, tip: chain.ledger.tip },
      ...{ lastCheckpoint: store.lastCheckpoint(), caughtUp: ethereum.caughtUp },
    })
    await guard.round()
    if (comparison.agreed !== prepared) await customers.prepare()
    prepared = comparison.agreed
    await protection.round()
    await notes?.round()
    return 'pause'
  }
}

/** Keeps payments that exits brought to light. Those whose inputs were not seen yet come again with the next round. */
async function keepShown(shown: readonly Uint8Array[], evidence: Evidence): Promise<Uint8Array[]> {
  const early: Uint8Array[] = []
  for (const signed of shown) {
    const kept = await evidence.add(signed)
    if (!kept.ok && kept.error.code === 'evidence.useless') early.push(signed)
  }
  return early
}
