import type { Guard } from '@omg/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { context, guard, HEIGHT, MARKET, order } from '../test/arbitraries.ts'
import { referenceAuction } from './auction.reference.ts'
import { engineAuction } from './auction.ts'
import { minimumOf } from './order.ts'
import { settleMinimums } from './settlement.ts'
import type { Batch, BookOrder, Fill } from './types.ts'

const filled = ({ buys, sells }: Batch<Guard>) =>
  new Map([...buys, ...sells].map(({ order, lots }) => [order, lots]))
const sum = (fills: readonly { lots: number }[]) => fills.reduce((total, { lots }) => total + lots, 0)

/** Orders that take all or nothing, and some that take what comes, on both sides and in many blocks. */
const contests = fc
  .array(
    fc.record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      limit: fc.integer({ min: 99, max: 101 }),
      lots: fc.integer({ min: 1, max: 4 }),
      height: fc.integer({ min: 1, max: 40 }).map(age => HEIGHT - BigInt(age)),
      timeInForce: fc.constantFrom('fillOrKill' as const, 'fillOrKill' as const, 'goodTillCancel' as const),
      minFill: fc.constantFrom(0, 2),
    }),
    { minLength: 60, maxLength: 200, size: 'max' },
  )
  .map(parts => parts.map((part, number) => order(number, part)))

/**
 * Orders of two lots that come up one after the other: without the last one of a side, the last one of the other side has a lot too
 * many. Each is worth two lots, and none of them trades with an odd lot in the way.
 */
function chain(length: number): BookOrder[] {
  return Array.from({ length }, (_, i) =>
    order(100 + i, {
      side: i % 2 ? 'buy' : 'sell',
      limit: 100,
      lots: 2,
      height: HEIGHT - 2n - BigInt(length - i),
      timeInForce: 'fillOrKill',
    }),
  )
}

test('every minimum is met, and both sides trade as much, in engine and reference alike', () => {
  fc.assert(
    fc.property(contests, fc.boolean(), (orders, whole) => {
      const batch = engineAuction(MARKET, orders, context({ whole }))
      expect(batch).toEqual(referenceAuction(MARKET, orders, context({ whole })))
      expect(sum(batch.buys)).toBe(batch.volume)
      expect(sum(batch.sells)).toBe(batch.volume)
      const lots = filled(batch)
      for (const order of orders) {
        const own = lots.get(order.guard) ?? 0
        if (own > 0) expect(own).toBeGreaterThanOrEqual(minimumOf(order, order.lots))
      }
    }),
    { numRuns: 60 },
  )
})

test.each([9, 30, 90])('%i orders that are there to be dropped keep nobody from trading', length => {
  const kill = { timeInForce: 'fillOrKill', height: HEIGHT - 5n } as const
  const core = [
    order(0, { side: 'buy', limit: 103, lots: 7, ...kill }),
    order(1, { side: 'sell', limit: 97, lots: 7, ...kill }),
    order(2, { side: 'buy', limit: 100, lots: 1, height: HEIGHT - 2n }),
    order(3, { side: 'buy', limit: 101, lots: 30, height: HEIGHT - 3n }),
    order(4, { side: 'sell', limit: 99, lots: 30, height: HEIGHT - 3n }),
  ]
  const orders = [...core, ...chain(length)]
  const batch = engineAuction(MARKET, orders, context())
  expect(batch).toEqual(referenceAuction(MARKET, orders, context()))
  const lots = filled(batch)
  for (const number of [0, 1]) expect(lots.get(guard(number))).toBe(7)
  expect(batch.volume).toBeGreaterThanOrEqual(36)
})

const fills = fc.array(
  fc.record({ lots: fc.integer({ min: 1, max: 30 }), minimum: fc.integer({ min: 1, max: 40 }) }),
  { maxLength: 60 },
)

test('what minimums leave untraded is taken from the end of the other side, past its minimums', () => {
  fc.assert(
    fc.property(fills, fills, fc.boolean(), (left, right, whole) => {
      const minimums = [...left, ...right].map(({ minimum }) => minimum)
      const all = [...left, ...right].map(({ lots }, order): Fill<number> => ({ order, lots, maker: false }))
      const allotted = { buys: all.slice(0, left.length), sells: all.slice(left.length) }
      const minimum = (order: number) => minimums[order]!
      const settled = settleMinimums(allotted, whole, minimum)
      expect(sum(settled.buys)).toBe(sum(settled.sells))
      for (const { order, lots } of [...settled.buys, ...settled.sells]) {
        expect(lots).toBeGreaterThanOrEqual(minimum(order))
        expect(lots).toBeLessThanOrEqual(all[order]!.lots)
      }
      const parts = settled.settlements.flatMap(({ fills }) => fills)
      expect(sum(parts)).toBe(2 * sum(settled.buys))
      if (whole) expect(new Set(parts.map(({ order }) => order)).size).toBe(parts.length)
      expect(sum(settled.unsettled) + sum(parts)).toBe(sum(all))
    }),
    { numRuns: 300 },
  )
})

test('who lacks her minimum at the end takes nobody else with her', () => {
  const fill = (order: number, lots: number) => ({ order, lots, maker: false })
  const minimums = [10, 7, 1, 8, 1]
  const allotted = { buys: [fill(0, 10), fill(1, 5)], sells: [fill(2, 3), fill(3, 8), fill(4, 4)] }
  const { buys, sells, unsettled } = settleMinimums(allotted, false, order => minimums[order]!)
  // The sell with the minimum stands before the last one, and is passed over.
  expect(buys).toEqual([fill(0, 10)])
  expect(sells).toEqual([fill(2, 2), fill(3, 8)])
  expect(unsettled).toEqual([
    { order: 1, lots: 5 },
    { order: 2, lots: 1 },
    { order: 4, lots: 4 },
  ])
})
