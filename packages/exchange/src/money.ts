import { fail, type MarketTerms, type OrderTerms, ok, type Result } from '@omg/protocol'
import { exchangeError } from './errors.ts'
import { MAX_LOTS, MAX_TICK, WHOLE_BPS } from './limits.ts'
import type { Side } from './types.ts'

// Amounts are token units, prices ticks, sizes lots, fees hundredths of a percent: all integers, all exact.

/** What `lots` at `price` cost, in quote units: `lots × price × tick`. */
export function cost(terms: MarketTerms, price: number, lots: number): bigint {
  return BigInt(lots) * BigInt(price) * terms.tick
}

/** The base units of `lots`. */
export function baseOf(terms: MarketTerms, lots: number): bigint {
  return BigInt(lots) * terms.lot
}

/** The fee of a trade in quote units: `floor(cost × bps / 10000)`, then down to a multiple of the fee lane's unit. */
export function tradingFee(cost: bigint, bps: number, unit: bigint): bigint {
  const fee = (cost * BigInt(bps)) / WHOLE_BPS
  return fee - (fee % unit)
}

/** The highest price at which an order can stand: a turned one stands at its second limit. */
export function highestLimit({ limit, triggerLimit }: Pick<OrderTerms, 'limit' | 'triggerLimit'>): bigint {
  if (triggerLimit > limit) return triggerLimit
  return limit
}

/** The terms that decide how many lots an amount makes. */
export type SizingTerms = Pick<OrderTerms, 'side' | 'limit' | 'triggerLimit' | 'maxFeeBps'>

/**
 * How many lots an amount makes. A sell holds base: `floor(amount / lot)`. A buy holds quote, and pays its limit and
 * its highest fee at worst: `floor(amount × 10000 / (limit × tick × (10000 + maxFeeBps)))`.
 */
export function lotsOf(market: MarketTerms, terms: SizingTerms, amount: bigint): bigint {
  if (terms.side === 'sell') return amount / market.lot
  return (amount * WHOLE_BPS) / (highestLimit(terms) * market.tick * (WHOLE_BPS + BigInt(terms.maxFeeBps)))
}

/** The smallest amount that makes this many lots: what a wallet locks. */
export function amountFor(market: MarketTerms, terms: SizingTerms, lots: bigint): bigint {
  if (terms.side === 'sell') return lots * market.lot
  const worst = lots * highestLimit(terms) * market.tick * (WHOLE_BPS + BigInt(terms.maxFeeBps))
  return (worst + WHOLE_BPS - 1n) / WHOLE_BPS
}

/** The size of a new order. Errors: `order.limit`, `order.trigger`, `order.size`. */
export function orderLots(market: MarketTerms, terms: OrderTerms, amount: bigint): Result<number> {
  const problem = priceProblem(terms)
  if (problem) return fail(problem)
  const lots = lotsOf(market, terms, amount)
  if (lots >= 1n && lots >= market.minimumSize && lots <= BigInt(MAX_LOTS)) return ok(Number(lots))
  return fail(
    exchangeError('order.size', `${lots} lots, where the market's minimum is ${market.minimumSize}`),
  )
}

/** One order's part of a trade. */
export interface TradeMoney {
  /** What flows to the order's receiver: base for a buy, quote less the fee for a sell. */
  readonly proceeds: bigint
  /** What stays under the order's guard; 0 makes no output. */
  readonly remainder: bigint
  /** In quote units. */
  readonly fee: bigint
}

/** What a fill makes of the amount that an order holds. Throws where the amount cannot pay it: lots were miscounted. */
export function settleMoney(
  market: MarketTerms,
  trade: { side: Side; price: number; lots: number; bps: number; unit: bigint },
  amount: bigint,
): TradeMoney {
  const paid = cost(market, trade.price, trade.lots)
  const fee = tradingFee(paid, trade.bps, trade.unit)
  const base = baseOf(market, trade.lots)
  const money =
    trade.side === 'buy'
      ? { proceeds: base, remainder: amount - paid - fee, fee }
      : { proceeds: paid - fee, remainder: amount - base, fee }
  if (money.remainder < 0n) throw new Error(`an order of ${amount} units cannot pay ${trade.lots} lots`)
  return money
}

function priceProblem({ limit, triggerKind, triggerPrice, triggerLimit }: OrderTerms) {
  const isTick = (value: bigint) => value >= 1n && value <= BigInt(MAX_TICK)
  if (!isTick(limit)) return exchangeError('order.limit', `a limit of ${limit} ticks`)
  if (triggerKind === 'none') return undefined
  if (!isTick(triggerPrice)) return exchangeError('order.trigger', `a trigger price of ${triggerPrice} ticks`)
  const turns = triggerKind === 'turnAbove' || triggerKind === 'turnBelow'
  if (turns && !isTick(triggerLimit)) {
    return exchangeError('order.trigger', `a limit of ${triggerLimit} ticks after the trigger`)
  }
  return undefined
}
