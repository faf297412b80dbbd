import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sortedMedian } from './median.reference.ts'
import { median, nextSchedule } from './median.ts'
import { FEE_FIELDS, fieldsOf, isPreference, stepped } from './schedule.ts'
import { ballots, preferences } from './votes.fixture.ts'

const votes = fc.array(
  fc.tuple(fc.oneof(fc.bigInt(0n, 5n), fc.bigInt(0n, 2n ** 64n - 1n)), fc.bigInt(1n, 2n ** 90n)),
  { minLength: 1, maxLength: 40 },
)

describe('the stake-weighted median', () => {
  test('is that of the sorted votes, in whatever order they are cast', () => {
    fc.assert(
      fc.property(votes, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (list, keys) => {
        const values = list.map(([value]) => value)
        const weights = list.map(([, weight]) => weight)
        expect(median(values, weights)).toBe(sortedMedian(values, weights))
        const order = list.map((_, i) => i).sort((a, b) => keys[a]! - keys[b]!)
        const [mixed, mixedWeights] = [order.map(i => values[i]!), order.map(i => weights[i]!)]
        expect(median(mixed, mixedWeights)).toBe(median(values, weights))
      }),
    )
  })

  test('of two halves is the lower one; of one unit more, the upper', () => {
    expect(median([10n, 20n], [5n, 5n])).toBe(10n)
    expect(median([10n, 20n], [5n, 6n])).toBe(20n)
  })

  test('less than half of the stake cannot move it beyond the range of the others', () => {
    fc.assert(
      fc.property(votes, votes, (honest, others) => {
        const weightOf = (list: typeof honest) => list.reduce((sum, [, weight]) => sum + weight, 0n)
        fc.pre(weightOf(others) < weightOf(honest))
        const all = [...honest, ...others]
        const result = median(
          all.map(([value]) => value),
          all.map(([, weight]) => weight),
        )
        const values = honest.map(([value]) => value)
        expect(values.some(value => value <= result)).toBe(true)
        expect(values.some(value => value >= result)).toBe(true)
      }),
    )
  })
})

describe('the schedule of the next epoch', () => {
  test('moves each number by one bounded step at most, towards its median, and stays in range', () => {
    fc.assert(
      fc.property(preferences, ballots, (previous, cast) => {
        const next = nextSchedule(previous, cast)
        expect(isPreference({ ...next, accepted: [true, true, true, true] })).toBe(true)
        const [before, after] = [fieldsOf(previous), fieldsOf(next)]
        const counted = cast.filter(({ weight }) => weight > 0n)
        for (const [i] of FEE_FIELDS.entries()) {
          const [from, to] = [before[i]!, after[i]!]
          const up = from / 4n > 0n ? from / 4n : 1n
          const down = from / 5n > 0n ? from / 5n : 1n
          expect(to <= from + up && to >= from - down).toBe(true)
          if (counted.length === 0) expect(to).toBe(from)
          else {
            const values = counted.map(({ preference = previous }) => fieldsOf(preference)[i]!)
            const voted = sortedMedian(
              values,
              counted.map(({ weight }) => weight),
            )
            expect(to).toBe(stepped(from, voted))
          }
        }
      }),
    )
  })

  test('does not depend on the order of ballots, nor on how stake is divided among equal ones', () => {
    fc.assert(
      fc.property(preferences, ballots, (previous, cast) => {
        const next = nextSchedule(previous, cast)
        expect(nextSchedule(previous, [...cast].reverse())).toEqual(next)
        const halves = cast.flatMap(({ weight, preference }) => {
          return [weight / 2n, weight - weight / 2n].map(part => ({ weight: part, preference }))
        })
        expect(nextSchedule(previous, halves)).toEqual(next)
      }),
    )
  })

  test('is what it was where less than half of the stake votes for something else', () => {
    fc.assert(
      fc.property(preferences, ballots, (previous, cast) => {
        const weight = cast.reduce((sum, ballot) => sum + ballot.weight, 1n)
        expect(nextSchedule(previous, [...cast, { weight, preference: undefined }])).toEqual(previous)
      }),
    )
  })

  test('accepts a lane with more than half of the stake, and not with half', () => {
    fc.assert(
      fc.property(preferences, preferences, (previous, other) => {
        const yes = { ...other, accepted: [true, false, false, true] }
        const no = { ...other, accepted: [true, true, false, false] }
        const cast = (inFavour: bigint) => [
          { weight: inFavour, preference: yes },
          { weight: 10n, preference: no },
        ]
        expect(nextSchedule(previous, cast(10n)).accepted).toEqual([true, false, false, false])
        expect(nextSchedule(previous, cast(11n)).accepted).toEqual([true, false, false, true])
      }),
    )
  })

  test('a step up and the step down after it lead back, or below', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 63n), from => {
        const up = stepped(from, 2n ** 64n)
        expect(up).toBeGreaterThan(from)
        expect(stepped(up, 0n)).toBeLessThanOrEqual(from === 0n ? 0n : from)
      }),
    )
  })
})
