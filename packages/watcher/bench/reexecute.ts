import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createNodes } from '@omg/follower'
import { createMapPool, fastKeccak256, Ledger } from '@omg/ledger'
import { type BenchOptions, type BenchResult, type BenchRow, main, missesOf } from '@omg/ledger/bench'
import { descendants, processorMicros, runningProgram } from '@omg/ledger/bench/processor'
import { PARAMETERS } from '@omg/ledger/testing'
import { installKeccak256 } from '@omg/protocol'
import { goTool } from '../../../tools/gotools.mjs'
import { AlarmBook } from '../src/alarm/book.ts'
import { Follower } from '../src/chain/follower.ts'
import { CustomerOutputs, Recorder } from '../src/chain/recorder.ts'
import { Replica } from '../src/chain/replica.ts'
import { Snapshots } from '../src/chain/snapshot.ts'
import { Store } from '../src/store/store.ts'
import { type BenchChain, benchChain, OWNERS } from './chain.ts'

installKeccak256(fastKeccak256)

const PAYMENTS = 120_000
const QUICK_PAYMENTS = 30_000
const CORES = 2
/** Of one bare recovery in the watcher's processor time: signatures of known signers are verified in batches, for less than one each. */
const SIGNATURE_BUDGET = 0.65
/** The node's processor time per payment, of the watcher's. */
const PRODUCTION_BUDGET = 1.1

/**
 * Re-execution over HTTP into the watcher's own store, every signature verified, beside the node's own production over the
 * wire (packages/node/bench/submit.ts) and one bare recovery, all on the same cores in one run.
 */
export async function run({ quick = false }: BenchOptions = {}): Promise<BenchResult> {
  const bench = benchChain(quick ? QUICK_PAYMENTS : PAYMENTS)
  const first = await reexecute(bench)
  const { production, nodeMicros, bareMicros } = await produce(quick)
  const second = await reexecute(bench)
  const rate = (first.perSecond + second.perSecond) / 2
  const watcherMicros = (first.cpuMicros + second.cpuMicros) / 2
  const rows: BenchRow[] = [
    // Processor time does not depend on what else the machine does meanwhile: so the budgets are about it.
    {
      label: 'processor time per payment; peer: one bare recovery (ratio: peer / ours)',
      ...{ ours: watcherMicros, peer: bareMicros, ratio: bareMicros / watcherMicros, unit: 'us' },
      budget: `>= ${SIGNATURE_BUDGET}`,
    },
    {
      label: 'processor time per payment; peer: the node that produces (ratio: peer / ours)',
      ...{ ours: watcherMicros, peer: nodeMicros, ratio: nodeMicros / watcherMicros, unit: 'us' },
      budget: `>= ${PRODUCTION_BUDGET}`,
    },
    { label: 'of it on the main thread', ours: (first.mainMicros + second.mainMicros) / 2, unit: 'us' },
    {
      label: 're-execution; peer: production of the solo node',
      ...{ ours: rate, peer: production, ratio: rate / production, unit: '/s' },
    },
    { label: 'restart: state of these payments loaded', ours: second.restartSeconds, unit: 's' },
  ]
  const name = `${bench.payments.toLocaleString('en')} payments of ${OWNERS.toLocaleString('en')} signers, 1 input, 2 outputs, every signature verified`
  return { name, rows, misses: missesOf(rows) }
}

/** What the node makes of the same kind of payments, measured by its own benchmark in a process of its own. */
async function produce(quick: boolean) {
  const file = fileURLToPath(new URL('../../node/bench/submit.ts', import.meta.url))
  const args = [file, '--json', ...(quick ? ['--quick'] : [])]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 20 })
  const [rate, processor] = (JSON.parse(stdout) as BenchResult).rows
  if (rate === undefined || processor?.peer === undefined)
    throw new Error('the benchmark of the node has no peers')
  return { production: rate.ours, nodeMicros: processor.ours, bareMicros: processor.peer }
}

async function reexecute({ chain, blocks, payments }: BenchChain) {
  const directory = mkdtempSync(join(tmpdir(), 'watcher-bench-'))
  const server = await serve(blocks)
  const signatureProgram = goTool('signatures')
  const pool = createMapPool({ domain: PARAMETERS.domain, workers: CORES, signatureProgram })
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
    const checkers = () => processorMicros(runningProgram(descendants(process.pid), 'signatures'))
    const checkersBefore = checkers()
    const main = process.threadCpuUsage()
    const start = performance.now()
    while (ledger.tip.height < BigInt(blocks.length)) {
      if ((await follower.round()) !== 'progress')
        throw new Error(`stopped: ${JSON.stringify(alarms.standing())}`)
    }
    await recorder.flush(ledger)
    await store.flushed()
    const elapsed = performance.now() - start
    const checked = checkers() - checkersBefore
    const used = process.cpuUsage(cpu)
    const mainUsed = process.threadCpuUsage(main)
    const restartAt = performance.now()
    const restored = await snapshots.restore(PARAMETERS)
    const restartSeconds = (performance.now() - restartAt) / 1000
    if (restored.tip.appHash !== ledger.tip.appHash) throw new Error('the restored state differs')
    return {
      perSecond: (payments / elapsed) * 1000,
      cpuMicros: (used.user + used.system + checked) / payments,
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
