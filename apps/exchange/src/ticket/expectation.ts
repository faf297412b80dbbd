import { findCrossing, type Histogram } from '@omg/exchange'
import type { Book, Level } from '../market/book.ts'

/** What a new order would do in its first batch if nobody else came or went. */
export interface Expectation {
  /** In ticks. */
  readonly price: bigint
  /** Lots of it that trade; the newest at a price comes last. */
  readonly fills: bigint
}

export interface NewOrder {
  readonly side: 'buy' | 'sell'
  /** In ticks. */
  readonly limit: bigint
  readonly lots: bigint
}

type Sides = Pick<Book, 'bids' | 'asks'>

/**
 * The auction of the chain over the levels of a book and one order more. The order comes a block after what crosses already: that has traded
 * by then. Undefined where nothing of it would trade.
 */
export function expectationOf(
  book: Sides,
  last: bigint | undefined,
  { side, limit, lots }: NewOrder,
): Expectation | undefined {
  const standing = uncrossed(book, last)
  const own = { tick: Number(limit), lots: Number(lots), orders: 1 }
  const bids = side === 'buy' ? [...standing.bids, own] : standing.bids
  const asks = side === 'sell' ? [...standing.asks, own] : standing.asks
  const crossing = findCrossing(histogramOf(bids), histogramOf(asks), standing.last)
  if (!crossing) return undefined
  const { price, demand, supply } = crossing
  const isBuy = side === 'buy'
  if (isBuy ? own.tick < price : own.tick > price) return undefined
  const ahead = (isBuy ? standing.bids : standing.asks).reduce(
    (sum, level) => ((isBuy ? level.tick >= own.tick : level.tick <= own.tick) ? sum + level.lots : sum),
    0,
  )
  const fills = Math.min(own.lots, Math.min(demand, supply) - ahead)
  return fills > 0 ? { price: BigInt(price), fills: BigInt(fills) } : undefined
}

/** A book after its coming batch, and the price of that. */
function uncrossed({ bids, asks }: Sides, last: bigint | undefined) {
  const before = last === undefined ? undefined : Number(last)
  const crossing = findCrossing(histogramOf(bids), histogramOf(asks), before)
  if (!crossing) return { bids, asks, last: before }
  const volume = Math.min(crossing.demand, crossing.supply)
  return { bids: without(bids, volume), asks: without(asks, volume), last: crossing.price }
}

/** Levels, the best first, without so many lots of the best ones. */
function without(levels: readonly Level[], volume: number): Level[] {
  let taken = volume
  return levels.flatMap(level => {
    const lots = level.lots - Math.min(level.lots, taken)
    taken -= level.lots - lots
    return lots > 0 ? [{ ...level, lots }] : []
  })
}

/** Levels of one side in any order, with one level twice perhaps. */
function histogramOf(levels: readonly Level[]): Histogram {
  const sums = new Map<number, number>()
  for (const { tick, lots } of levels) sums.set(tick, (sums.get(tick) ?? 0) + lots)
  const ticks = Uint32Array.from(sums.keys()).sort()
  return { ticks, lots: Float64Array.from(ticks, tick => sums.get(tick)!) }
}
