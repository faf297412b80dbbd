import { fileURLToPath } from 'node:url'
import { installKeccak256 } from '@omg/protocol'
import { OrderBook as NodejsBook } from 'nodejs-order-book'
import { batchOf, nextInputs, PARAMETERS } from '../src/chain.fixture.ts'
import { fastKeccak256 } from '../src/keccak.ts'
import { Ledger } from '../src/ledger.ts'
import { NO_LOCKED_OUTPUTS } from '../src/locks.ts'
import { createMapPool } from '../src/map.pool.ts'
import { createMapper } from '../src/map.ts'
import { exchangeOf, MARKET } from '../src/order/market.fixture.ts'
import { recordAt } from '../src/record.ts'
import type { LedgerParameters, MapPool, MappedBatch, MappedRecord } from '../src/types.ts'
import { type Operation, OrderLoad, STEPS } from './order-load.ts'
import { bareRecovery } from './payments.ts'
import { MEASURE, measureApart } from './process.ts'
import { type BenchOptions, type BenchResult, main, median, threadSeconds } from './result.ts'

installKeccak256(fastKeccak256)

/** As a node's process has them. */
const FLAGS = ['--max-semi-space-size=64', '--external-memory-accounted-in-global-limit']
const TRADERS = 400
/** Rounds before the first that counts, until the machine code has settled. */
const WARM_UP = 6
const ROUNDS = 12
/** Runs of so many rounds over the two cores, of which the median counts: what else the machine does comes and goes within seconds. */
const RUNS = 5
/** Blocks of a checkpoint. */
const CHECKPOINT_BLOCKS = 8
const RATE_BUDGET = '>= 50000'
const UNRATIONED: LedgerParameters = {
  ...PARAMETERS,
  exchange: {
    makerBps: 2,
    takerBps: 5,
    moveBudget: { steps: 1_000_000, unitsPerStep: 1n, cancels: 1_000_000 },
  },
}
/** In blob mode, where outputs season at once: small change may be gathered. */
const exchange = exchangeOf([MARKET], () => true)

/** Seconds of this thread that one block took. */
interface Times {
  readonly map: number
  readonly check: number
  readonly assemble: number
  readonly apply: number
  readonly execute: number
}

/**
 * Order operations with sixteen steps to a signature, from signed bytes to committed blocks: signatures on one worker, admission, blocks
 * and books on this thread. In a process with the flags of a node.
 */
export function run(options: BenchOptions = {}): Promise<BenchResult> {
  return measureApart(import.meta.url, FLAGS, options)
}

async function measure(quick: boolean): Promise<BenchResult> {
  const load = new OrderLoad(quick ? TRADERS / 4 : TRADERS)
  const ledgers = [new Ledger(UNRATIONED), new Ledger(UNRATIONED)] as const
  load.fund(ledgers)
  for (const signed of [load.balances(), load.opening()]) through(ledgers, signed)
  const stages = Array.from({ length: WARM_UP + ROUNDS }, () => through(ledgers, load.round())).slice(WARM_UP)
  const runs = await pipelines(ledgers[0], load)
  const middle = (pick: (run: PipelineRun) => number) => median(runs.map(pick))
  const rate = middle(run => run.rate)
  const steps = STEPS * (quick ? TRADERS / 4 : TRADERS)
  const each = (pick: (times: Times) => number) => (median(stages.map(pick)) / steps) * 1e6
  const recovery = recoverySeconds(load)
  const peer = peerRate(load.operations)
  const unit = 'us per step'
  const rows = [
    {
      label: 'order operations committed, two cores; peer: nodejs-order-book, unsigned, in memory',
      ours: rate,
      peer,
      ratio: rate / peer,
      unit: '/s',
    },
    {
      label: 'the same by processor time of the busier thread',
      ours: middle(({ mainThread, both }) => 1e6 / Math.max(mainThread, both - mainThread)),
      unit: '/s',
    },
    {
      label: 'map an instruction (worker); peer: bare ecdsaRecover',
      ours: each(({ map }) => map),
      peer: recovery / STEPS,
      unit,
    },
    { label: 'admission', ours: each(({ check }) => check), unit },
    { label: 'assemble a block', ours: each(({ assemble }) => assemble), unit },
    { label: 'apply it', ours: each(({ apply }) => apply), unit },
    { label: 'main thread in all, with the collector', ours: middle(run => run.mainThread), unit },
    { label: 'both threads', ours: middle(run => run.both), unit },
    { label: 'execute and apply a block of another node', ours: each(({ execute }) => execute), unit },
  ]
  const hash = ledgers[0].tip.appHash.slice(0, 18)
  return {
    name: `${steps} order operations a block, ${STEPS} to a signature: 5 placed, 5 cancelled, 5 amended, 1 gathers; state ${hash}`,
    rows,
    misses:
      rate >= 50_000 ? [] : [`order operations committed: ${Math.round(rate)} /s, budget ${RATE_BUDGET}`],
  }
}

const map = createMapper(PARAMETERS.domain)
let blocks = 0

/** A block of these instructions on a ledger that has admitted them. */
function commit(ledger: Ledger, records: readonly MappedRecord[]) {
  const execution = assemble(ledger, records)
  ledger.applyBlock(execution)
}

function admit(ledger: Ledger, batch: MappedBatch): MappedRecord[] {
  return Array.from({ length: batch.count }, (_, i) => {
    const record = recordAt(batch, i)!
    const checked = ledger.checkTransaction(record, NO_LOCKED_OUTPUTS, undefined, exchange)
    if (!checked.ok) throw checked.error
    return record
  })
}

function assemble(ledger: Ledger, records: readonly MappedRecord[]) {
  const closes = ++blocks % CHECKPOINT_BLOCKS === 0
  const { execution, dropped } = ledger.assembleBlock(records, nextInputs(ledger, { exchange, closes }))
  if (dropped.length > 0) throw dropped[0]!.error
  return execution
}

/** Takes signed messages through a producer and a follower, stage by stage. */
function through([producer, follower]: readonly [Ledger, Ledger], signed: readonly Uint8Array[]): Times {
  const { bytes, bounds } = batchOf(signed)
  let batch!: MappedBatch
  let records!: MappedRecord[]
  let execution!: ReturnType<typeof assemble>
  const mapped = threadSeconds(() => (batch = map(bytes, bounds)))
  const check = threadSeconds(() => (records = admit(producer, batch)))
  const made = threadSeconds(() => (execution = assemble(producer, records)))
  const apply = threadSeconds(() => producer.applyBlock(execution))
  const { block } = execution
  const body = map(block.body, block.bounds)
  const execute = threadSeconds(() => {
    const result = follower.executeBlock(block, body, NO_LOCKED_OUTPUTS, exchange)
    if (!result.ok) throw result.error
    follower.applyBlock(result.value)
  })
  return { map: mapped, check, assemble: made, apply, execute }
}

/** Operations a second by the clock, and microseconds of processor time of an operation. */
interface PipelineRun {
  readonly rate: number
  readonly mainThread: number
  readonly both: number
}

async function pipelines(ledger: Ledger, load: OrderLoad): Promise<PipelineRun[]> {
  const pool: MapPool = createMapPool({ domain: PARAMETERS.domain, workers: 1 })
  const runs: PipelineRun[] = []
  for (let run = 0; run < RUNS; run++) runs.push(await pipeline(ledger, load, pool))
  await pool.close()
  return runs
}

/** Blocks one after the other, the next one's signatures on a worker meanwhile. */
async function pipeline(ledger: Ledger, load: OrderLoad, pool: MapPool): Promise<PipelineRun> {
  const rounds = Array.from({ length: WARM_UP + ROUNDS }, () => load.round())
  const batches = rounds.map(batchOf)
  const mapped = (i: number) => batches[i] && pool.map(batches[i]!.bytes, batches[i]!.bounds)
  let next = mapped(0)
  let start = { at: 0, cpu: process.cpuUsage(), main: process.threadCpuUsage() }
  for (let i = 0; i < batches.length; i++) {
    if (i === WARM_UP)
      start = { at: performance.now(), cpu: process.cpuUsage(), main: process.threadCpuUsage() }
    const batch = (await next)!
    next = mapped(i + 1)
    commit(ledger, admit(ledger, batch))
  }
  const seconds = (performance.now() - start.at) / 1000
  const cpu = process.cpuUsage(start.cpu)
  const main = process.threadCpuUsage(start.main)
  const steps = STEPS * ROUNDS * rounds[0]!.length
  return {
    rate: steps / seconds,
    mainThread: (main.user + main.system) / steps,
    both: (cpu.user + cpu.system) / steps,
  }
}

/** Microseconds that libsecp256k1 alone needs for one signature. */
function recoverySeconds(load: OrderLoad): number {
  const { bytes, bounds } = batchOf(load.round())
  const recover = bareRecovery(map(bytes, bounds))
  const count = bounds.length / 2
  const times = Array.from({ length: 5 }, () => threadSeconds(() => recover(count)))
  return (median(times) / count) * 1e6
}

/** A book from npm on the same orders: no signatures, no balances, no blocks. Operations a second of its thread. */
function peerRate(operations: readonly Operation[]): number {
  const book = new NodejsBook()
  const spent = threadSeconds(() => {
    for (const { kind, id, next, side, price, size } of operations) {
      if (kind !== 'place') book.cancel(id)
      if (kind !== 'cancel') book.limit({ id: next, side: side as never, price, size })
    }
  })
  return operations.length / spent
}

if (process.argv.includes(MEASURE)) {
  process.send!(await measure(process.argv.includes('--quick')))
  process.disconnect()
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
