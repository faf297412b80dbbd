import fc from 'fast-check'
import { FEE_FIELDS, type FeeSchedule, LANES, scheduleOf } from './schedule.ts'
import type { Ballot } from './stakes.ts'

/** Any schedule that somebody may vote for; small numbers too, where steps are of one unit. */
export const preferences: fc.Arbitrary<FeeSchedule> = fc
  .tuple(
    fc.tuple(
      ...FEE_FIELDS.map(({ minimum, maximum }) => {
        const near = minimum + 40n < maximum ? minimum + 40n : maximum
        return fc.oneof(fc.bigInt(minimum, near), fc.bigInt(minimum, maximum))
      }),
    ),
    fc.integer({ min: 1, max: 2 ** LANES - 1 }),
  )
  .map(([fields, bits]) =>
    scheduleOf(
      fields,
      Array.from({ length: LANES }, (_, lane) => (bits & (1 << lane)) !== 0),
    ),
  )

export const ballots: fc.Arbitrary<Ballot[]> = fc.array(
  fc.record({
    weight: fc.oneof(fc.bigInt(0n, 9n), fc.bigInt(0n, 10n ** 26n)),
    preference: fc.option(preferences, { nil: undefined }),
  }),
  { maxLength: 12 },
)
