import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type BenchOptions, type BenchResult, main, median, missesOf } from '@omg/ledger/bench'
import { STEPS } from '@omg/ledger/bench/orders'
import { MEASURE, measureApart } from '@omg/ledger/bench/process'
import { NODE_FLAGS } from '../src/flags.ts'
import { FakeEthereum } from '../test/fake.ts'
import { temporaryDirectory } from '../test/harness.ts'
import {
  Commits,
  type FullRound,
  fullRound,
  PREPARING_PHASES,
  prepare,
  scheduledRound,
  tradingNode,
} from './order-rounds.ts'

const TRADERS = 2_000
/** Rounds as fast as they go, the first of which warm the machine code up; then rounds by schedule, the first of which does not count. */
const [FULL, SCHEDULED] = [4, 3] as const
const WARM_UP = 2
/** Of the rate that was measured. */
const LOAD = 0.5
const BLOCK_MILLISECONDS = 250

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
  const node = await tradingNode(directory.path, ethereum, {
    'block.intervalMilliseconds': BLOCK_MILLISECONDS,
  })
  const client = fork(fileURLToPath(new URL('./latency.client.ts', import.meta.url)), { execArgv: [] })
  try {
    const commits = new Commits(node)
    await prepare(node, ethereum, client, traders, FULL + SCHEDULED)
    const rounds: FullRound[] = []
    for (let round = 0; round < FULL; round++)
      rounds.push(await fullRound(client, commits, PREPARING_PHASES + round))
    const full = medianOf(rounds.slice(WARM_UP))
    const latencies: number[] = []
    for (let round = 0; round < SCHEDULED; round++) {
      const phase = PREPARING_PHASES + FULL + round
      const milliseconds = await scheduledRound(client, commits, phase, (LOAD * full.perSecond) / STEPS)
      if (round > 0) latencies.push(...milliseconds)
    }
    return resultOf(full, latencies, node.services.ledger.tip.appHash)
  } finally {
    client.kill()
    await node.close()
    directory.remove()
  }
}

function medianOf(rounds: readonly FullRound[]): FullRound {
  const middle = (pick: (round: FullRound) => number) => median(rounds.map(pick))
  return {
    perSecond: middle(({ perSecond }) => perSecond),
    nodeCpu: middle(({ nodeCpu }) => nodeCpu),
    mainCpu: middle(({ mainCpu }) => mainCpu),
  }
}

function resultOf(full: FullRound, latencies: readonly number[], appHash: string): BenchResult {
  const sorted = [...latencies].sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!
  const rows = [
    { label: 'order operations as fast as they go, to durable blocks', ours: full.perSecond, unit: '/s' },
    { label: 'processor time per operation, node', ours: full.nodeCpu, unit: 'us' },
    { label: 'of it on the main thread', ours: full.mainCpu, unit: 'us' },
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
