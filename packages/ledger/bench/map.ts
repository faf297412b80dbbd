import { fileURLToPath } from 'node:url'
import { batchOf, PARAMETERS } from '../src/chain.fixture.ts'
import { createMapPool } from '../src/map.pool.ts'
import { createMapper } from '../src/map.ts'
import { bareRecovery, fundedLedger, ordinaryPayments } from './payments.ts'
import { type BenchOptions, type BenchResult, main, median, missesOf, ratioRow, seconds } from './result.ts'

/** Rounds of ours and the peer in turn; the middle ratio counts, since other work on the machine spoils some rounds. */
const ROUNDS = 15
const PAYMENTS = 2000
const POOL_ROUNDS = 12
const POOL_BATCHES = 2
const MAP_BUDGET = 0.85
const WORKERS_BUDGET = 1.7

/** The map stage against bare libsecp256k1 recovery in the same thread, and two workers against one. */
export async function run({ quick }: BenchOptions = {}): Promise<BenchResult> {
  const count = quick ? PAYMENTS / 4 : PAYMENTS
  const { ids } = fundedLedger(count)
  const { bytes, bounds } = batchOf(ordinaryPayments(ids).map(({ signed }) => signed))
  const map = createMapper(PARAMETERS.domain)
  const ours = () => map(bytes, bounds)
  const recover = bareRecovery(map(bytes, bounds))
  const bare = () => recover(count)
  const rates = await interleave(ours, bare, quick ? 5 : ROUNDS)
  const pool = await poolRates(bytes, bounds, quick ? 3 : POOL_ROUNDS)
  const unit = 'payments/s'
  const rows = [
    {
      ...ratioRow(
        'map stage, one thread; peer: bare ecdsaRecover',
        count / rates.ours,
        count / rates.peer,
        unit,
        MAP_BUDGET,
      ),
      ratio: rates.ratio,
    },
    ratioRow('pool of two workers; peer: pool of one; best rounds', pool.two, pool.one, unit, WORKERS_BUDGET),
  ]
  return { name: 'map stage: decode, hash, recover, static rules', rows, misses: missesOf(rows) }
}

async function interleave(ours: () => unknown, peer: () => unknown, rounds: number) {
  await ours()
  await peer()
  const times: { ours: number; peer: number }[] = []
  for (let i = 0; i < rounds; i++) times.push({ ours: await seconds(ours), peer: await seconds(peer) })
  return {
    ours: median(times.map(time => time.ours)),
    peer: median(times.map(time => time.peer)),
    ratio: median(times.map(time => time.peer / time.ours)),
    // Both cores are needed at once, so one disturbed round says nothing: the best of each side counts.
    best: {
      ours: Math.min(...times.map(time => time.ours)),
      peer: Math.min(...times.map(time => time.peer)),
    },
  }
}

async function poolRates(bytes: Uint8Array, bounds: Uint32Array, rounds: number) {
  const pools = [1, 2].map(workers => createMapPool({ domain: PARAMETERS.domain, workers }))
  const [one, two] = pools as [(typeof pools)[0], (typeof pools)[0]]
  // Several batches in flight, as a node has them.
  const work = (pool: typeof one) =>
    Promise.all(Array.from({ length: POOL_BATCHES }, () => pool.map(bytes, bounds)))
  const { best } = await interleave(
    () => work(two),
    () => work(one),
    rounds,
  )
  await Promise.all(pools.map(pool => pool.close()))
  const count = POOL_BATCHES * (bounds.length / 2)
  return { two: count / best.ours, one: count / best.peer }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
