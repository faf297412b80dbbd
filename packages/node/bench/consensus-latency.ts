import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type BenchOptions, type BenchResult, type BenchRow, median, missesOf } from '@omg/ledger/bench'
import { STEPS } from '@omg/ledger/bench/orders'
import { MEASURE } from '@omg/ledger/bench/process'
import { FakeEthereum } from '../test/fake.ts'
import { ON_COMETBFT, type TestNode, temporaryDirectory } from '../test/harness.ts'
import { mainOnCometBft, runOnCometBft } from './kvstore.ts'
import { Commits, fullRound, PREPARING_PHASES, prepare, scheduledRound, tradingNode } from './order-rounds.ts'

const TRADERS = 2_000
/** Rounds as fast as they go, the first of which warm the machine code up; then rounds by schedule, the first of which does not count. */
const [FULL, SCHEDULED] = [4, 3] as const
const WARM_UP = 2
/** Of the rate that was measured. */
const LOAD = 0.5
/** Pauses between blocks. */
const BLOCK_MILLISECONDS = [1_000, 250] as const

/**
 * From submission to finality at half of what one validator on CometBFT can do. Due by a schedule that waits for nothing (open loop), so
 * what a late block delays counts in full. A block that is decided is final.
 */
export function run(options: BenchOptions = {}): Promise<BenchResult[]> {
  return runOnCometBft(import.meta.url, options)
}

async function measure(traders: number): Promise<BenchResult> {
  const rows: BenchRow[] = []
  const states: string[] = []
  for (const milliseconds of BLOCK_MILLISECONDS) {
    const { steps, latencies, appHash } = await measureAt(milliseconds, traders)
    const sorted = latencies.sort((a, b) => a - b)
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!
    const blocks = `blocks of ${milliseconds} ms`
    rows.push(
      { label: `${blocks}: order operations as fast as they go`, ours: steps, unit: '/s' },
      { label: `${blocks}: submit to final at half of it, p50`, ours: at(0.5), unit: 'ms' },
      { label: `${blocks}: p99`, ours: at(0.99), unit: 'ms' },
    )
    states.push(appHash.slice(0, 18))
  }
  const name = `instructions of ${STEPS} steps over the wire, one validator on CometBFT; states ${states.join(', ')}`
  return { name, rows, misses: missesOf(rows) }
}

async function measureAt(blockMilliseconds: number, traders: number) {
  const directory = temporaryDirectory()
  const ethereum = new FakeEthereum()
  const client = fork(fileURLToPath(new URL('./latency.client.ts', import.meta.url)), { execArgv: [] })
  let node: TestNode | undefined
  try {
    node = await tradingNode(directory.path, ethereum, {
      ...ON_COMETBFT,
      'consensus.timeoutCommitMilliseconds': blockMilliseconds,
    })
    const commits = new Commits(node)
    await prepare(node, ethereum, client, traders, FULL + SCHEDULED)
    const rates: number[] = []
    for (let round = 0; round < FULL; round++) {
      const { perSecond } = await fullRound(client, commits, PREPARING_PHASES + round)
      rates.push(perSecond)
    }
    const full = median(rates.slice(WARM_UP))
    const latencies: number[] = []
    for (let round = 0; round < SCHEDULED; round++) {
      const phase = PREPARING_PHASES + FULL + round
      const milliseconds = await scheduledRound(client, commits, phase, (LOAD * full) / STEPS)
      if (round > 0) latencies.push(...milliseconds)
    }
    return { steps: full, latencies, appHash: node.services.ledger.tip.appHash }
  } finally {
    client.kill()
    await node?.close()
    directory.remove()
  }
}

if (process.argv.includes(MEASURE)) {
  process.send!(await measure(process.argv.includes('--quick') ? TRADERS / 10 : TRADERS))
  process.disconnect()
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await mainOnCometBft(run)
