import type { Address } from '@omg/protocol'
import { FEE_FIELDS, type FeeSchedule, fieldsOf, isPreference, Stakes, scheduleOf } from '@omg/stake'
import type { StakeNow } from '../network/read.ts'
import type { VoteField } from './fields.ts'

/** What somebody has changed of a vote, and not sent. */
export interface Draft {
  /** Texts by the place of their number. */
  readonly typed: ReadonlyMap<number, string>
  /** By lane. */
  readonly accepted: ReadonlyMap<number, boolean>
}

export const EMPTY: Draft = { typed: new Map(), accepted: new Map() }

/** Most epochs that a preview looks ahead: a year of them on mainnet. */
const MAX_EPOCHS = 365

/**
 * A schedule with what was changed in place of some of its numbers, held to what may be voted; undefined if something typed is no such
 * number, or no token would be accepted.
 */
export function preferenceOf(
  base: FeeSchedule,
  fields: readonly VoteField[],
  { typed, accepted }: Draft,
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
  const lanes = base.accepted.map((is, lane) => accepted.get(lane) ?? is)
  const preference = scheduleOf(numbers, lanes)
  return isPreference(preference) ? preference : undefined
}

/** What votes lead to. */
export interface Outcome {
  readonly next: FeeSchedule
  /** Where fees come to rest, and after how many epochs: as long as nobody votes anew. */
  readonly settled: FeeSchedule
  readonly epochs: number
}

/** What comes of the votes if an account voted so now: by the network's own rule, with its vote in it. */
export function previewOf(
  { facts, head, fees }: Pick<StakeNow, 'facts' | 'head' | 'fees'>,
  account: Address,
  preference: FeeSchedule,
): Outcome {
  const vote = { kind: 'preferred', block: head, account, preference } as const
  return outcomeOf(new Stakes([...facts, vote]), head, fees.voted)
}

/** What comes of the votes as they are. */
export function outcomeOf(votes: Stakes, head: bigint, voted: FeeSchedule): Outcome {
  const view = votes.at(head)
  const next = view.next(voted)
  let [last, settled] = [voted, next]
  let epochs = 0
  while (!isSame(last, settled) && epochs < MAX_EPOCHS) {
    epochs++
    last = settled
    settled = view.next(settled)
  }
  return { next, settled, epochs }
}

function isSame(one: FeeSchedule, other: FeeSchedule): boolean {
  const [a, b] = [one, other].map(schedule => [...fieldsOf(schedule), ...schedule.accepted].join())
  return a === b
}
