/** A decimal number as people write it, exactly: `digits / 10^scale`. */
export interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

/** Digits on either side of the point that are read: more than any price of tokens with up to 36 decimals has. */
const MAX_DIGITS = 128
/** Digits shown of a number that no decimal text has exactly. */
const INEXACT_DIGITS = 12

/** `1234.56`, without sign, exponent or separators; undefined for any other text. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text)
  if (!match) return undefined
  const [, whole = '', fraction = ''] = match
  if (whole.length > MAX_DIGITS || fraction.length > MAX_DIGITS) return undefined
  return { digits: BigInt(whole + fraction), scale: fraction.length }
}

/**
 * A typed number without what sets its thousands apart: `1,000.5`, `1 000` and `1'000` lose theirs. Undefined where a comma, a space or a quote
 * stands anywhere else: `1,5` would become ten times what somebody means who writes a comma before decimals, and so would `0,500`.
 */
export function ungrouped(text: string): string | undefined {
  const plain = text.trim()
  if (!/[,\s']/.test(plain)) return plain
  return /^[1-9]\d{0,2}([,\s'])\d{3}(?:\1\d{3})*(?:\.\d*)?$/.test(plain)
    ? plain.replaceAll(/[,\s']/g, '')
    : undefined
}

/**
 * `numerator / denominator` as a decimal text without trailing zeros. Where no such text is exact (a third) it has 12 digits and
 * starts with `~`, so that it is never taken for the number itself.
 */
export function ratioText(numerator: bigint, denominator: bigint): string {
  const divisor = greatestCommonDivisor(numerator, denominator)
  const [top, bottom] = [numerator / divisor, denominator / divisor]
  const scale = scaleOf(bottom)
  if (scale !== undefined) return decimalText((top * 10n ** BigInt(scale)) / bottom, scale)
  const kept = Math.max(0, INEXACT_DIGITS - lengthOf(top) + lengthOf(bottom))
  return `~${decimalText((top * 10n ** BigInt(kept)) / bottom, kept)}`
}

/** `digits / 10^scale` without trailing zeros. */
export function decimalText(digits: bigint, scale: number): string {
  const padded = digits.toString().padStart(scale + 1, '0')
  const whole = padded.slice(0, padded.length - scale)
  const fraction = padded.slice(padded.length - scale).replace(/0+$/, '')
  return fraction === '' ? whole : `${whole}.${fraction}`
}

/** How many digits behind the point a fraction with this denominator needs; undefined if no number of them suffices. */
function scaleOf(denominator: bigint): number | undefined {
  let rest = denominator
  let [twos, fives] = [0, 0]
  for (; rest % 2n === 0n; rest /= 2n) twos++
  for (; rest % 5n === 0n; rest /= 5n) fives++
  return rest === 1n ? Math.max(twos, fives) : undefined
}

const lengthOf = (number: bigint) => number.toString().length

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b)
}
