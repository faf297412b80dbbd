/** Between what people type and token units, exactly; and amounts short enough to read. */
import { ungrouped } from '@omg/sdk'

const DECIMAL = /^(\d{1,60})?(?:\.(\d{0,60}))?$/
const GROUP = /\B(?=(\d{3})+$)/g

/** `'1234.5'` in token units; undefined for what is no decimal number, or has more digits than the token. `.5` and `5.` are read as meant. */
export function unitsIn(text: string, decimals: number): bigint | undefined {
  const match = DECIMAL.exec(text.trim())
  if (!match || (!match[1] && !match[2])) return undefined
  const fraction = (match[2] ?? '').replace(/0+$/, '')
  if (fraction.length > decimals) return undefined
  return BigInt((match[1] ?? '') + fraction.padEnd(decimals, '0') || '0')
}

/** A number as it is read: without separators of thousands. What has commas for anything else stays as it was typed, and is then no number. */
export function typed(text: string): string {
  return ungrouped(text) ?? text
}

/** Token units as a decimal number without separators, every digit of it: what an input holds. */
export function textOf(units: bigint, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, '0')
  const part = decimals === 0 ? '' : digits.slice(-decimals).replace(/0+$/, '')
  const whole = digits.slice(0, digits.length - decimals)
  return part === '' ? whole : `${whole}.${part}`
}

/** Digits behind the point that `shortly` shows of a number below one, from its first one that is not zero. */
const DIGITS = 6

/**
 * Token units with at most six digits (or `most`) behind the point, cut off and never rounded up: nobody is shown more than there is. Of a number
 * below one as many are shown from the first that is not zero.
 */
export function shortly(units: bigint, decimals: number, most = DIGITS): string {
  const digits = units.toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = decimals === 0 ? '' : digits.slice(-decimals)
  const leading = /^0*/.exec(fraction)![0].length
  const shown = fraction.slice(0, whole === '0' ? leading + most : most).replace(/0+$/, '')
  const grouped = whole.replace(GROUP, ',')
  return shown === '' ? grouped : `${grouped}.${shown}`
}

/** Hundredths of a percent as a percentage: `0.2 %`. */
export function percent(bps: number | bigint): string {
  return `${textOf(BigInt(bps), 2)} %`
}
