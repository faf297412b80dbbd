import { amountFor, lotsOf, type Side, tradingFee } from '@omg/exchange'
import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import { getBook, type MarketBook } from '../actions/getBook.ts'
import type { Client } from '../client.ts'
import { sdkError } from '../error.ts'
import type { Market } from '../market/market.ts'
import { worstPrice } from './request.ts'

/** One order of a payment with another asset. */
export interface Leg {
  readonly market: Market
  readonly side: Side
  /** The worst price, in ticks. */
  readonly price: bigint
  /** The price at which the book would trade this size now, if nothing else came. */
  readonly expectedPrice: bigint
  readonly lots: bigint
}

/** A market, and which way through it. */
export interface Hop {
  readonly market: Market
  readonly side: Side
  readonly from: Address
  readonly to: Address
}

/** The shortest way from one token to another: one market, or two in a row. @throws SdkError `market.route` */
export function routeOf(markets: readonly Market[], from: Address, to: Address): Hop[] {
  const hops = markets
    .filter(({ state }) => state === 'active')
    .flatMap((market): Hop[] => {
      const [base, quote] = [market.base.address, market.quote.address]
      return [
        { market, side: 'sell', from: base, to: quote },
        { market, side: 'buy', from: quote, to: base },
      ]
    })
  const direct = hops.find(hop => hop.from === from && hop.to === to)
  if (direct) return [direct]
  for (const first of hops.filter(hop => hop.from === from)) {
    const second = hops.find(hop => hop.from === first.to && hop.to === to)
    if (second) return [first, second]
  }
  throw sdkError('market.route', `no market leads from ${from} to ${to}`)
}

/** What a leg moves, in token units: at its worst price, and at the expected one. */
export interface LegMoney {
  readonly leg: Leg
  readonly pays: { readonly most: bigint; readonly expected: bigint }
  readonly gives: { readonly least: bigint; readonly expected: bigint }
}

/** The leg that sells at most `amount`. @throws SdkError `order.no_price` */
export async function legWithInput(
  client: Client,
  hop: Hop,
  amount: bigint,
  slippageBps: number,
): Promise<LegMoney> {
  const book = await getBook(client, { market: hop.market })
  const price = worstPrice(book, hop.side, slippageBps)
  const lots = lotsOf(hop.market.terms, { ...sizing(hop), limit: price }, amount)
  return legMoney(hop, book, price, lots)
}

/** The smallest leg that gives at least `amount`. @throws SdkError `order.no_price` */
export async function legWithOutput(
  client: Client,
  hop: Hop,
  amount: bigint,
  slippageBps: number,
): Promise<LegMoney> {
  const book = await getBook(client, { market: hop.market })
  const price = worstPrice(book, hop.side, slippageBps)
  return legMoney(hop, book, price, lotsFor(hop, price, amount))
}

function lotsFor({ market, side }: Hop, price: bigint, amount: bigint): bigint {
  const { tick, lot } = market.terms
  if (side === 'buy') return (amount + lot - 1n) / lot
  // Without fee at first; each step of it is less than a lot's worth in nearly every market.
  let lots = (amount + price * tick - 1n) / (price * tick)
  for (
    let missing = amount - netOf(market, lots, price);
    missing > 0n;
    missing = amount - netOf(market, lots, price)
  ) {
    lots += (missing + price * tick - 1n) / (price * tick)
  }
  return lots
}

function legMoney(hop: Hop, book: MarketBook, price: bigint, lots: bigint): LegMoney {
  const { market, side } = hop
  if (lots < market.terms.minimumSize) {
    const least = market.sizeText(market.terms.minimumSize)
    throw sdkError(
      'order.invalid',
      `the payment is below the ${least} ${market.base.symbol} that ${market.symbol} takes`,
    )
  }
  const expectedPrice = priceFor(hop, book, lots, price)
  const leg: Leg = { market, side, price, expectedPrice, lots }
  const money = (at: bigint) => {
    if (side === 'sell') return { pays: market.baseOf(lots), gives: netOf(market, lots, at) }
    const cost = market.costOf(lots, at)
    return { pays: cost + feeOf(market, cost), gives: market.baseOf(lots) }
  }
  const [worst, expected] = [money(price), money(expectedPrice)]
  const most = amountFor(market.terms, { ...sizing(hop), limit: price }, lots)
  return {
    leg,
    pays: { most, expected: expected.pays },
    gives: { least: worst.gives, expected: expected.gives },
  }
}

/**
 * The price at which a batch with nothing else new would trade the size: of the prices between the deepest level that it needs and the next
 * one, or the worst price, the closest to the last (docs/auction.md).
 */
function priceFor({ side }: Hop, book: MarketBook, lots: bigint, worst: bigint): bigint {
  const isBuy = side === 'buy'
  const levels = (isBuy ? book.asks : book.bids).filter(({ price }) =>
    isBuy ? price <= worst : price >= worst,
  )
  let left = lots
  const deepest = levels.findIndex(level => {
    left -= level.lots
    return left <= 0n
  })
  if (deepest < 0) {
    throw sdkError(
      'order.no_price',
      `the book has ${lots - left} of ${lots} lots up to the worst price of ${worst} ticks`,
    )
  }
  const near = levels[deepest]!.price
  const next = levels[deepest + 1]?.price
  const far = next === undefined ? worst : isBuy ? next - 1n : next + 1n
  const [low, high] = isBuy ? [near, far] : [far, near]
  const last = book.lastPrice ?? (low + high) / 2n
  return last < low ? low : last > high ? high : last
}

function sizing({ market, side }: Hop) {
  return { side, triggerLimit: 0n, maxFeeBps: highestFee(market) }
}

function highestFee({ makerBps, takerBps }: Market): number {
  return Math.max(makerBps, takerBps)
}

function feeOf(market: Market, cost: bigint): bigint {
  return tradingFee(cost, highestFee(market), market.feeUnit)
}

/** What a sale gives, less the fee. */
function netOf(market: Market, lots: bigint, price: bigint): bigint {
  const cost = market.costOf(lots, price)
  return cost - feeOf(market, cost)
}

/** ETH where no token is named. */
export const tokenOf = (token: Address | undefined) => (token ?? ZERO_ADDRESS).toLowerCase() as Address
