import type { Address } from '@omg/protocol'
import type { FeeToken } from '@omg/sdk'
import { FEE_FIELDS, type FeeSchedule, fieldsOf, Stakes, scheduleOf, TIERS } from '@omg/stake'
import { exact } from '@omg/ui/number'
import type { StakeNow } from '../network/read.ts'
import { unitsFrom } from '../words.ts'

/** One number that people vote on here: a fee in a token, or a rate in percent. */
export interface VoteField {
  readonly name: string
  readonly unit: string
  /** Place among the numbers of a schedule. */
  readonly place: number
  readonly format: (value: bigint) => string
  /** Undefined if the text is no such number, or out of the range of a vote. */
  readonly parse: (text: string) => bigint | undefined
}

/** What is voted on: the payment fee in each token, and the trading fees of each class. The rest stays as it is, or as it was voted. */
export function voteFields(feeTokens: readonly FeeToken[]): VoteField[] {
  return FEE_FIELDS.flatMap(({ name, index, minimum, maximum }, place): VoteField[] => {
    const inRange = (value: bigint | undefined) =>
      value !== undefined && value >= minimum && value <= maximum ? value : undefined
    if (name === 'payment') {
      const token = feeTokens.find(({ lane }) => lane === index)
      if (token === undefined) return []
      const { symbol, decimals, unit } = token
      return [
        {
          ...{ name: `Pay in ${symbol}`, unit: symbol, place },
          format: value => exact(value * unit, decimals),
          parse: text => {
            const wei = unitsFrom(text, decimals)
            return wei === undefined || wei % unit !== 0n ? undefined : inRange(wei / unit)
          },
        },
      ]
    }
    if (name !== 'makerBps' && name !== 'takerBps') return []
    const who = name === 'makerBps' ? 'Maker' : 'Taker'
    return [
      {
        ...{ name: `${who}, ${TIERS[index]}`, unit: '%', place },
        format: value => exact(value, 2),
        parse: text => (/^0(?:\.0*)?$/.test(text.trim()) ? inRange(0n) : inRange(unitsFrom(text, 2))),
      },
    ]
  })
}

/** A schedule with what was typed in place of some of its numbers, held to what may be voted; undefined if something typed is no such number. */
export function preferenceOf(
  base: FeeSchedule,
  fields: readonly VoteField[],
  typed: ReadonlyMap<number, string>,
): FeeSchedule | undefined {
  const numbers = fieldsOf(base).map((value, place) => {
    const { minimum, maximum } = FEE_FIELDS[place]!
    if (value < minimum) return minimum
    if (value > maximum) return maximum
    return value
  })
  for (const field of fields) {
    const text = typed.get(field.place)
    if (text === undefined) continue
    const value = field.parse(text)
    if (value === undefined) return undefined
    numbers[field.place] = value
  }
  return scheduleOf(numbers, base.accepted)
}

/** The fees of the next epoch if an account voted so now: by the network's own rule, with its vote in it. */
export function previewOf(
  { facts, head, fees }: Pick<StakeNow, 'facts' | 'head' | 'fees'>,
  account: Address,
  preference: FeeSchedule,
): FeeSchedule {
  const vote = { kind: 'preferred', block: head, account, preference } as const
  return new Stakes([...facts, vote]).at(head).next(fees.voted)
}
