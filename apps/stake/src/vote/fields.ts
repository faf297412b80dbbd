import type { FeeToken } from '@omg/sdk'
import { FEE_FIELDS, type FeeField, type FeeSchedule, fieldsOf, TIERS } from '@omg/stake'
import { exact, grouped } from '@omg/ui/number'
import { unitsFrom } from '../words.ts'

/** What belongs together, in the order in which it is shown. */
export const GROUPS = ['Payments', 'Trading', 'Instructions'] as const
export type Group = (typeof GROUPS)[number]

/** One number that people vote on: a fee in a token, a rate in percent, or a count. */
export interface VoteField {
  readonly group: Group
  readonly name: string
  readonly unit: string
  /** What it means, where the name does not say it. */
  readonly note?: string
  /** Place among the numbers of a schedule. */
  readonly place: number
  readonly format: (value: bigint) => string
  /** Undefined if the text is no such number, or out of the range of a vote. */
  readonly parse: (text: string) => bigint | undefined
}

/** Whether the fee of a payment may be paid in a token. */
export interface VoteLane {
  readonly lane: number
  readonly name: string
}

const NOTES: Partial<Record<FeeField['name'], string>> = {
  makerBps: 'of a trade, from orders that stood in the book',
  takerBps: 'of a trade, from orders that came to it',
  steps: 'orders placed or changed by one owner in a block',
  unitsPerStep: 'value of live orders that allows one step more',
  cancels: 'orders taken back by one owner in a block',
}

/** Every number that is voted on. Lanes without a token move nothing, and are left as they are. */
export function fieldsOfVote(feeTokens: readonly FeeToken[]): VoteField[] {
  return FEE_FIELDS.flatMap((field, place): VoteField[] => {
    const { name, index } = field
    const note = NOTES[name]
    const rest = { place, ...(note !== undefined && { note }) }
    switch (name) {
      case 'payment':
      case 'item': {
        const token = feeTokens.find(({ lane }) => lane === index)
        return token ? [{ ...inToken(field, token), place }] : []
      }
      case 'makerBps':
      case 'takerBps': {
        const who = name === 'makerBps' ? 'Maker' : 'Taker'
        return [{ ...inPercent(field), ...rest, name: `${who}, ${TIERS[index]}` }]
      }
      case 'steps':
        return [{ ...counted(field, ''), ...rest, name: 'Steps' }]
      case 'unitsPerStep':
        return [{ ...counted(field, 'units'), ...rest, name: 'Value of a step' }]
      default:
        return [{ ...counted(field, ''), ...rest, name: 'Cancels' }]
    }
  })
}

/** The tokens that stakers accept fees in, or not. */
export function lanesOfVote(feeTokens: readonly FeeToken[]): VoteLane[] {
  return feeTokens.map(({ lane, symbol }) => ({ lane, name: `Fees in ${symbol}` }))
}

/** The numbers of a schedule as one reads them. */
export function rowsOfVote(fields: readonly VoteField[], schedule: FeeSchedule) {
  const numbers = fieldsOf(schedule)
  return fields.map(({ name, unit, place, format }) => ({ name, unit, text: format(numbers[place]!) }))
}

type Shown = Pick<VoteField, 'group' | 'name' | 'unit' | 'format' | 'parse'>

function inToken(field: FeeField, { symbol, decimals, unit }: FeeToken): Shown {
  return {
    group: 'Payments',
    name: field.name === 'payment' ? `Payment in ${symbol}` : `Item in ${symbol}`,
    unit: symbol,
    format: value => exact(value * unit, decimals),
    parse: text => {
      const wei = unitsFrom(text, decimals)
      return wei === undefined || wei % unit !== 0n ? undefined : inRange(field, wei / unit)
    },
  }
}

function inPercent(field: FeeField): Omit<Shown, 'name'> {
  return {
    group: 'Trading',
    unit: '%',
    format: value => exact(value, 2),
    // No fee at all may be voted for.
    parse: text =>
      /^0(?:\.0*)?$/.test(text.trim()) ? inRange(field, 0n) : inRange(field, unitsFrom(text, 2)),
  }
}

function counted(field: FeeField, unit: string): Omit<Shown, 'name'> {
  return {
    group: 'Instructions',
    unit,
    format: value => grouped(value),
    parse: text => inRange(field, unitsFrom(text, 0)),
  }
}

function inRange({ minimum, maximum }: FeeField, value: bigint | undefined): bigint | undefined {
  return value !== undefined && value >= minimum && value <= maximum ? value : undefined
}
