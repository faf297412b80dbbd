import { fail, type Guard, type OrderTerms, ok, type Position, type Result } from '@omg/protocol'
import { exchangeError } from './errors.ts'
import { MAX_LOTS } from './limits.ts'
import { orderLots } from './money.ts'
import type { BookOrder, Market } from './types.ts'

/** The order that an output of these terms becomes when it enters the book. */
export interface Entry {
  /** `orderGuard(terms)`. */
  readonly guard: Guard
  readonly terms: OrderTerms
  /** What the output holds, in token units. */
  readonly amount: bigint
  /** The block that makes the output, and where it stands in it. */
  readonly height: bigint
  readonly position: Position
}

/** Errors: `order.market`, `order.limit`, `order.trigger`, `order.size`. */
export function bookOrder(
  market: Market,
  { guard, terms, amount, height, position }: Entry,
): Result<BookOrder> {
  if (terms.market !== market.id)
    return fail(exchangeError('order.market', `the order is for market ${terms.market}`))
  const lots = orderLots(market.terms, terms, amount)
  if (!lots.ok) return lots
  const { owner, side, maxFeeBps, expiryKind, expiry, timeInForce, postOnly, selfTradePrevention } = terms
  return ok({
    guard,
    owner,
    side,
    limit: Number(terms.limit),
    lots: lots.value,
    height,
    position,
    maxFeeBps,
    expiryKind,
    expiry,
    // A minimum above any size means the whole order, as its own size does.
    minFill: terms.minFill > BigInt(MAX_LOTS) ? MAX_LOTS : Number(terms.minFill),
    timeInForce,
    postOnly,
    selfTradePrevention,
    triggerKind: terms.triggerKind,
    triggerPrice: Number(terms.triggerPrice),
    triggerLimit: Number(terms.triggerLimit),
    triggered: false,
    acted: false,
  })
}

/** Whether the trigger moves the order to a second limit, instead of waking it. */
export function turns(kind: OrderTerms['triggerKind']): boolean {
  return kind === 'turnAbove' || kind === 'turnBelow'
}

/** Whether a clearing price crosses a trigger. */
export function crosses(kind: OrderTerms['triggerKind'], triggerPrice: number, price: number): boolean {
  if (kind === 'wakeAbove' || kind === 'turnAbove') return price >= triggerPrice
  return (kind === 'wakeBelow' || kind === 'turnBelow') && price <= triggerPrice
}

/** The price at which an order stands now. */
export function tickOf(order: BookOrder): number {
  return order.triggered && turns(order.triggerKind) ? order.triggerLimit : order.limit
}

/** Whether an order waits for its trigger, and shows in no price level. */
export function isAsleep(order: BookOrder): boolean {
  return !order.triggered && (order.triggerKind === 'wakeAbove' || order.triggerKind === 'wakeBelow')
}

/** The smallest fill that an order takes in a batch in which it has `lots` left; 1 where anything will do. */
export function minimumOf(order: Pick<BookOrder, 'timeInForce' | 'minFill'>, lots: number): number {
  if (order.timeInForce === 'fillOrKill') return lots
  return Math.max(1, Math.min(order.minFill, lots))
}
