import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Chance } from './chance.ts'
import { arbitrageIntention, type MarketView, takerIntention } from './decisions.ts'
import { ladderAround } from './ladder.ts'
import { FairPrice } from './price.ts'

const ticks = fc.bigInt(1n, 1_000_000n)
const lots = fc.bigInt(0n, 100_000n)
const maybe = fc.option(ticks, { nil: undefined })
const seeds = fc.nat({ max: 2 ** 32 - 1 })
const views: fc.Arbitrary<MarketView> = fc.record({
  bestBid: maybe,
  bestAsk: maybe,
  fair: ticks,
  minimum: fc.bigInt(1n, 100n),
})
const means = fc.record({ base: lots, quote: lots })

describe('chance', () => {
  test('is the same for the same seed, and stays within its bounds', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: -100, max: 100 }), fc.nat({ max: 1000 }), (seed, least, width) => {
        const [one, other] = [new Chance(seed), new Chance(seed)]
        for (let i = 0; i < 20; i++) {
          const drawn = one.between(least, least + width)
          expect(drawn).toBe(other.between(least, least + width))
          expect(drawn >= least && drawn <= least + width).toBe(true)
          const amount = one.bigBetween(BigInt(least), BigInt(least + width))
          expect(amount).toBe(other.bigBetween(BigInt(least), BigInt(least + width)))
          expect(amount >= BigInt(least) && amount <= BigInt(least + width)).toBe(true)
        }
      }),
    )
  })

  test('of a branch does not depend on what comes after it', () => {
    const [one, other] = [new Chance(7), new Chance(7)]
    const [a, b] = [one.branch(), other.branch()]
    one.between(0, 9)
    expect([a.between(0, 1e6), a.between(0, 1e6)]).toEqual([b.between(0, 1e6), b.between(0, 1e6)])
  })
})

describe('the fair price', () => {
  test('stays within half and twice its anchor, and is the same for the same seed', () => {
    fc.assert(
      fc.property(ticks, ticks, seeds, (anchor, from, seed) => {
        const [one, other] = [new FairPrice(anchor, from), new FairPrice(anchor, from)]
        const [mine, yours] = [new Chance(seed), new Chance(seed)]
        for (let i = 0; i < 50; i++) {
          one.step(mine)
          other.step(yours)
          expect(one.now).toBe(other.now)
          expect(one.now >= 1n && 2n * one.now + 2n >= anchor && one.now <= 2n * anchor).toBe(true)
        }
      }),
    )
  })

  test('comes back to its anchor, and moves', () => {
    fc.assert(
      fc.property(seeds, seed => {
        const anchor = 250_000n
        const fair = new FairPrice(anchor, anchor * 2n)
        const chance = new Chance(seed)
        const seen = new Set<bigint>()
        for (let i = 0; i < 6_000; i++) {
          fair.step(chance)
          seen.add(fair.now)
        }
        expect(fair.now > (anchor * 9n) / 10n && fair.now < (anchor * 11n) / 10n).toBe(true)
        expect(seen.size).toBeGreaterThan(100)
      }),
      { numRuns: 20 },
    )
  })
})

describe('decisions', () => {
  test('of a taker are orders that she can pay, that the market takes, and not far from its best price', () => {
    fc.assert(
      fc.property(views, means, fc.bigInt(1n, 10_000n), seeds, (view, has, most, seed) => {
        const wanted = takerIntention(view, has, most, new Chance(seed))
        if (!wanted) return
        const { side, price } = wanted
        expect(wanted.lots >= view.minimum && wanted.lots <= most).toBe(true)
        expect(wanted.lots <= (side === 'buy' ? has.quote : has.base)).toBe(true)
        expect(price >= 1n).toBe(true)
        if (wanted.kind === 'rest') {
          expect(price).toBe(side === 'buy' ? view.bestBid : view.bestAsk)
          return
        }
        const best = side === 'buy' ? view.bestAsk! : view.bestBid!
        expect(side === 'buy' ? price >= best && price * 100n <= best * 101n : price <= best).toBe(true)
      }),
    )
  })

  test('of a taker with one token only are to sell it', () => {
    const view = { bestBid: 99n, bestAsk: 101n, fair: 100n, minimum: 1n }
    for (let seed = 0; seed < 50; seed++) {
      expect(takerIntention(view, { base: 50n, quote: 0n }, 10n, new Chance(seed))?.side).toBe('sell')
      expect(takerIntention(view, { base: 0n, quote: 50n }, 10n, new Chance(seed))?.side).toBe('buy')
    }
    expect(takerIntention(view, { base: 0n, quote: 0n }, 10n, new Chance(1))).toBeUndefined()
  })

  test('of the arbitrageur never trade at a loss against the fair price', () => {
    fc.assert(
      fc.property(views, means, fc.bigInt(1n, 10_000n), fc.bigInt(0n, 100n), (view, has, most, margin) => {
        const wanted = arbitrageIntention(view, has, most, margin)
        if (!wanted) return
        expect(wanted.lots >= view.minimum && wanted.lots <= most).toBe(true)
        if (wanted.side === 'buy')
          expect(view.bestAsk! <= wanted.price && wanted.price <= view.fair).toBe(true)
        else expect(view.bestBid! >= wanted.price && wanted.price >= view.fair).toBe(true)
      }),
    )
  })
})

test('a ladder lies on its grid, on both sides of the price, and moves one order of a side at a time', () => {
  const plans = fc.record({
    halfSpreadBps: fc.integer({ min: 0, max: 200 }),
    gridBps: fc.integer({ min: 1, max: 200 }),
    levels: fc.integer({ min: 1, max: 8 }),
  })
  fc.assert(
    fc.property(fc.bigInt(10_000n, 1_000_000n), fc.bigInt(-500n, 500n), plans, (anchor, away, plan) => {
      const fair = anchor + (anchor * away) / 10_000n
      const grid = (anchor * BigInt(plan.gridBps)) / 10_000n || 1n
      const quotes = ladderAround(fair, anchor, plan)
      for (const { side, price } of quotes) {
        expect(price % grid).toBe(0n)
        expect(side === 'buy' ? price < fair : price > fair).toBe(true)
      }
      const bids = (at: bigint) => ladderAround(at, anchor, plan).filter(({ side }) => side === 'buy')
      const kept = new Set(bids(fair).map(({ price }) => price))
      expect(bids(fair + grid).filter(({ price }) => !kept.has(price)).length).toBeLessThanOrEqual(1)
    }),
  )
})
