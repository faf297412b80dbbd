import type { Market } from '@omg/sdk'
import { exact, grouped } from '@omg/ui/number'

/** Digits behind the point that every price of a market fits into; undefined where a price has no exact decimal text. */
function digitsOf(unit: string): number | undefined {
  if (unit.startsWith('~')) return undefined
  return unit.split('.')[1]?.length ?? 0
}

/** A decimal text with its thousands apart and as many digits behind the point as its neighbours have. */
function fixed(text: string, digits: number | undefined): string {
  if (digits === undefined) return text
  const [whole = '0', part = ''] = text.split('.')
  return `${grouped(BigInt(whole))}${digits > 0 ? `.${part.padEnd(digits, '0')}` : ''}`
}

/** Ticks as quote for one base, all digits: `2,001.50`. */
export function priceText(market: Market, ticks: bigint | number): string {
  return fixed(market.priceText(BigInt(ticks)), digitsOf(market.priceText(1n)))
}

/** Lots as base, all digits: `0.0120`. */
export function sizeText(market: Market, lots: bigint | number): string {
  return fixed(market.sizeText(BigInt(lots)), digitsOf(market.sizeText(1n)))
}

const SCALES = [
  [10n ** 12n, 'T'],
  [10n ** 9n, 'B'],
  [10n ** 6n, 'M'],
  [10n ** 3n, 'K'],
] as const
/** Digits that a shortened number keeps. */
const KEPT = 4

/** An amount in few digits, never rounded up: `1.234M`, `12.34K`, `0.0001234`. Whole numbers all the way. */
export function shortText(units: bigint, decimals: number): string {
  const one = 10n ** BigInt(decimals)
  const scale = SCALES.find(([size]) => units >= size * one)
  if (scale) return `${cut(exact(units / scale[0], decimals))}${scale[1]}`
  return cut(exact(units, decimals))
}

/** The first digits of a decimal text; what is left of the point stays whole. */
function cut(text: string): string {
  const [whole = '0', part = ''] = text.split('.')
  const zeros = whole === '0' ? (/^0*/.exec(part)?.[0].length ?? 0) : 0
  const room = Math.max(0, KEPT - (whole === '0' ? 0 : whole.replaceAll(',', '').length)) + zeros
  const kept = part.slice(0, room).replace(/0+$/, '')
  return kept === '' ? whole : `${whole}.${kept}`
}

/** The turnover of a market in quote: `value` is a sum of `lots × ticks`. */
export function turnoverText(market: Market, value: bigint): string {
  return shortText(value * market.terms.tick, market.quote.decimals)
}

/** Lots in base, in few digits. */
export function shortSize(market: Market, lots: bigint | number): string {
  return shortText(BigInt(lots) * market.terms.lot, market.base.decimals)
}

export interface Change {
  readonly text: string
  readonly sign: -1 | 0 | 1
}

/** From one price to another in hundredths of a percent, rounded to the nearest: `+1.25%`. */
export function changeOf(from: bigint | undefined, to: bigint | undefined): Change | undefined {
  if (from === undefined || to === undefined || from === 0n) return undefined
  const difference = to - from
  const size = difference < 0n ? -difference : difference
  const basisPoints = (size * 20_000n + from) / (2n * from)
  const sign = basisPoints === 0n ? 0 : difference < 0n ? -1 : 1
  const digits = `${grouped(basisPoints / 100n)}.${String(basisPoints % 100n).padStart(2, '0')}%`
  return { text: `${sign < 0 ? '−' : sign > 0 ? '+' : ''}${digits}`, sign }
}

/** A time of the chain as the clock of the visitor shows it. */
export function clockText(seconds: bigint): string {
  return CLOCK.format(new Date(Number(seconds) * 1_000))
}
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
