import { FEE_FIELDS, type FeeSchedule, fieldsOf, LANES, scheduleOf, stepped } from './schedule.ts'
import type { Ballot } from './stakes.ts'

/** What stakers want the fees to be, as of an origin: a pure function of Ethereum's events up to it. */
export interface FeeVotes {
  /** The schedule of an epoch that follows one with the schedule `previous`. */
  next(previous: FeeSchedule): FeeSchedule
}

/**
 * The schedule of the next epoch. Each number moves a bounded step towards the stake-weighted median of what is voted, each lane is
 * accepted with more than half of the stake. Stake that says nothing votes for what is, so nothing changes without a vote.
 */
export function nextSchedule(previous: FeeSchedule, ballots: readonly Ballot[]): FeeSchedule {
  const cast = ballots.filter(({ weight }) => weight > 0n)
  if (cast.length === 0) return previous
  const wanted = cast.map(({ preference = previous }) => preference)
  const values = wanted.map(fieldsOf)
  const weights = cast.map(({ weight }) => weight)
  const before = fieldsOf(previous)
  const fields = FEE_FIELDS.map((_, i) => {
    const voted = median(
      values.map(numbers => numbers[i]!),
      weights,
    )
    return stepped(before[i]!, voted)
  })
  return scheduleOf(fields, acceptedBy(wanted, weights))
}

/** The lanes that more than half of the stake accepts. */
function acceptedBy(wanted: readonly FeeSchedule[], weights: readonly bigint[]): readonly boolean[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n)
  return Array.from({ length: LANES }, (_, lane) => {
    const inFavour = weights.filter((_, i) => wanted[i]!.accepted[lane])
    return 2n * inFavour.reduce((sum, weight) => sum + weight, 0n) > total
  })
}

/**
 * The lower stake-weighted median: the least value that, with all below it, has at least half of the weight. Bisects the range of
 * the values and keeps the half that can still hold it, so its cost is at most 64 looks at each vote, whatever anybody votes.
 * `median.reference.ts` sorts. Weights are positive, and there is one at least.
 */
export function median(values: readonly bigint[], weights: readonly bigint[]): bigint {
  const total = weights.reduce((sum, weight) => sum + weight, 0n)
  let left = values.map((_, i) => i)
  /** Weight of the values below those left. */
  let below = 0n
  for (;;) {
    let [least, most] = [values[left[0]!]!, values[left[0]!]!]
    for (const i of left) {
      if (values[i]! < least) least = values[i]!
      else if (values[i]! > most) most = values[i]!
    }
    if (least === most) return least
    const middle = (least + most) / 2n
    let lower = 0n
    for (const i of left) if (values[i]! <= middle) lower += weights[i]!
    const isLower = 2n * (below + lower) >= total
    left = left.filter(i => values[i]! <= middle === isLower)
    if (!isLower) below += lower
  }
}
