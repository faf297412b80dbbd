import { InvalidOrder } from 'ccxt'

// Prices and sizes of a market are whole numbers of ticks and lots. CCXT speaks in decimals: these functions go between them
// in integers, because a float of CCXT's own rounding has 8 digits where a token has 18.

/** A decimal number as text, exactly: `digits / 10^scale`. */
interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

/** Most digits on either side of the point that are read. */
const MAX_DIGITS = 80

/** Where a decimal lies between two counts of its unit. */
export type Rounding = 'down' | 'nearest' | 'up'

/**
 * How many `unit`s a decimal is. Both are plain decimal texts, as `numberToString` of CCXT writes them; a sign is none of them.
 *
 * @throws InvalidOrder
 */
export function countIn(text: string, unit: string, rounding: Rounding): bigint {
  const [value, one] = [decimalOf(text), decimalOf(unit)]
  const top = value.digits * 10n ** BigInt(one.scale)
  const bottom = one.digits * 10n ** BigInt(value.scale)
  if (bottom === 0n) throw new InvalidOrder(`omg a unit of ${unit}`)
  if (rounding === 'down') return top / bottom
  if (rounding === 'up') return (top + bottom - 1n) / bottom
  return (2n * top + bottom) / (2n * bottom)
}

/** A decimal as units of a token with so many decimals, rounded down. @throws InvalidOrder */
export function unitsIn(text: string, decimals: number): bigint {
  const { digits, scale } = decimalOf(text)
  return scale <= decimals
    ? digits * 10n ** BigInt(decimals - scale)
    : digits / 10n ** BigInt(scale - decimals)
}

function decimalOf(text: string): Decimal {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text)
  const [, whole = '', fraction = ''] = match ?? []
  if (!match || whole.length > MAX_DIGITS || fraction.length > MAX_DIGITS) {
    throw new InvalidOrder(`omg "${text.slice(0, 40)}" is not a positive decimal number`)
  }
  return { digits: BigInt(whole + fraction), scale: fraction.length }
}
