import { ungrouped } from '@omg/sdk'
import { grouped } from '@omg/ui/number'

const WEI = 10n ** 18n
const STEPS = [
  [86_400n, 'd'],
  [3_600n, 'h'],
  [60n, 'min'],
] as const

/** A length of time: `45 s`, `3 min 5 s`, `20 d 3 h`. */
export function lasting(seconds: bigint): string {
  const left = seconds > 0n ? seconds : 0n
  for (const [index, [size, name]] of STEPS.entries()) {
    if (left < size) continue
    const [below, belowName] = STEPS[index + 1] ?? ([1n, 's'] as const)
    const rest = (left % size) / below
    return `${left / size} ${name}${rest > 0n ? ` ${rest} ${belowName}` : ''}`
  }
  return `${left} s`
}

/** OMG wei as OMG with at most two digits, rounded down: where a figure has little room. */
export function wholeOmg(wei: bigint): string {
  const hundredths = (wei * 100n) / WEI
  const part = `${hundredths % 100n}`.padStart(2, '0').replace(/0+$/, '')
  return `${grouped(hundredths / 100n)}${part === '' ? '' : `.${part}`}`
}

/** A part of a whole as a percentage with one digit, rounded down: `16.6 %`. */
export function partOf(part: bigint, whole: bigint): string {
  const thousandths = whole === 0n ? 0n : (part * 1_000n) / whole
  return `${thousandths / 10n}.${thousandths % 10n} %`
}

/** Ten-thousandths as a percentage. */
export function percent(bps: number | bigint): string {
  return `${(Number(bps) / 100).toFixed(2)} %`
}

/** A typed amount in units of so many decimals; undefined if it is none, or nothing. */
export function unitsFrom(text: string, decimals: number): bigint | undefined {
  const match = /^(\d{1,30})(?:\.(\d*))?$/.exec(ungrouped(text) ?? '')
  const fraction = match?.[2] ?? ''
  if (!match || fraction.length > decimals) return undefined
  const units = BigInt(match[1] + fraction.padEnd(decimals, '0'))
  return units === 0n ? undefined : units
}

/** A typed percentage, also none at all, in ten-thousandths; undefined if it is no percentage. */
export function bpsFrom(text: string): number | undefined {
  if (/^0{1,3}(?:\.0{0,2})?$/.test(text.trim())) return 0
  const bps = unitsFrom(text, 2)
  return bps === undefined || bps > 10_000n ? undefined : Number(bps)
}
