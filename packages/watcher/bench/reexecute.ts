import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createMapPool, fastKeccak256, Ledger } from '@omg/ledger'
import { installKeccak256 } from '@omg/protocol'
import { AlarmBook } from '../src/alarm/book.ts'
import { PARAMETERS } from '../src/chain/chain.fixture.ts'
import { Follower } from '../src/chain/follower.ts'
import { createNodes } from '../src/chain/node.ts'
import { CustomerOutputs, Recorder } from '../src/chain/recorder.ts'
import { Replica } from '../src/chain/replica.ts'
import { Snapshots } from '../src/chain/snapshot.ts'
import { Store } from '../src/store/store.ts'
import { type BenchChain, benchChain } from './chain.ts'
import { type BenchOptions, type BenchResult, type BenchRow, main, missesOf, ratioRow } from './result.ts'

installKeccak256(fastKeccak256)

const PAYMENTS = 120_000
const QUICK_PAYMENTS = 30_000
const CORES = 2
/** Of the bare libsecp256k1 recover rate of the same cores, which nothing that verifies every signature can exceed. */
const BARE_BUDGET = 0.7
/** The share that is not signatures, against production. */
const REST_BUDGET = 3

/**
 * Re-execution over HTTP into the watcher's own store, every signature verified, beside the node's own production over the
 * wire (packages/node/bench/submit.ts) and the bare recover rate, all on the same cores in one run.
 */
export async function run({ quick = false }: BenchOptions = {}): Promise<BenchResult> {
  const bench = benchChain(quick ? QUICK_PAYMENTS : PAYMENTS)
  const first = await reexecute(bench)
  const { production, bare } = await produce(quick)
  const second = await reexecute(bench)
  const rate = (first.perSecond + second.perSecond) / 2
  const rest = 1e6 / ((first.mainMicros + second.mainMicros) / 2)
  const rows: BenchRow[] = [
    ratioRow('re-execution; peer: bare recovery on the same cores', rate, bare, 'payments/s', BARE_BUDGET),
    {
      label: 're-execution; peer: production of the solo node',
      ...{ ours: rate, peer: production, ratio: rate / production, unit: 'payments/s' },
    },
    { label: 'most that ratio can be: bare recovery / production', ours: bare / production, unit: '' },
    ratioRow('all but signatures, one core; peer: production', rest, production, 'payments/s', REST_BUDGET),
    { label: 'processor time per payment, watcher', ours: second.cpuMicros, unit: 'us' },
    { label: 'of it on the main thread', ours: second.mainMicros, unit: 'us' },
    { label: 'restart: state of the payments loaded', ours: second.restartSeconds, unit: 's' },
  ]
  const name = `${bench.payments.toLocaleString('en')} payments, 1 input, 2 outputs, every signature verified`
  return { name, rows, misses: missesOf(rows) }
}

/** What the node makes of the same kind of payments, measured by its own benchmark in a process of its own. */
async function produce(quick: boolean): Promise<{ production: number; bare: number }> {
  const file = fileURLToPath(new URL('../../node/bench/submit.ts', import.meta.url))
  const args = [file, '--json', ...(quick ? ['--quick'] : [])]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 20 })
  const [row] = (JSON.parse(stdout) as BenchResult).rows
  if (row?.peer === undefined) throw new Error('the benchmark of the node has no peer')
  return { production: row.ours, bare: row.peer }
}

async function reexecute({ chain, blocks, payments }: BenchChain) {
  const directory = mkdtempSync(join(tmpdir(), 'watcher-bench-'))
  const server = await serve(blocks)
  const pool = createMapPool({ domain: PARAMETERS.domain, workers: CORES })
  const store = new Store(directory)
  try {
    const snapshots = new Snapshots(directory, store)
    const ledger = new Ledger(PARAMETERS)
    const recorder = new Recorder(store, snapshots, new CustomerOutputs([], []))
    const replica = new Replica(ledger, pool, chain.view)
    const alarms = new AlarmBook({ now: Date.now, graces: NO_GRACES })
    const follower = new Follower({ nodes: createNodes([server.url]), replica, recorder, alarms })
    // The deposits are not what is measured.
    await follower.round()
    await recorder.flush(ledger)
    const cpu = process.cpuUsage()
    const main = process.threadCpuUsage()
    const start = performance.now()
    while (ledger.tip.height < BigInt(blocks.length)) {
      if ((await follower.round()) !== 'progress')
        throw new Error(`stopped: ${JSON.stringify(alarms.standing())}`)
    }
    await recorder.flush(ledger)
    await store.flushed()
    const elapsed = performance.now() - start
    const used = process.cpuUsage(cpu)
    const mainUsed = process.threadCpuUsage(main)
    const restartAt = performance.now()
    const restored = await snapshots.restore(PARAMETERS)
    const restartSeconds = (performance.now() - restartAt) / 1000
    if (restored.tip.appHash !== ledger.tip.appHash) throw new Error('the restored state differs')
    return {
      perSecond: (payments / elapsed) * 1000,
      cpuMicros: (used.user + used.system) / payments,
      mainMicros: (mainUsed.user + mainUsed.system) / payments,
      restartSeconds,
    }
  } finally {
    server.child.disconnect()
    await pool.close()
    await store.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

const NO_GRACES = { none: 0n, data: 0n, node: 0n, provider: 0n, submission: 0n, stall: 0n }

async function serve(blocks: readonly Uint8Array[]): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(fileURLToPath(new URL('./serve.ts', import.meta.url)))
  child.send({ blocks: blocks.map(block => Buffer.from(block).toString('base64')) })
  const [port] = (await once(child, 'message')) as [number]
  return { child, url: `http://127.0.0.1:${port}` }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
