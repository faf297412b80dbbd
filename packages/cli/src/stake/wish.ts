/** What somebody wants the fees to be: words of a command line, held to what may be voted. */
import type { FeeToken } from '@omg/sdk'
import {
  FEE_FIELDS,
  type FeeField,
  type FeeSchedule,
  fieldsOf,
  scheduleOf,
  TIERS,
  type Tier,
} from '@omg/stake'
import { cliError } from '../error.ts'
import { findToken, formatAmount, formatUnits, parseUnits, type Token } from '../terminal/amount.ts'

/** As it was typed: `ETH=0.000002`, `guarded=0.05`, `64`, `TUSD`. */
export interface Wish {
  readonly payment?: readonly string[]
  readonly item?: readonly string[]
  readonly maker?: readonly string[]
  readonly taker?: readonly string[]
  readonly steps?: string
  readonly unitsPerStep?: string
  readonly cancels?: string
  readonly accept?: readonly string[]
}

/** One number of a wish, and how to say it. */
interface Wanted {
  readonly name: FeeField['name']
  readonly index: number
  readonly value: bigint
  readonly what: string
  readonly show: (value: bigint) => string
}

/**
 * A schedule with the wishes in place of some of its numbers. What is not wished stays, moved into the range of a vote where it lies outside:
 * a chain begins with any fees.
 *
 * Errors (thrown): `fees.range` with the range, `amount.invalid`, `amount.token`, `request.argument`.
 */
export function wishedFees(base: FeeSchedule, wish: Wish, feeTokens: readonly FeeToken[]): FeeSchedule {
  const numbers = fieldsOf(base).map((value, place) => nearest(value, FEE_FIELDS[place]!))
  for (const wanted of wantedIn(wish, feeTokens)) {
    const place = FEE_FIELDS.findIndex(({ name, index }) => name === wanted.name && index === wanted.index)
    numbers[place] = allowed(wanted, FEE_FIELDS[place]!)
  }
  const lanes = wish.accept?.map(name => laneOf(name, feeTokens).lane)
  return scheduleOf(numbers, lanes ? base.accepted.map((_, lane) => lanes.includes(lane)) : base.accepted)
}

function nearest(value: bigint, { minimum, maximum }: FeeField): bigint {
  if (value < minimum) return minimum
  return value > maximum ? maximum : value
}

function allowed({ value, what, show }: Wanted, { minimum, maximum }: FeeField): bigint {
  if (value >= minimum && value <= maximum) return value
  throw cliError('fees.range', `${what} is ${show(minimum)} to ${show(maximum)}, not ${show(value)}`)
}

function wantedIn(wish: Wish, feeTokens: readonly FeeToken[]): Wanted[] {
  const counts = { steps: wish.steps, unitsPerStep: wish.unitsPerStep, cancels: wish.cancels }
  return [
    ...(['payment', 'item'] as const).flatMap(name =>
      (wish[name] ?? []).map(text => feeIn(name, text, feeTokens)),
    ),
    ...(wish.maker ?? []).map(text => rateIn('makerBps', text)),
    ...(wish.taker ?? []).map(text => rateIn('takerBps', text)),
    ...Object.entries(counts).flatMap(([name, text]) =>
      text === undefined ? [] : [countIn(name as keyof typeof counts, text)],
    ),
  ]
}

function feeIn(name: 'payment' | 'item', text: string, feeTokens: readonly FeeToken[]): Wanted {
  const [symbol, amount] = pairOf(text, 'token with an amount like ETH=0.000002')
  const { lane, unit, ...token } = laneOf(symbol, feeTokens)
  const wei = /^0+(\.0+)?$/.test(amount) ? 0n : parseUnits(amount, token)
  if (wei % unit !== 0n)
    throw cliError(
      'amount.invalid',
      `fees in ${token.symbol} are multiples of ${formatUnits(unit, token.decimals)}`,
    )
  const what = name === 'item' ? 'the fee where an item moves' : 'the fee of a payment'
  return { name, index: lane, value: wei / unit, what, show: units => formatAmount(units * unit, token) }
}

function laneOf(name: string, feeTokens: readonly FeeToken[]): Token & Pick<FeeToken, 'lane' | 'unit'> {
  const tokens = feeTokens.map(({ token, ...rest }) => ({ ...rest, address: token }))
  const { address } = findToken(name, tokens)
  return tokens.find(token => token.address === address)!
}

function rateIn(name: 'makerBps' | 'takerBps', text: string): Wanted {
  const [tier, rate] = pairOf(text, 'class with a percentage like guarded=0.05')
  const index = TIERS.indexOf(tier as Tier)
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(rate)
  if (index < 0 || !match)
    throw cliError(
      'request.argument',
      `"${text}" is no class (${TIERS.join(', ')}) with a percentage like 0.05`,
    )
  const value = BigInt(`${match[1]}${(match[2] ?? '').padEnd(2, '0')}`)
  const what = `the ${name === 'makerBps' ? 'maker' : 'taker'} fee of ${tier} markets`
  return { name, index, value, what, show: bps => `${formatUnits(bps, 2)} %` }
}

const COUNTS = { steps: '--steps', unitsPerStep: '--units-per-step', cancels: '--cancels' } as const

function countIn(name: keyof typeof COUNTS, text: string): Wanted {
  if (!/^\d{1,20}$/.test(text))
    throw cliError('request.argument', `${COUNTS[name]} is a whole number, not "${text}"`)
  return { name, index: 0, value: BigInt(text), what: COUNTS[name], show: count => formatUnits(count, 0) }
}

function pairOf(text: string, what: string): [name: string, value: string] {
  const [name = '', value = '', more] = text.split('=')
  if (name === '' || value === '' || more !== undefined)
    throw cliError('request.argument', `"${text}" is no ${what}`)
  return [name, value]
}
