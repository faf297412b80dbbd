import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CONGESTION_ONE, congested, multipleAfter } from './congestion.ts'
import { quoteFee } from './quote.ts'
import { stepped } from './schedule.ts'

const TARGET = 1_000n
const policies = fc.record({
  target: fc.bigInt(1n, 10n ** 9n),
  maximum: fc.bigInt(CONGESTION_ONE, 1000n * CONGESTION_ONE),
})

describe('congestion', () => {
  test('moves by an eighth at most, never below what is voted, never above the maximum', () => {
    fc.assert(
      fc.property(policies, fc.bigInt(0n, 10n ** 10n), fc.bigInt(0n, 10n ** 9n), (policy, used, over) => {
        const multiple = CONGESTION_ONE + (over % (policy.maximum - CONGESTION_ONE + 1n))
        const next = multipleAfter(multiple, used, policy)
        expect(next >= CONGESTION_ONE && next <= policy.maximum).toBe(true)
        expect(next * 8n <= multiple * 9n && next * 8n >= multiple * 7n - 8n).toBe(true)
        if (used > policy.target && multiple < policy.maximum) expect(next).toBeGreaterThan(multiple)
        if (used <= policy.target) expect(next).toBeLessThanOrEqual(multiple)
        if (used === policy.target) expect(next).toBe(multiple)
      }),
    )
  })

  test('full blocks reach the maximum, empty ones lead back to what is voted', () => {
    const policy = { target: TARGET, maximum: 8n * CONGESTION_ONE }
    let multiple = CONGESTION_ONE
    const rise = Array.from({ length: 18 }, () => (multiple = multipleAfter(multiple, 2n * TARGET, policy)))
    expect(rise.slice(0, 3)).toEqual([1_125_000n, 1_265_625n, 1_423_828n])
    expect(rise.at(-1)).toBe(policy.maximum)
    const fall = Array.from({ length: 16 }, () => (multiple = multipleAfter(multiple, 0n, policy)))
    expect(fall[0]).toBe(7_000_000n)
    expect(fall.at(-1)).toBe(CONGESTION_ONE)
  })
})

describe('a quote', () => {
  test('its maximum is never exceeded while the transaction is valid, whatever is voted', () => {
    const votes = fc.array(fc.bigInt(1n, 10_000n), { minLength: 6, maxLength: 6 })
    const multiples = fc.bigInt(CONGESTION_ONE, 8n * CONGESTION_ONE)
    fc.assert(
      fc.property(
        fc.bigInt(1n, 10_000n),
        fc.bigInt(0n, 59n),
        fc.bigInt(0n, 59n),
        votes,
        multiples,
        (voted, origin, life, wanted, multiple) => {
          const policy = { epoch: 10n, maximum: 8n * CONGESTION_ONE }
          const validUntil = origin + life
          const fee = { voted, votedNext: stepped(voted, wanted[0]!), multiple, ceiling: 10_000n }
          const quote = quoteFee(fee, { origin, validUntil }, policy)
          expect(quote.now).toBe(congested(voted, multiple))
          expect(quote.now).toBeLessThanOrEqual(quote.maximum)
          let due = voted
          for (let epoch = origin / 10n; epoch < validUntil / 10n; epoch++) {
            due = stepped(due, wanted[Number(epoch - origin / 10n)] ?? 10_000n)
            expect(congested(due, multiple)).toBeLessThanOrEqual(quote.maximum)
          }
        },
      ),
    )
  })

  test('of a chain whose fees never move is the fee', () => {
    const fee = { voted: 5n, votedNext: 5n, multiple: CONGESTION_ONE, ceiling: 100n }
    expect(quoteFee(fee, { origin: 0n, validUntil: 99n }, undefined)).toEqual({
      now: 5n,
      nextEpoch: 5n,
      maximum: 5n,
    })
  })

  test('for a transaction that is valid for ever ends at the ceiling', () => {
    const fee = { voted: 5n, votedNext: 5n, multiple: CONGESTION_ONE, ceiling: 100n }
    const policy = { epoch: 1n, maximum: 2n * CONGESTION_ONE }
    expect(quoteFee(fee, { origin: 0n, validUntil: 2n ** 64n - 1n }, policy).maximum).toBe(200n)
  })
})
