import { type BatchStep, MAX_TICK, type Market, type Order } from '@omg/sdk'

/** What a market maker keeps in the book. Distances in hundredths of a percent of the reference price. */
export interface QuotePlan {
  /** Between the reference and the first level of each side. */
  readonly halfSpreadBps: number
  /** Between two levels. */
  readonly stepBps: number
  /** Of each side, 1 to 5: an amendment of a bid takes two of the 16 steps of a signature. */
  readonly levels: number
  /** Of each order. */
  readonly lots: bigint
}

export interface Quote {
  readonly side: 'buy' | 'sell'
  /** In ticks. */
  readonly price: bigint
}

export const MAX_LEVELS = 5

const WHOLE_BPS = 10_000n

/** Bids below and asks above a reference, the best first; never crossed, never at one price twice. */
export function quotesAround(reference: bigint, { halfSpreadBps, stepBps, levels }: QuotePlan): Quote[] {
  const quotes: Quote[] = []
  for (const side of ['buy', 'sell'] as const) {
    let last = reference
    for (let level = 0; level < levels; level++) {
      const distance = BigInt(halfSpreadBps + level * stepBps)
      const exact =
        side === 'buy'
          ? reference * (WHOLE_BPS - distance)
          : reference * (WHOLE_BPS + distance) + WHOLE_BPS - 1n
      const wanted = exact / WHOLE_BPS
      const price = side === 'buy' ? least(wanted, last - 1n) : most(wanted, last + 1n)
      if (price < 1n || price > BigInt(MAX_TICK)) break
      quotes.push({ side, price })
      last = price
    }
  }
  return quotes
}

/**
 * The steps from the orders that stand to the quotes that are wanted: what stands right stays, with its place; what stands wrong moves to a
 * wanted price of its side; the rest is placed or cancelled.
 */
export function stepsTo(
  market: Market,
  wanted: readonly Quote[],
  live: readonly Order[],
  { lots }: Pick<QuotePlan, 'lots'>,
): BatchStep[] {
  const steps: BatchStep[] = []
  for (const side of ['buy', 'sell'] as const) {
    const standing = live.filter(order => order.terms.side === side && order.release === undefined)
    const missing = wanted.filter(
      quote => quote.side === side && !standing.some(order => order.terms.limit === quote.price),
    )
    const spare = standing.filter(
      order => !wanted.some(quote => quote.side === side && quote.price === order.terms.limit),
    )
    for (const [i, quote] of missing.entries()) {
      const order = spare[i]
      if (order) steps.push({ amend: { order, price: quote.price, lots } })
      else steps.push({ place: { market, side, price: quote.price, lots, postOnly: true, from: 'trading' } })
    }
    for (const order of spare.slice(missing.length)) steps.push({ cancel: { order } })
  }
  return steps
}

/** The middle of a book without one's own orders in it; undefined where a side is empty and nothing ever traded. */
export function middleOf(
  { bestBid, bestAsk, lastPrice }: Pick<Market, 'bestBid' | 'bestAsk' | 'lastPrice'>,
  own: readonly Order[],
): bigint | undefined {
  const isOwn = (price: bigint | undefined) => own.some(({ terms }) => terms.limit === price)
  if (bestBid === undefined || bestAsk === undefined || isOwn(bestBid) || isOwn(bestAsk)) return lastPrice
  return (bestBid + bestAsk) / 2n
}

const least = (a: bigint, b: bigint) => (a < b ? a : b)
const most = (a: bigint, b: bigint) => (a > b ? a : b)
