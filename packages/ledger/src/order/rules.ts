import { amountFor, lotsOf, orderLots } from '@omg/exchange'
import {
  type Address,
  type Hash,
  isTradingBalance,
  type MarketTerms,
  type OrderTerms,
  type Output,
  orderGuard,
  type Position,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import type { LedgerErrorCode } from '../errors.ts'
import type { FeeToken } from '../types.ts'
import type { ExchangeView, ListedMarket } from './types.ts'

/** What the rules of new orders depend on. */
export interface OrderContext {
  readonly height: bigint
  /** Seconds. */
  readonly originTime: bigint
  /** Number of the open checkpoint. */
  readonly checkpoint: bigint
  readonly exchange: ExchangeView
  readonly feeTokens: readonly FeeToken[]
}

/** Where an output of this block stands, as far as seasoning goes: in the open checkpoint. */
export function openPosition({ checkpoint }: Pick<OrderContext, 'checkpoint'>): Position {
  return (checkpoint << 64n) as Position
}

/** R9: whether no order may spend what its own batch made, because outputs of the open checkpoint are not seasoned for a tier. */
export function settlesWhole(
  context: Pick<OrderContext, 'exchange' | 'checkpoint'>,
  tier: MarketTerms['tier'],
): boolean {
  return !context.exchange.isSeasoned(openPosition(context), tier)
}

/** The market of an order, if trades in it can pay their fees: its quote token is a fee token. */
export function marketOf({ exchange, feeTokens }: OrderContext, id: Hash): ListedMarket | undefined {
  const market = exchange.markets.get(id)
  if (market === undefined) return undefined
  for (const { token } of feeTokens) if (token === market.terms.quote) return market
  return undefined
}

/** Whether a market takes new orders of these terms in the state that it is in. */
export function takes({ state }: ListedMarket, { postOnly }: Pick<OrderTerms, 'postOnly'>): boolean {
  return state === 'active' || (state === 'postOnly' && postOnly)
}

/** The token that an order of these terms holds; undefined for a trading balance, which holds any. */
export function heldToken(terms: OrderTerms, market: ListedMarket): Address {
  return terms.side === 'buy' ? market.terms.quote : market.terms.base
}

function proceedsToken(terms: OrderTerms, market: ListedMarket): Address {
  return terms.side === 'buy' ? market.terms.base : market.terms.quote
}

/**
 * Whether an output may be made under new terms, by a PAY or a MOVE. `known` are the terms of the witness.
 * Returns the lots with which an order enters its book, 0 for a trading balance; or the rule that it breaks.
 */
export function checkOrder(
  terms: OrderTerms,
  { token, amount }: Output,
  known: readonly OrderTerms[],
  context: OrderContext,
): number | LedgerErrorCode {
  if (terms.owner === ZERO_ADDRESS || terms.receiver === ZERO_ADDRESS) return 'order.terms'
  if (terms.market === ZERO_HASH) return isTradingBalance(terms) ? 0 : 'order.terms'
  const market = marketOf(context, terms.market)
  if (market === undefined) return 'order.unknown_market'
  if (market.state === 'cancelOnly' || market.state === 'closed') return 'order.halted'
  if (market.state === 'postOnly' && !terms.postOnly) return 'order.post_only'
  if (token !== heldToken(terms, market)) return 'order.token'
  const lots = orderLots(market.terms, terms, amount)
  if (!lots.ok) return lots.error.code as LedgerErrorCode
  if (neverActs(terms, context)) return 'order.expired'
  return checkChain(terms, market, known, context) ?? lots.value
}

/** Made at this height, an order takes part from the next one on (R11). */
function neverActs({ expiryKind, expiry }: OrderTerms, { height, originTime }: OrderContext): boolean {
  return expiryKind === 'height' ? expiry <= height : expiryKind === 'time' && expiry < originTime
}

/** Terms into which proceeds flow are an order of the same owner in a listed market, which takes what flows in. */
function checkChain(
  terms: OrderTerms,
  market: ListedMarket,
  known: readonly OrderTerms[],
  context: OrderContext,
): LedgerErrorCode | undefined {
  if (terms.proceedsKind !== 'chained') return undefined
  const next = known.find(each => orderGuard(each) === terms.proceedsGuard)
  const nextMarket = next && marketOf(context, next.market)
  if (next === undefined || nextMarket === undefined) return 'order.chain'
  const fits =
    next.owner === terms.owner &&
    next.receiver !== ZERO_ADDRESS &&
    heldToken(next, nextMarket) === proceedsToken(terms, market)
  // Prices that no market can have are refused now: later nobody could be told.
  const { minimumSize } = nextMarket.terms
  const priced = fits && orderLots(nextMarket.terms, next, amountFor(nextMarket.terms, next, minimumSize)).ok
  return priced ? checkChain(next, nextMarket, known, context) : 'order.chain'
}

/** What is left of an order that lost a part: never more lots than before, since an amount saved by a better price buys none. */
export function lotsLeft(terms: OrderTerms, market: ListedMarket, amount: bigint, lots: number): number {
  const held = lotsOf(market.terms, terms, amount)
  return held < BigInt(lots) ? Number(held) : lots
}
