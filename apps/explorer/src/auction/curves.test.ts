import { describe, expect, test } from 'vitest'
import { curvesOf } from './curves.ts'

const level = (side: 'buy' | 'sell', tick: bigint, lots: bigint) => ({ side, tick, lots, orders: 1n })

describe('curves of an auction', () => {
  const levels = [
    level('buy', 990n, 5n),
    level('sell', 998n, 4n),
    level('buy', 1000n, 10n),
    level('sell', 1002n, 7n),
  ]

  test('fall with the price for those who buy, and rise for those who sell', () => {
    const curves = curvesOf(levels, 1000n, 10n)!
    const at = (steps: typeof curves.demand, tick: number) => steps.find(step => step.tick === tick)?.lots
    expect(curves.demand.map(({ lots }) => lots)).toEqual([15, 10, 10, 0, 0, 0])
    expect(curves.supply.map(({ lots }) => lots)).toEqual([0, 0, 4, 4, 11, 11])
    // Just above 990 those who pay 990 are gone; at 998 those who take 998 are there.
    expect(at(curves.demand, 990)).toBe(10)
    expect(at(curves.supply, 998)).toBe(4)
    expect(curves.low).toBeLessThan(990)
    expect(curves.high).toBeGreaterThan(1002)
    expect(curves.top).toBe(13)
  })

  test('do not show what is far away, but count it', () => {
    const curves = curvesOf([...levels, level('buy', 5000n, 3n), level('sell', 1n, 2n)], 1000n, 10n)!
    expect(curves.high).toBeLessThan(1100)
    expect(curves.low).toBeGreaterThan(900)
    expect(curves.demand.at(-1)?.lots).toBe(3)
    expect(curves.supply[0]?.lots).toBe(2)
  })

  test('end where one has left the picture and the other is nothing', () => {
    const deep = [
      level('buy', 991n, 50n),
      level('buy', 985n, 50n),
      level('sell', 1010n, 99n),
      level('sell', 1015n, 9n),
    ]
    const curves = curvesOf([...levels, ...deep], 1000n, 10n)!
    expect(curves.demand.map(({ tick }) => tick)).toEqual([989, 990, 991, 998, 1000, 1002, 1010, 1011])
  })

  test('of nothing are none', () => {
    expect(curvesOf([], 1000n, 10n)).toBeUndefined()
    expect(curvesOf(levels, 1000n, 0n)).toBeUndefined()
  })
})
