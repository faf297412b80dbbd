import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { OrderLoad, STEPS } from '@omg/ledger/bench/orders'
import { PARAMETERS, USD } from '@omg/ledger/testing'
import { MARKET_TERMS } from '@omg/ledger/testing/orders'
import { ownerOfGuard } from '@omg/protocol'
import type { CommittedBlock } from '../src/application/application.ts'
import type { Settings } from '../src/configuration/configuration.ts'
import type { FakeEthereum } from '../test/fake.ts'
import { DEPLOYMENT, type TestNode, testNode, until } from '../test/harness.ts'
import type { LatencyAnswer, LatencyPhase, LatencyWork } from './latency.client.ts'

const WORKERS = 1
const FEE = 1_000n
const VALID_SECONDS = 3_600n
export const PATIENCE_MILLISECONDS = 300_000
/** What the client signs before the first round. */
export const PREPARING_PHASES = 2

/** On the chain of the load: its contract, its tokens. */
export function tradingNode(
  directory: string,
  ethereum: FakeEthereum,
  settings: Settings,
): Promise<TestNode> {
  const feeTokens = [{ lane: 1, token: USD, unit: 1n, symbol: 'USD', decimals: 6 }]
  const { chainId, verifyingContract: rootChain } = PARAMETERS.domain
  return testNode({
    directory,
    ethereum,
    deployment: { ...DEPLOYMENT, chainId, rootChain, feeTokens },
    settings: {
      workers: WORKERS,
      'checkpoint.intervalSeconds': 3600,
      'checkpoint.minimumSeconds': 3600,
      'ethereum.pollMilliseconds': 1_000,
      ...settings,
    },
  })
}

/** Deposits, trading balances and first orders; the client signs so many rounds. */
export async function prepare(
  node: TestNode,
  ethereum: FakeEthereum,
  client: ChildProcess,
  traders: number,
  rounds: number,
): Promise<void> {
  ethereum.list(MARKET_TERMS)
  const coins = new OrderLoad(traders, { fee: FEE }).coins()
  const deposits = coins.map(({ guard, token, amount }) => ({ owner: ownerOfGuard(guard)!, token, amount }))
  const ids = Buffer.concat(ethereum.depositMany(deposits).map(id => Buffer.from(id.slice(2), 'hex')))
  const validUntil = String(ethereum.head.timestamp + VALID_SECONDS)
  const work: LatencyWork = {
    ...{ url: node.url, traders, rounds, fee: String(FEE), validUntil, ids: ids.toString('base64') },
  }
  client.send(work)
  await once(client, 'message')
  const { ledger, store } = node.services
  await until(
    () => ledger.tip.inboxCursor === BigInt(coins.length),
    'the deposits are in',
    PATIENCE_MILLISECONDS,
  )
  for (let phase = 0; phase < PREPARING_PHASES; phase++) {
    const target = store.totalTransactions + traders
    await phaseOf(client, { phase })
    await until(() => store.totalTransactions >= target, 'the traders are ready', PATIENCE_MILLISECONDS)
  }
}

export async function phaseOf(client: ChildProcess, phase: LatencyPhase): Promise<LatencyAnswer> {
  client.send(phase)
  const [answer] = (await once(client, 'message')) as [LatencyAnswer]
  if (answer.refused.length > 0)
    throw new Error(`${answer.refused.length} were refused: ${answer.refused[0]}`)
  return answer
}

/** When instructions were in a block that is durable and applied: nanoseconds of the clock that the client's schedule has. */
export class Commits {
  readonly #at = new Map<string, bigint>()

  constructor(node: TestNode) {
    node.services.events.on('block', ({ execution }: CommittedBlock) => {
      const now = process.hrtime.bigint()
      for (const hash of execution.orders.instructions.keys()) this.#at.set(hash, now)
    })
  }

  have(hashes: readonly string[]): boolean {
    return hashes.every(hash => this.#at.has(hash))
  }

  last(hashes: readonly string[]): bigint {
    let last = 0n
    for (const hash of hashes) {
      const at = this.#at.get(hash)!
      if (at > last) last = at
    }
    return last
  }

  /** Milliseconds from when each was due, not from when it was sent. */
  latencies({ hashes, start, interval }: LatencyAnswer): number[] {
    return hashes.map((hash, i) => (Number(this.#at.get(hash)! - BigInt(start)) - i * interval) / 1e6)
  }
}

/** A round as fast as it goes. */
export interface FullRound {
  /** Order operations a second, from the first byte posted until the last is in a durable block. */
  readonly perSecond: number
  /** Microseconds of processor time per operation: of the node's process, and of its main thread. */
  readonly nodeCpu: number
  readonly mainCpu: number
}

/** To be called in the node's process. */
export async function fullRound(client: ChildProcess, commits: Commits, phase: number): Promise<FullRound> {
  const [cpu, mainCpu] = [process.cpuUsage(), process.threadCpuUsage()]
  const start = process.hrtime.bigint()
  const { hashes } = await phaseOf(client, { phase })
  await until(() => commits.have(hashes), 'the instructions are in blocks', PATIENCE_MILLISECONDS)
  const operations = STEPS * hashes.length
  const each = ({ user, system }: NodeJS.CpuUsage) => (user + system) / operations
  return {
    perSecond: (operations * 1e9) / Number(commits.last(hashes) - start),
    nodeCpu: each(process.cpuUsage(cpu)),
    mainCpu: each(process.threadCpuUsage(mainCpu)),
  }
}

/** A round by schedule: milliseconds from when each instruction was due until it was in a durable block. */
export async function scheduledRound(
  client: ChildProcess,
  commits: Commits,
  phase: number,
  perSecond: number,
): Promise<number[]> {
  const answer = await phaseOf(client, { phase, perSecond })
  await until(() => commits.have(answer.hashes), 'the instructions are in blocks', PATIENCE_MILLISECONDS)
  return commits.latencies(answer)
}
