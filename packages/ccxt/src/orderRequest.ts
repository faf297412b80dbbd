import { MAX_TICK } from '@omg/exchange'
import type { ChainedOrder, Expiry, Market, OrderConditions, Trigger } from '@omg/sdk'
import { BadRequest, type Dict, InvalidOrder, NotSupported } from 'ccxt'
import { checkClientId } from './identity.ts'

/** An order as CCXT's arguments say it, in ticks and lots. */
export interface WantedOrder extends OrderConditions {
  readonly market: Market
  readonly lots: bigint
  /** Whether the price is only what a market order may pay at worst. */
  readonly isMarket: boolean
}

/** What an order is made of, besides its params. */
export interface OrderArguments {
  readonly market: Market
  readonly type: string
  readonly side: 'buy' | 'sell'
  readonly lots: bigint
  /** Of a market order: the worst price, if the caller named one. */
  readonly price: bigint | undefined
}

/** What is read of the market and of decimals while an order is made. */
export interface Surroundings {
  ticks(price: unknown): bigint
  lots(amount: unknown): bigint
  /** Of now; undefined where nobody buys, nobody sells, nothing traded. */
  readonly prices: { readonly bid?: bigint; readonly ask?: bigint; readonly last?: bigint }
  /** How much worse than the best price a market order may trade, in hundredths of a percent. */
  readonly slippageBps: bigint
}

const WHOLE_BPS = 10_000n
const SELF_TRADE = {
  EXPIRE_MAKER: 'expireMaker',
  EXPIRE_TAKER: 'expireTaker',
  EXPIRE_BOTH: 'expireBoth',
  DECREMENT: 'decrement',
} as const
const UNSUPPORTED = [
  'reduceOnly',
  'trailingAmount',
  'trailingPercent',
  'leverage',
  'icebergAmount',
  'hedged',
  'cost',
]

/** @throws InvalidOrder, NotSupported, BadRequest */
export function wantedOrder(given: OrderArguments, params: Dict, around: Surroundings): WantedOrder {
  const { market, side, lots } = given
  for (const name of UNSUPPORTED) {
    if (params[name] !== undefined && params[name] !== false)
      throw new NotSupported(`omg has no orders with ${name}`)
  }
  const isMarket = given.type === 'market'
  if (!isMarket && given.type !== 'limit')
    throw new InvalidOrder(`omg has orders of type limit and market, not ${given.type}`)
  const trigger = triggerOf(given, params, around)
  const conditions = { ...timingOf(isMarket, params), ...(trigger && { trigger }) }
  const price = isMarket ? marketPrice(given, trigger, around) : limitPrice(given)
  const minFill = params.minFill === undefined ? undefined : around.lots(params.minFill)
  return {
    market,
    side,
    lots,
    isMarket,
    price,
    ...conditions,
    ...(minFill !== undefined && { minFill }),
    ...clientIdOf(params),
    ...selfTradeOf(params),
    ...(params.maxFeeBps !== undefined && { maxFeeBps: bpsOf(params.maxFeeBps) }),
    ...attachedTo(given, params, around),
  }
}

function limitPrice({ price }: OrderArguments): bigint {
  if (price === undefined) throw new InvalidOrder('omg a limit order has a price')
  return price
}

/** The worst price of a market order: what the caller named, or so much worse than the best price, or than the trigger price. */
function marketPrice(given: OrderArguments, trigger: Trigger | undefined, around: Surroundings): bigint {
  if (given.price !== undefined) return given.price
  const { bid, ask } = around.prices
  const best = trigger?.at ?? (given.side === 'buy' ? ask : bid)
  if (best === undefined) {
    throw new InvalidOrder(
      `omg nobody ${given.side === 'buy' ? 'sells' : 'buys'} ${given.market.symbol} at the moment`,
    )
  }
  return worse(best, given.side, around.slippageBps)
}

/** A price that is worse for this side, and no fraction of a tick more. */
export function worse(price: bigint, side: 'buy' | 'sell', bps: bigint): bigint {
  const most = BigInt(MAX_TICK)
  if (side === 'buy') {
    const highest = (price * (WHOLE_BPS + bps)) / WHOLE_BPS
    return highest < most ? highest : most
  }
  const lowest = (price * (WHOLE_BPS - bps) + WHOLE_BPS - 1n) / WHOLE_BPS
  return lowest > 0n ? lowest : 1n
}

type Timing = Pick<OrderConditions, 'timeInForce' | 'postOnly' | 'expiry'>

function timingOf(isMarket: boolean, params: Dict): Timing {
  const timeInForce = String(params.timeInForce ?? (isMarket ? 'IOC' : 'GTC')).toUpperCase()
  const postOnly = params.postOnly === true || timeInForce === 'PO'
  if (postOnly && (isMarket || !['PO', 'GTC', 'GTD'].includes(timeInForce))) {
    throw new InvalidOrder('omg a post-only order is a limit order that stays in the book')
  }
  if (isMarket && !['IOC', 'FOK'].includes(timeInForce)) {
    throw new InvalidOrder('omg a market order takes what is there, IOC or FOK, and stays in no book')
  }
  switch (timeInForce) {
    case 'PO':
    case 'GTC':
      return postOnly ? { postOnly } : {}
    case 'GTD':
      return { ...(postOnly && { postOnly }), expiry: expiryOf(params) }
    case 'IOC':
      return { timeInForce: 'immediateOrCancel' }
    case 'FOK':
      return { timeInForce: 'fillOrKill' }
    default:
      throw new InvalidOrder(`omg has no timeInForce ${timeInForce}`)
  }
}

/** `goodTillDate` in ms, as CCXT counts time; the chain in seconds. */
function expiryOf({ goodTillDate }: Dict): Expiry {
  if (!Number.isSafeInteger(goodTillDate) || goodTillDate <= 0) {
    throw new InvalidOrder('omg timeInForce GTD takes goodTillDate, in milliseconds')
  }
  return { time: BigInt(Math.floor(goodTillDate / 1000)) }
}

/** A sleeping order: `stopLossPrice`, `takeProfitPrice`, or `triggerPrice` with the side from which the price comes to it. */
function triggerOf({ side }: OrderArguments, params: Dict, around: Surroundings): Trigger | undefined {
  const trigger = params.triggerPrice ?? params.stopPrice
  const named = [trigger, params.stopLossPrice, params.takeProfitPrice].filter(price => price !== undefined)
  if (named.length === 0) return undefined
  if (named.length > 1) throw new InvalidOrder('omg an order wakes at one price')
  const at = around.ticks(named[0])
  if (params.stopLossPrice !== undefined) return { type: 'stop', at }
  if (params.takeProfitPrice !== undefined) return { type: 'takeProfit', at }
  const isAbove = directionOf(params, at, around)
  return { type: isAbove === (side === 'sell') ? 'takeProfit' : 'stop', at }
}

function directionOf({ triggerDirection }: Dict, at: bigint, { prices }: Surroundings): boolean {
  if (['ascending', 'up', 'above'].includes(triggerDirection)) return true
  if (['descending', 'down', 'below'].includes(triggerDirection)) return false
  if (triggerDirection !== undefined) throw new BadRequest(`omg has no triggerDirection ${triggerDirection}`)
  const now = prices.last ?? prices.ask ?? prices.bid
  if (now === undefined) throw new BadRequest('omg nothing traded yet: triggerPrice needs triggerDirection')
  return at >= now
}

/**
 * `takeProfit` and `stopLoss`: an order of the other side that what this one trades flows into. With both it is one order, which
 * stands at the take-profit price and turns to the stop's limit.
 */
function attachedTo(
  { market, side, type }: OrderArguments,
  { takeProfit, stopLoss }: Dict,
  around: Surroundings,
): { next?: ChainedOrder } {
  if (takeProfit === undefined && stopLoss === undefined) return {}
  const exit = side === 'buy' ? 'sell' : 'buy'
  const at = (leg: Dict) => {
    if (leg?.triggerPrice === undefined && leg?.price === undefined)
      throw new InvalidOrder(`omg takeProfit and stopLoss of a ${type} order have a triggerPrice`)
    return around.ticks(leg.triggerPrice ?? leg.price)
  }
  const limit = (leg: Dict) => {
    return leg.price === undefined ? worse(at(leg), exit, around.slippageBps) : around.ticks(leg.price)
  }
  const shared = { market, side: exit } as const
  if (stopLoss === undefined) {
    const price = around.ticks(takeProfit.price ?? takeProfit.triggerPrice)
    return { next: { ...shared, price } }
  }
  if (takeProfit === undefined) {
    return { next: { ...shared, price: limit(stopLoss), trigger: { type: 'stop', at: at(stopLoss) } } }
  }
  const price = around.ticks(takeProfit.price ?? takeProfit.triggerPrice)
  const trigger = { type: 'oneCancelsOther', at: at(stopLoss), limit: limit(stopLoss) } as const
  return { next: { ...shared, price, trigger } }
}

function clientIdOf({ clientOrderId }: Dict): { clientId?: string } {
  return clientOrderId === undefined ? {} : { clientId: checkClientId(String(clientOrderId)) }
}

function selfTradeOf({ selfTradePrevention }: Dict): Pick<OrderConditions, 'selfTradePrevention'> {
  if (selfTradePrevention === undefined) return {}
  const mode = SELF_TRADE[String(selfTradePrevention).toUpperCase() as keyof typeof SELF_TRADE]
  if (mode === undefined) throw new InvalidOrder(`omg has no selfTradePrevention ${selfTradePrevention}`)
  return { selfTradePrevention: mode }
}

function bpsOf(value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 10_000) return value as number
  throw new InvalidOrder(`omg maxFeeBps is a whole number of hundredths of a percent, not ${value}`)
}
