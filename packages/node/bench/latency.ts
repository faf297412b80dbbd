import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type BenchOptions, type BenchResult, main, median, missesOf } from '@omg/ledger/bench'
import { OrderLoad, STEPS } from '@omg/ledger/bench/orders'
import { MEASURE, measureApart } from '@omg/ledger/bench/process'
import { PARAMETERS, USD } from '@omg/ledger/testing'
import { MARKET_TERMS } from '@omg/ledger/testing/orders'
import { ownerOfGuard } from '@omg/protocol'
import type { CommittedBlock } from '../src/application/application.ts'
import { NODE_FLAGS } from '../src/flags.ts'
import { FakeEthereum } from '../test/fake.ts'
import { DEPLOYMENT, type TestNode, temporaryDirectory, testNode, until } from '../test/harness.ts'
import type { LatencyAnswer, LatencyPhase, LatencyWork } from './latency.client.ts'

const WORKERS = 1
const TRADERS = 2_000
/** Rounds as fast as they go, the first of which warm the machine code up; then rounds by schedule, the first of which does not count. */
const [FULL, SCHEDULED] = [4, 3] as const
const WARM_UP = 2
/** Of the rate that was measured. */
const LOAD = 0.5
const FEE = 1_000n
const BLOCK_MILLISECONDS = 250
const VALID_SECONDS = 3_600n
const PATIENCE_MILLISECONDS = 300_000

/**
 * From submission to commitment at half of what the node can do: instructions of sixteen steps are due by a schedule that waits for nothing
 * (open loop), so one that is late makes those behind it late too, and all of that counts (no coordinated omission).
 */
export function run(options: BenchOptions = {}): Promise<BenchResult> {
  return measureApart(import.meta.url, NODE_FLAGS, options)
}

/** The node's process, with the flags of a node's process. */
async function measure(traders: number): Promise<BenchResult> {
  const directory = temporaryDirectory()
  const ethereum = new FakeEthereum()
  const node = await tradingNode(directory.path, ethereum)
  const client = fork(fileURLToPath(new URL('./latency.client.ts', import.meta.url)), { execArgv: [] })
  try {
    const commits = new Commits(node)
    await prepare(node, ethereum, client, traders)
    const rates: number[] = []
    for (let round = 0; round < FULL; round++) {
      const start = process.hrtime.bigint()
      const { hashes } = await phaseOf(client, { phase: 2 + round })
      await until(() => commits.have(hashes), 'the instructions are in blocks', PATIENCE_MILLISECONDS)
      rates.push((hashes.length * 1e9) / Number(commits.last(hashes) - start))
    }
    const full = median(rates.slice(WARM_UP))
    const latencies: number[] = []
    for (let round = 0; round < SCHEDULED; round++) {
      const answer = await phaseOf(client, { phase: 2 + FULL + round, perSecond: LOAD * full })
      await until(() => commits.have(answer.hashes), 'the instructions are in blocks', PATIENCE_MILLISECONDS)
      if (round > 0) latencies.push(...commits.latencies(answer))
    }
    return resultOf(full * STEPS, latencies, node.services.ledger.tip.appHash)
  } finally {
    client.kill()
    await node.close()
    directory.remove()
  }
}

/** On the chain of the load: its contract, its tokens. */
function tradingNode(directory: string, ethereum: FakeEthereum): Promise<TestNode> {
  const feeTokens = [{ lane: 1, token: USD, unit: 1n, symbol: 'USD', decimals: 6 }]
  const { chainId, verifyingContract: rootChain } = PARAMETERS.domain
  return testNode({
    directory,
    ethereum,
    deployment: { ...DEPLOYMENT, chainId, rootChain, feeTokens },
    settings: {
      workers: WORKERS,
      'block.intervalMilliseconds': BLOCK_MILLISECONDS,
      'checkpoint.intervalSeconds': 3600,
      'checkpoint.minimumSeconds': 3600,
      'ethereum.pollMilliseconds': 1_000,
    },
  })
}

/** Deposits, trading balances and first orders. */
async function prepare(
  node: TestNode,
  ethereum: FakeEthereum,
  client: ChildProcess,
  traders: number,
): Promise<void> {
  ethereum.list(MARKET_TERMS)
  const coins = new OrderLoad(traders, { fee: FEE }).coins()
  const deposits = coins.map(({ guard, token, amount }) => ({ owner: ownerOfGuard(guard)!, token, amount }))
  const ids = Buffer.concat(ethereum.depositMany(deposits).map(id => Buffer.from(id.slice(2), 'hex')))
  const validUntil = String(ethereum.head.timestamp + VALID_SECONDS)
  const rounds = FULL + SCHEDULED
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
  for (const phase of [0, 1]) {
    const target = store.totalTransactions + traders
    await phaseOf(client, { phase })
    await until(() => store.totalTransactions >= target, 'the traders are ready', PATIENCE_MILLISECONDS)
  }
}

async function phaseOf(client: ChildProcess, phase: LatencyPhase): Promise<LatencyAnswer> {
  client.send(phase)
  const [answer] = (await once(client, 'message')) as [LatencyAnswer]
  if (answer.refused.length > 0)
    throw new Error(`${answer.refused.length} were refused: ${answer.refused[0]}`)
  return answer
}

/** When instructions were in a block that is durable and applied: nanoseconds of the clock that the client's schedule has. */
class Commits {
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

function resultOf(steps: number, latencies: readonly number[], appHash: string): BenchResult {
  const sorted = [...latencies].sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!
  const rows = [
    { label: 'order operations as fast as they go, to durable blocks', ours: steps, unit: '/s' },
    { label: 'submit to commit at half of it, p50', ours: at(0.5), unit: 'ms' },
    { label: 'p99', ours: at(0.99), unit: 'ms' },
    { label: 'the slowest', ours: sorted.at(-1)!, unit: 'ms' },
  ]
  const count = latencies.length.toLocaleString('en')
  const name =
    `${count} instructions of ${STEPS} steps over the wire, a pause of ${BLOCK_MILLISECONDS} ms between blocks, ` +
    `one node, one worker; state ${appHash.slice(0, 18)}`
  return { name, rows, misses: missesOf(rows) }
}

if (process.argv.includes(MEASURE)) {
  process.send!(await measure(process.argv.includes('--quick') ? TRADERS / 10 : TRADERS))
  process.disconnect()
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
