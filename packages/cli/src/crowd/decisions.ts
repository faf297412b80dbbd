/** What a trader does next, decided from what she sees. Prices in ticks, sizes in lots. */
import type { Chance } from './chance.ts'

export interface MarketView {
  readonly bestBid: bigint | undefined
  readonly bestAsk: bigint | undefined
  readonly fair: bigint
  /** The smallest order of the market. */
  readonly minimum: bigint
}

/** What a trader could sell and buy, in lots. */
export interface Means {
  readonly base: bigint
  readonly quote: bigint
}

export interface Intention {
  readonly side: 'buy' | 'sell'
  readonly price: bigint
  readonly lots: bigint
  /** Takes what is there and waits for nothing, or waits in the book. */
  readonly kind: 'take' | 'rest'
}

const WHOLE_BPS = 10_000n
/** How much worse than the best price a taker accepts. */
const TAKER_SLIPPAGE_BPS = 30n
/** Of a hundred orders of a taker, so many wait in the book near its best price. */
const RESTING_PERCENT = 25

/**
 * An order of somebody who wants to trade now. The more of a token she has, the more often she sells it, so that nobody runs dry.
 * Undefined: nothing that she could do.
 */
export function takerIntention(
  view: MarketView,
  means: Means,
  most: bigint,
  chance: Chance,
): Intention | undefined {
  const total = means.base + means.quote
  if (total < view.minimum) return undefined
  const side = chance.bigBetween(1n, total) <= means.base ? 'sell' : 'buy'
  const [own, other] = side === 'buy' ? [view.bestBid, view.bestAsk] : [view.bestAsk, view.bestBid]
  const affordable = least(side === 'buy' ? means.quote : means.base, most)
  if (affordable < view.minimum) return undefined
  // The product of two even draws: many small orders, few large ones.
  const lots = atLeast(view.minimum, chance.bigBetween(1n, chance.bigBetween(1n, affordable)))
  if (own !== undefined && chance.happens(RESTING_PERCENT)) return { side, price: own, lots, kind: 'rest' }
  if (other === undefined) return undefined
  return { side, price: worse(other, side, TAKER_SLIPPAGE_BPS), lots, kind: 'take' }
}

/** Takes the best level where it is better than the fair price by `marginBps` or more. */
export function arbitrageIntention(
  view: MarketView,
  means: Means,
  most: bigint,
  marginBps: bigint,
): Intention | undefined {
  const { bestBid, bestAsk, fair, minimum } = view
  const [cheap, dear] = [better(fair, 'buy', marginBps), better(fair, 'sell', marginBps)]
  const offer = (side: 'buy' | 'sell', price: bigint): Intention | undefined => {
    const lots = least(side === 'buy' ? means.quote : means.base, most)
    return lots < minimum ? undefined : { side, price, lots, kind: 'take' }
  }
  if (bestAsk !== undefined && bestAsk <= cheap) return offer('buy', cheap)
  if (bestBid !== undefined && bestBid >= dear) return offer('sell', dear)
  return undefined
}

/** A price that is worse by so much for whoever buys or sells at it; at least 1. */
function worse(price: bigint, side: Intention['side'], bps: bigint): bigint {
  return side === 'buy'
    ? (price * (WHOLE_BPS + bps)) / WHOLE_BPS
    : atLeast(1n, (price * (WHOLE_BPS - bps)) / WHOLE_BPS)
}

const better = (price: bigint, side: Intention['side'], bps: bigint) =>
  worse(price, side === 'buy' ? 'sell' : 'buy', bps)
const least = (a: bigint, b: bigint) => (a < b ? a : b)
const atLeast = (minimum: bigint, value: bigint) => (value < minimum ? minimum : value)
