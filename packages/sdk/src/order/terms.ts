import { amountFor, highestLimit, MAX_LOTS, MAX_TICK } from '@omg/exchange'
import {
  type Address,
  type Guard,
  type Hash,
  MAX_CHAIN_LINKS,
  type OrderTerms,
  orderGuard,
  toHex,
  tradingTerms,
  ZERO_HASH,
} from '@omg/protocol'
import { sdkError } from '../error.ts'
import type { Market } from '../market/market.ts'
import { type Memo, memoHash } from '../payment/payment.ts'

/**
 * When an order acts.
 *
 * - `stop`: sleeps until the clearing price is at or beyond `at`, against the owner: below to sell, above to buy.
 * - `takeProfit`: the other way round.
 * - `oneCancelsOther`: stands at its price, and at `limit` once the price reached `at` against the owner, as a stop does: both in one coin.
 */
export type Trigger =
  | { readonly type: 'stop' | 'takeProfit'; readonly at: bigint }
  | { readonly type: 'oneCancelsOther'; readonly at: bigint; readonly limit: bigint }

/** When an order ends by itself: after a block, or at a time in seconds. */
export type Expiry = { readonly height: bigint } | { readonly time: bigint }

/** What an order says besides its size. Prices in ticks, sizes in lots. */
export interface OrderConditions {
  readonly side: OrderTerms['side']
  /** The worst price, in ticks. */
  readonly price: bigint
  /** Default `goodTillCancel`. */
  readonly timeInForce?: OrderTerms['timeInForce']
  /** Only ever adds to the book: is given back where it would trade at once. */
  readonly postOnly?: boolean
  /** The smallest fill, in lots. */
  readonly minFill?: bigint
  readonly trigger?: Trigger
  readonly expiry?: Expiry
  /** What happens where two orders of one owner would trade. Default `expireTaker`: the younger one is given back. */
  readonly selfTradePrevention?: OrderTerms['selfTradePrevention']
  /** The highest trading fee accepted, in hundredths of a percent. Default: what the market takes now. */
  readonly maxFeeBps?: number
  /** Text of at most 32 bytes, or 32 bytes as hex, for the client's own use. Public. */
  readonly clientId?: Memo
  /** Another order that the proceeds flow into, up to four in a row: A to B, then B to C. */
  readonly next?: ChainedOrder
}

/** An order that is as large as what flows into it. */
export interface ChainedOrder extends OrderConditions {
  readonly market: Market
  /** Who gets what it trades. Default: the owner. */
  readonly receiver?: Address
}

/** Whose order it is. */
export interface OrderParties {
  readonly owner: Address
  readonly agent: Address
  readonly receiver: Address
  /** Where proceeds go, unless there is a chained order. */
  readonly proceeds: 'coin' | 'trading'
}

/** The terms of an order, and those that it is chained to, as a witness lists them. */
export interface TermsChain {
  readonly guard: Guard
  readonly terms: OrderTerms
  /** In order of first reference. */
  readonly chained: readonly OrderTerms[]
}

/**
 * The terms of a new order, under a name of its own.
 *
 * @throws SdkError `order.invalid`
 */
export function termsOf(market: Market, conditions: OrderConditions, parties: OrderParties): TermsChain {
  const next = conditions.next
  const rest = next && termsOf(next.market, next, chainedParties(next, parties))
  if (rest && 1 + rest.chained.length > MAX_CHAIN_LINKS) {
    throw sdkError('order.invalid', `a chain of more than ${MAX_CHAIN_LINKS} links`)
  }
  if (next) checkFlow(market, conditions.side, next)
  const terms: OrderTerms = {
    ...tradingTerms(parties.owner, parties.agent, parties.receiver),
    market: market.id,
    side: conditions.side,
    limit: tick(conditions.price, 'price'),
    ...(rest
      ? { proceedsKind: 'chained', proceedsGuard: rest.guard }
      : { proceedsKind: parties.proceeds, proceedsGuard: ZERO_HASH as Guard }),
    ...expiryOf(conditions.expiry),
    minFill: conditions.minFill ?? 0n,
    timeInForce: conditions.timeInForce ?? 'goodTillCancel',
    postOnly: conditions.postOnly ?? false,
    selfTradePrevention: conditions.selfTradePrevention ?? 'expireTaker',
    ...triggerOf(conditions),
    maxFeeBps: conditions.maxFeeBps ?? Math.max(market.makerBps, market.takerBps),
    clientId: memoHash(conditions.clientId),
    nonce: randomHash(),
  }
  checkConsistent(terms)
  return { guard: guardOf(terms), terms, chained: rest ? [rest.terms, ...rest.chained] : [] }
}

/** What an order of this size must hold, in token units; of a buy its worst price and highest fee. @throws SdkError `order.invalid` */
export function amountOf(market: Market, terms: OrderTerms, lots: bigint): bigint {
  const least = market.terms.minimumSize
  if (lots < least || lots > BigInt(MAX_LOTS)) {
    const text = `${lots} lots, where ${market.symbol} takes ${least} (${market.sizeText(least)}) to ${MAX_LOTS}`
    throw sdkError('order.invalid', text)
  }
  return amountFor(market.terms, terms, lots)
}

/** The token that an order holds. */
export function heldToken(market: Market, side: OrderTerms['side']): Address {
  return side === 'buy' ? market.terms.quote : market.terms.base
}

/** The terms of one order after another: a witness lists own terms first, then what they are chained to, each once. */
export function witnessTerms(chains: readonly TermsChain[]): OrderTerms[] {
  const own = chains.map(({ terms }) => terms)
  const listed = new Set(chains.map(({ guard }) => guard))
  // By reference, level by level: the chain of every listed order, the first first.
  const queue = chains.map(({ chained }) => [...chained])
  const terms = [...own]
  for (let more = true; more; ) {
    more = false
    for (const chained of queue) {
      const next = chained.shift()
      if (!next) continue
      more = true
      const guard = orderGuard(next)
      if (listed.has(guard)) continue
      listed.add(guard)
      terms.push(next)
    }
  }
  return terms
}

function chainedParties({ receiver }: ChainedOrder, parties: OrderParties): OrderParties {
  return { ...parties, receiver: receiver ?? parties.owner, proceeds: 'coin' }
}

function checkFlow(market: Market, side: OrderTerms['side'], next: ChainedOrder): void {
  const flows = heldToken(market, side === 'buy' ? 'sell' : 'buy')
  if (heldToken(next.market, next.side) === flows) return
  throw sdkError(
    'order.invalid',
    `what ${market.symbol} gives is not what the order of ${next.market.symbol} takes`,
  )
}

export function expiryOf(expiry: Expiry | undefined): Pick<OrderTerms, 'expiryKind' | 'expiry'> {
  if (expiry === undefined) return { expiryKind: 'never', expiry: 0n }
  if ('height' in expiry) return { expiryKind: 'height', expiry: expiry.height }
  return { expiryKind: 'time', expiry: expiry.time }
}

export function triggerOf({
  trigger,
  side,
}: Pick<OrderConditions, 'trigger' | 'side'>): Pick<
  OrderTerms,
  'triggerKind' | 'triggerPrice' | 'triggerLimit'
> {
  if (trigger === undefined) return { triggerKind: 'none', triggerPrice: 0n, triggerLimit: 0n }
  const triggerPrice = tick(trigger.at, 'trigger price')
  const isAbove = (trigger.type === 'takeProfit') === (side === 'sell')
  if (trigger.type !== 'oneCancelsOther') {
    return { triggerKind: isAbove ? 'wakeAbove' : 'wakeBelow', triggerPrice, triggerLimit: 0n }
  }
  const triggerLimit = tick(trigger.limit, 'limit after the trigger')
  return { triggerKind: isAbove ? 'turnAbove' : 'turnBelow', triggerPrice, triggerLimit }
}

/** Terms that contradict themselves: the chain would take the order, and never do what its owner meant. */
export function checkConsistent(terms: OrderTerms): void {
  const { postOnly, timeInForce, minFill } = terms
  if (postOnly && timeInForce !== 'goodTillCancel') {
    throw sdkError('order.invalid', 'a post-only order stays in the book, so it is good till cancelled')
  }
  if (minFill < 0n || minFill > BigInt(MAX_LOTS))
    throw sdkError('order.invalid', `a minimum fill of ${minFill} lots`)
  tick(highestLimit(terms), 'price')
}

export function guardOf(terms: OrderTerms): Guard {
  try {
    return orderGuard(terms)
  } catch (error) {
    throw sdkError('order.invalid', `these terms cannot be encoded: ${(error as Error).message}`, error)
  }
}

export function tick(price: bigint, what: string): bigint {
  if (price >= 1n && price <= BigInt(MAX_TICK)) return price
  throw sdkError('order.invalid', `a ${what} of ${price} ticks, where 1 to ${MAX_TICK} are possible`)
}

/** 32 random bytes: equal orders get different names. */
export function randomHash(): Hash {
  return toHex(crypto.getRandomValues(new Uint8Array(32))) as Hash
}
