import { baseOf, cost, MAX_LOTS, MAX_TICK, type MarketState } from '@omg/exchange'
import type { Hash, MarketTerms } from '@omg/protocol'
import { sdkError } from '../error.ts'
import { type Decimal, parseDecimal, ratioText } from './decimal.ts'
import type { Token } from './token.ts'

/** A market: its immutable terms, what the chain says about it now, and its units. Prices are ticks, sizes are lots. */
export interface Market extends Units {
  /** `marketId(terms)`. */
  readonly id: Hash
  readonly terms: MarketTerms
  readonly base: Token
  readonly quote: Token
  /** `ETH/TUSD`. */
  readonly symbol: string
  readonly state: MarketState
  /** The clearing price of the last batch that traded. */
  readonly lastPrice: bigint | undefined
  readonly bestBid: bigint | undefined
  readonly bestAsk: bigint | undefined
  /** Live orders. */
  readonly orders: number
  /** Trading fees of now, in hundredths of a percent of the quote amount. */
  readonly makerBps: number
  readonly takerBps: number
  /** Trading fees are multiples of it, in quote units. */
  readonly feeUnit: bigint
}

/** Between what people write and what the chain counts, exactly. */
export interface Units {
  /**
   * `'1234.56'` quote for one base, in ticks.
   *
   * @throws SdkError `market.price`, with the two nearest prices of the market's grid in its message.
   */
  priceOf(text: string): bigint
  /** Ticks as quote for one base. A price that no decimal text has exactly starts with `~`. */
  priceText(ticks: bigint): string
  /**
   * `'0.5'` base, in lots.
   *
   * @throws SdkError `market.size`, with the two nearest sizes.
   */
  lotsOf(text: string): bigint
  /** Lots as base. */
  sizeText(lots: bigint): string
  /** What `lots` at `price` cost, in quote units, without fee. */
  costOf(lots: bigint, price: bigint): bigint
  /** The base units of `lots`. */
  baseOf(lots: bigint): bigint
}

/** A unit of a market: `numerator / denominator` of what people count in. */
interface Unit {
  readonly numerator: bigint
  readonly denominator: bigint
  readonly most: bigint
}

/** The units of a market with these terms and tokens. */
export function unitsOf(
  terms: MarketTerms,
  base: Pick<Token, 'decimals'>,
  quote: Pick<Token, 'decimals'>,
): Units {
  const [wholeBase, wholeQuote] = [10n ** BigInt(base.decimals), 10n ** BigInt(quote.decimals)]
  // One tick is `tick` quote units for `lot` base units.
  const tick: Unit = {
    numerator: terms.tick * wholeBase,
    denominator: terms.lot * wholeQuote,
    most: BigInt(MAX_TICK),
  }
  const lot: Unit = { numerator: terms.lot, denominator: wholeBase, most: BigInt(MAX_LOTS) }
  return {
    priceOf: text => countOf(text, tick, 'market.price'),
    priceText: ticks => textOf(ticks, tick),
    lotsOf: text => countOf(text, lot, 'market.size'),
    sizeText: lots => textOf(lots, lot),
    costOf: (lots, price) => cost(terms, Number(price), Number(lots)),
    baseOf: lots => baseOf(terms, Number(lots)),
  }
}

function countOf(text: string, unit: Unit, code: 'market.price' | 'market.size'): bigint {
  const decimal = parseDecimal(text)
  const what = code === 'market.price' ? 'price' : 'size'
  if (decimal === undefined) throw sdkError(code, `"${text}" is not a decimal number`)
  const { quotient, isExact } = divide(decimal, unit)
  if (isExact && quotient >= 1n && quotient <= unit.most) return quotient
  const near = [quotient, quotient + (isExact ? 0n : 1n)].map(count => clamp(count, unit.most))
  const texts = [...new Set(near)].map(count => textOf(count, unit))
  throw sdkError(code, `no ${what} of this market is ${text}; the nearest: ${texts.join(' and ')}`)
}

function divide({ digits, scale }: Decimal, unit: Unit): { quotient: bigint; isExact: boolean } {
  const top = digits * unit.denominator
  const bottom = 10n ** BigInt(scale) * unit.numerator
  return { quotient: top / bottom, isExact: top % bottom === 0n }
}

function clamp(count: bigint, most: bigint): bigint {
  return count < 1n ? 1n : count > most ? most : count
}

function textOf(count: bigint, { numerator, denominator }: Unit): string {
  return ratioText(count * numerator, denominator)
}
