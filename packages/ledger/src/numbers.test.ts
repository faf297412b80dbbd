import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NumberSet } from './numbers.ts'

test('has what was added, beside a Set', () => {
  const numbers = fc.array(fc.oneof(fc.nat(3_000), fc.nat(2 ** 31 - 3)), { maxLength: 4_000 })
  fc.assert(
    fc.property(numbers, numbers, (added, others) => {
      const set = new NumberSet()
      for (const number of added) set.add(number)
      const expected = new Set(added)
      expect(set.size).toBe(expected.size)
      for (const number of [...added, ...others]) expect(set.has(number)).toBe(expected.has(number))
    }),
    { numRuns: 20 },
  )
})
