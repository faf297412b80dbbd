import { fileURLToPath } from 'node:url'
import { batchOf, PARAMETERS } from '../src/chain.fixture.ts'
import { createMapPool } from '../src/map.pool.ts'
import { createMapper } from '../src/map.ts'
import { bareRecovery, fundedLedger, ordinaryPayments } from './payments.ts'
import {
  type BenchOptions,
  type BenchResult,
  main,
  median,
  missesOf,
  ratioRow,
  seconds,
  threadSeconds,
} from './result.ts'

const PAYMENTS = 2000
/** Payments of one round: short rounds of ours and the peer in turn meet the same conditions. */
const ROUND_PAYMENTS = 250
const ROUNDS = 80
const POOL_ROUNDS = 20
const MAP_BUDGET = 0.85
const WORKERS_BUDGET = 1.7

/** The map stage against bare libsecp256k1 recovery in the same thread, and two workers against one. */
export async function run({ quick }: BenchOptions = {}): Promise<BenchResult> {
  const { ids } = fundedLedger(PAYMENTS)
  const { bytes, bounds } = batchOf(ordinaryPayments(ids).map(({ signed }) => signed))
  const thread = mapRates(bytes, bounds.slice(0, 2 * ROUND_PAYMENTS), quick ? 20 : ROUNDS)
  const pool = await poolRates(bytes, bounds, quick ? 5 : POOL_ROUNDS)
  const unit = 'payments/s'
  const rows = [
    {
      ...ratioRow(
        'map stage, thread time; peer: bare ecdsaRecover',
        thread.ours,
        thread.peer,
        unit,
        MAP_BUDGET,
      ),
      ratio: thread.ratio,
    },
    ratioRow('pool of two workers; peer: pool of one', pool.two, pool.one, unit, WORKERS_BUDGET),
  ]
  return { name: 'map stage: decode, hash, recover, static rules', rows, misses: missesOf(rows) }
}

/** Time of this thread alone, so that other work on the core does not count; the middle one of the paired ratios. */
function mapRates(bytes: Uint8Array, bounds: Uint32Array, rounds: number) {
  const map = createMapper(PARAMETERS.domain)
  const recover = bareRecovery(map(bytes, bounds))
  const times = Array.from({ length: rounds }, () => ({
    ours: threadSeconds(() => map(bytes, bounds)),
    peer: threadSeconds(() => recover(ROUND_PAYMENTS)),
  })).slice(rounds >> 2)
  return {
    ours: ROUND_PAYMENTS / median(times.map(({ ours }) => ours)),
    peer: ROUND_PAYMENTS / median(times.map(({ peer }) => peer)),
    ratio: median(times.map(({ ours, peer }) => peer / ours)),
  }
}

/** Both cores are needed at once, so a disturbed round says nothing about threads: the best round of each side counts. */
async function poolRates(bytes: Uint8Array, bounds: Uint32Array, rounds: number) {
  const [one, two] = [1, 2].map(workers => createMapPool({ domain: PARAMETERS.domain, workers }))
  const times: { one: number; two: number }[] = []
  for (let i = 0; i < rounds; i++) {
    times.push({
      one: await seconds(() => one!.map(bytes, bounds)),
      two: await seconds(() => two!.map(bytes, bounds)),
    })
  }
  await Promise.all([one, two].map(pool => pool!.close()))
  const count = bounds.length / 2
  return {
    one: count / Math.min(...times.map(time => time.one)),
    two: count / Math.min(...times.map(time => time.two)),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
