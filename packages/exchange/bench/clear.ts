import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import {
  type BatchContext,
  BookCommitment,
  clearBatch,
  describeBatch,
  type OrderRef,
  referenceAuction,
} from '@omg/exchange'
import { fastKeccak256 } from '@omg/ledger'
import {
  type BenchOptions,
  type BenchResult,
  main,
  median,
  missesOf,
  ratioRow,
  seconds,
  threadSeconds,
} from '@omg/ledger/bench'
import { type Guard, installKeccak256 } from '@omg/protocol'
import { CONTEXT, MARKET, ordinaryBook, ordinaryRow, randomNumbers, stateHash } from './orders.ts'

installKeccak256(fastKeccak256)

const LIVE_ORDERS = 100_000
const BUDGET_MS = 25
const REFERENCE_BUDGET = 20
const WORKERS_BUDGET = 1.6
const MARKETS = 8
/** Batches of each market in one round, so that a round is more than a message. */
const CLEARS = 5
const CHANGES = 1000

/** A batch over 100,000 live orders: the engine beside the reference, and two workers beside one. */
export async function run({ quick }: BenchOptions = {}): Promise<BenchResult> {
  const book = ordinaryBook(LIVE_ORDERS)
  const context: BatchContext = { ...CONTEXT, unspendable: new Set<OrderRef>() }
  const batch = describeBatch(book, clearBatch(book, context))
  const ours = times(quick ? 10 : 40, () => clearBatch(book, context))

  const orders = [...book.orders()]
  const plain = { ...CONTEXT, unspendable: new Set<Guard>() }
  const same = referenceAuction(MARKET, orders, plain)
  if (stateHash(same) !== stateHash(batch)) throw new Error('engine and reference differ')
  const reference = times(quick ? 2 : 5, () => referenceAuction(MARKET, orders, plain))

  const commitment = new BookCommitment(book)
  const whole = threadSeconds(() => commitment.root())
  const random = randomNumbers(2)
  const few = times(5, round => {
    for (let i = 0; i < CHANGES; i++) book.insert(ordinaryRow(500_000_000 + round * CHANGES + i, random))
    commitment.root()
  })

  const workers = await workerRates(quick ? 5 : 20)
  const ms = (time: number) => 1000 * time
  const rows = [
    { label: 'clear and allocate', ours: ms(ours), unit: 'ms', budget: `<= ${BUDGET_MS}` },
    {
      ...ratioRow('clear and allocate; peer: the reference', ms(ours), ms(reference), 'ms', REFERENCE_BUDGET),
      ratio: reference / ours,
    },
    ratioRow(
      `${MARKETS} markets on two workers; peer: on one`,
      workers.two,
      workers.one,
      'batches/s',
      WORKERS_BUDGET,
    ),
    { label: `book root after ${CHANGES} new orders`, ours: ms(few), unit: 'ms' },
    { label: 'book root from nothing', ours: ms(whole), unit: 'ms' },
  ]
  return {
    name:
      `batch over ${LIVE_ORDERS.toLocaleString('en')} live orders: ${batch.buys.length + batch.sells.length} fills, ` +
      `${batch.settlements.length} settlements, state ${stateHash(batch)}, workers ${workers.state}`,
    rows,
    misses: missesOf(rows),
  }
}

/** The middle one of several runs, in seconds of this thread. */
function times(runs: number, work: (round: number) => unknown): number {
  return median(Array.from({ length: runs }, (_, round) => threadSeconds(() => work(round))))
}

/** Both cores are needed at once, so a disturbed round says nothing about workers: the best round of each side counts. */
async function workerRates(rounds: number): Promise<{ one: number; two: number; state: string }> {
  const seeds = Array.from({ length: MARKETS }, (_, i) => i + 1)
  const one = await startPool([seeds])
  const two = await startPool([seeds.filter(seed => seed % 2 === 0), seeds.filter(seed => seed % 2 === 1)])
  const found = { one: Number.POSITIVE_INFINITY, two: Number.POSITIVE_INFINITY }
  const states = { one: '', two: '' }
  for (let round = 0; round < rounds; round++) {
    found.one = Math.min(found.one, await seconds(async () => (states.one = stateHash(await one.clear()))))
    found.two = Math.min(found.two, await seconds(async () => (states.two = stateHash(await two.clear()))))
    if (states.one !== states.two) throw new Error('one worker and two workers differ')
  }
  await Promise.all([one.close(), two.close()])
  const batches = MARKETS * CLEARS
  return { one: batches / found.one, two: batches / found.two, state: states.two }
}

/** Workers that hold the books of some markets each: shuffled by market, there is nothing to share. */
async function startPool(parts: number[][]) {
  const workers = parts.map(
    seeds =>
      new Worker(new URL('./clear.worker.ts', import.meta.url), {
        workerData: { seeds, orders: LIVE_ORDERS / 4 },
      }),
  )
  const answers = () => Promise.all(workers.map(answer))
  await answers()
  return {
    async clear(): Promise<[number, unknown][]> {
      const cleared = answers()
      for (const worker of workers) worker.postMessage(CLEARS)
      return ((await cleared) as [number, unknown][][]).flat().sort(([a], [b]) => a - b)
    },
    close: () => Promise.all(workers.map(worker => worker.terminate())),
  }
}

function answer(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', message => {
      worker.off('error', reject)
      resolve(message)
    })
    worker.once('error', reject)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
