import { fileURLToPath } from 'node:url'
import type { Case, OrderRef } from '@omg/exchange'
import { describeBatch } from '@omg/exchange'
import { installKeccak256, toHex } from '@omg/protocol'
import { nextInputs, PARAMETERS } from '../src/chain.fixture.ts'
import { fastKeccak256 } from '../src/keccak.ts'
import { Ledger } from '../src/ledger.ts'
import { createMapPool } from '../src/map.pool.ts'
import type { MapPool } from '../src/types.ts'
import { type BenchOptions, type BenchResult, type BenchRow, main } from './result.ts'
import { type StandingLoad, standingLoad } from './standing-load.ts'

installKeccak256(fastKeccak256)

const MARKETS = 8
const SIZES = [250, 1_000, 4_000, 12_500]
const ROUNDS = 20
const BLOCKS = 5
/** Milliseconds in which a worker goes back to its events. */
const PAUSE = 2

/** Milliseconds of one round of clearing, or of one block, with a number of workers. */
interface Times {
  /** By the clock, the best round: both cores are needed at once, so a disturbed one says nothing about workers. */
  readonly clock: number
  /** Of the main thread's own time, the mean: what workers take from it, however busy the machine is. */
  readonly main: number
}

/**
 * The batches of eight markets, as a ledger clears them: alone, and with one and two workers beside the main thread; and whole blocks,
 * of which clearing is a part. All come to the same.
 */
export async function run({ quick }: BenchOptions = {}): Promise<BenchResult> {
  const pools = [0, 1, 2].map(workers =>
    createMapPool({ domain: PARAMETERS.domain, workers, clearing: { sharedOrders: 1 } }),
  )
  try {
    const rows: BenchRow[] = []
    const hashes: string[] = []
    for (const orders of quick ? SIZES.slice(0, 2) : SIZES) {
      const { rows: found, hash } = await measure(
        pools,
        standingLoad(MARKETS, orders),
        orders,
        quick ?? false,
      )
      rows.push(...found)
      hashes.push(hash)
    }
    return {
      name: `clearing ${MARKETS} markets on the worker pool; peer: the main thread alone; states ${hashes.join(' ')}`,
      rows,
      misses: [],
    }
  } finally {
    await Promise.all(pools.map(pool => pool.close()))
  }
}

async function measure(pools: readonly MapPool[], load: StandingLoad, orders: number, quick: boolean) {
  const { exchange } = load
  const ledgers = pools.map(pool => new Ledger(PARAMETERS, { ...load, pool }))
  const cases = casesOf(ledgers[0]!, load)
  const described = pools.map(pool => stateHash(cases, pool))
  const blocks = ledgers.map(
    ledger => ledger.assembleBlock([], nextInputs(ledger, { exchange })).execution.block,
  )
  const hash = blocks[0]!.appHash.slice(0, 18)
  for (const [i, { appHash }] of blocks.entries()) {
    if (!appHash.startsWith(hash) || described[i] !== described[0])
      throw new Error('workers made a difference')
  }
  const clearing = await byTurns(
    pools.map(pool => () => pool.clear(cases)),
    quick ? 5 : ROUNDS,
  )
  const block = await byTurns(
    ledgers.map(ledger => () => ledger.assembleBlock([], nextInputs(ledger, { exchange }))),
    quick ? 2 : BLOCKS,
  )
  const title = `${MARKETS} x ${orders.toLocaleString('en')} orders`
  const rows = [1, 2].flatMap(workers => [
    row(`${title}: clear, ${workers} workers, by the clock`, clearing[workers]!.clock, clearing[0]!.clock),
    row(`${title}: clear, ${workers} workers, main thread`, clearing[workers]!.main, clearing[0]!.main),
    row(`${title}: whole block, ${workers} workers, main thread`, block[workers]!.main, block[0]!.main),
  ])
  return { rows, hash }
}

function row(label: string, ours: number, peer: number): BenchRow {
  return { label, ours, peer, ratio: peer / ours, unit: 'ms' }
}

/** The markets of a load, as the ledger's next block clears them. */
function casesOf({ orders, tip }: Ledger, { exchange }: StandingLoad): Case[] {
  const context = { height: tip.height + 1n, originTime: tip.originTime, previousAppHash: tip.appHash }
  const fees = { lastPrice: undefined, makerBps: 0, takerBps: 0, unspendable: new Set<OrderRef>() }
  return exchange.markets
    .list()
    .map(({ id }) => ({ book: orders.book(id)!, context: { ...context, ...fees } }))
}

function stateHash(cases: readonly Case[], pool: MapPool): string {
  const batches = pool.clear(cases).map((batch, i) => describeBatch(cases[i]!.book, batch))
  const text = JSON.stringify(batches, (_, item) => (typeof item === 'bigint' ? String(item) : item))
  return toHex(fastKeccak256(new TextEncoder().encode(text)))
}

/** Pieces of work in turn, so that they meet the same conditions. */
async function byTurns(works: readonly (() => unknown)[], rounds: number): Promise<Times[]> {
  const clocks = works.map((): number[] => [])
  const spent = works.map((): number[] => [])
  for (let round = -2; round < rounds; round++) {
    for (const [i, work] of works.entries()) {
      await new Promise(resolve => setTimeout(resolve, PAUSE))
      const start = performance.now()
      const cpu = process.threadCpuUsage()
      work()
      const { user, system } = process.threadCpuUsage(cpu)
      // The first ones warm up.
      if (round < 0) continue
      clocks[i]!.push(performance.now() - start)
      spent[i]!.push((user + system) / 1000)
    }
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return works.map((_, i) => ({ clock: Math.min(...clocks[i]!), main: mean(spent[i]!) }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
