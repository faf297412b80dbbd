import type { Guard } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { context, guard, HEIGHT, MARKET, order, owner } from '../test/arbitraries.ts'
import { compareKeys, rationingKey } from './rationing.ts'
import type { Auction, Batch, BatchContext, BookOrder } from './types.ts'

const buy = (number: number, limit: number, lots: number, parts: Partial<BookOrder> = {}) =>
  order(number, { side: 'buy', limit, lots, ...parts })
const sell = (number: number, limit: number, lots: number, parts: Partial<BookOrder> = {}) =>
  order(number, { side: 'sell', limit, lots, ...parts })
/** It stood through an earlier batch. */
const OLD = { height: HEIGHT - 5n }

/** What every auction must do, rule by rule. */
export function auctionConformance(name: string, auction: Auction): void {
  const run = (orders: BookOrder[], parts: Partial<BatchContext<Guard>> = {}) =>
    auction(MARKET, orders, context(parts))
  const filled = (batch: Batch<Guard>) =>
    Object.fromEntries([...batch.buys, ...batch.sells].map(({ order, lots }) => [numberOf(order), lots]))
  const released = (batch: Batch<Guard>) =>
    batch.releases.map(({ order, reason, lots }) => [numberOf(order), reason, lots])
  const absent = (batch: Batch<Guard>) => batch.leftOut.map(({ order, reason }) => [numberOf(order), reason])

  describe(`${name}: the price`, () => {
    test('an empty book trades nothing', () => {
      const batch = run([])
      expect(batch).toMatchObject({
        price: undefined,
        volume: 0,
        interval: undefined,
        buys: [],
        settlements: [],
      })
    })

    test('a book that does not cross trades nothing', () => {
      expect(run([buy(0, 99, 5), sell(1, 100, 5)])).toMatchObject({ price: undefined, volume: 0, demand: 0 })
    })

    test('the most volume decides first', () => {
      const batch = run([buy(0, 105, 10), buy(1, 100, 10), sell(2, 95, 20), sell(3, 103, 2)])
      expect(batch).toMatchObject({ price: 97, volume: 20, interval: { low: 95, high: 100 } })
    })

    test('then the least imbalance', () => {
      const batch = run([buy(0, 105, 10), buy(1, 101, 3), sell(2, 100, 10)])
      expect(batch).toMatchObject({ interval: { low: 102, high: 105 }, demand: 10, supply: 10 })
    })

    test('then the last price, clamped', () => {
      const book = [buy(0, 105, 10), sell(1, 100, 10)]
      expect(run(book, { lastPrice: 90 }).price).toBe(100)
      expect(run(book, { lastPrice: 103 }).price).toBe(103)
      expect(run(book, { lastPrice: 200 }).price).toBe(105)
    })

    test('the first batch takes the middle, rounded down', () => {
      expect(run([buy(0, 105, 10), sell(1, 100, 10)]).price).toBe(102)
    })

    test('the whole range of prices can be used', () => {
      expect(run([buy(0, 0xffff_ffff, 7), sell(1, 1, 7)]).interval).toEqual({ low: 1, high: 0xffff_ffff })
      expect(run([buy(0, 0xffff_ffff, 7), sell(1, 0xffff_ffff, 7)]).price).toBe(0xffff_ffff)
      expect(run([buy(0, 1, 7), sell(1, 1, 7)]).price).toBe(1)
    })

    test('makers are told from takers', () => {
      const batch = run([buy(0, 105, 10, OLD), sell(1, 100, 10), sell(2, 100, 10, { height: HEIGHT - 2n })])
      expect(batch.buys).toEqual([{ order: guard(0), lots: 10, maker: true }])
      expect(batch.sells).toEqual([{ order: guard(2), lots: 10, maker: true }])
    })
  })

  describe(`${name}: rationing`, () => {
    test('better prices are filled first', () => {
      const batch = run([buy(0, 101, 6), buy(1, 100, 6), sell(2, 100, 8)])
      expect(filled(batch)).toEqual({ 0: 6, 1: 2, 2: 8 })
      expect(batch.rationing).toEqual({ side: 'buy', tick: 100, height: HEIGHT - 1n, lots: 2, of: 6 })
    })

    test('a level may get nothing at all', () => {
      const batch = run([buy(0, 105, 10), buy(1, 104, 1), sell(2, 103, 10), sell(3, 105, 100)])
      expect(batch).toMatchObject({ price: 103, volume: 10, rationing: { tick: 104, lots: 0, of: 1 } })
      expect(filled(batch)).toEqual({ 0: 10, 2: 10 })
    })

    test('older blocks are filled before younger ones', () => {
      const batch = run([buy(0, 100, 6), buy(1, 100, 6, OLD), sell(2, 100, 8)])
      expect(filled(batch)).toEqual({ 0: 2, 1: 6, 2: 8 })
    })

    test('a cut between two blocks shares nothing', () => {
      const batch = run([buy(0, 100, 6), buy(1, 100, 8, OLD), sell(2, 100, 8)])
      expect(batch.rationing).toMatchObject({ height: HEIGHT - 1n, lots: 0, of: 6 })
    })

    test('one block shares pro rata, to the lot, in an order that nobody could foresee', () => {
      const batch = run([buy(0, 100, 1), buy(1, 100, 1), buy(2, 100, 1), sell(3, 100, 2)])
      const keys = [0, 1, 2].map(number => ({
        number,
        key: rationingKey(guard(number), context().previousAppHash),
      }))
      const [first, ...lucky] = keys.sort((a, b) => compareKeys(a.key, b.key)).map(({ number }) => number)
      expect(filled(batch)).toEqual({ [lucky[0]!]: 1, [lucky[1]!]: 1, 3: 2 })
      expect(filled(batch)).not.toHaveProperty(String(first))
    })

    test('sizes at the limit of 32 bits are exact', () => {
      const most = 0xffff_ffff
      const batch = run([buy(0, 100, most), buy(1, 100, most), buy(2, 100, most - 1), sell(3, 100, most)])
      const shares = [0, 1, 2].map(number => filled(batch)[number] ?? 0)
      expect(shares.reduce((sum, lots) => sum + lots, 0)).toBe(most)
      for (const lots of shares) expect(Math.abs(lots - most / 3)).toBeLessThan(2)
    })
  })

  describe(`${name}: who takes part`, () => {
    test('an order that cannot be spent stays out and stays in the book', () => {
      const batch = run([buy(0, 100, 5), sell(1, 100, 5)], { unspendable: new Set([guard(0)]) })
      expect(absent(batch)).toEqual([[0, 'unspendable']])
      expect(batch).toMatchObject({ volume: 0, releases: [] })
    })

    test('the last height and the last second of an order count', () => {
      const batch = run([
        buy(0, 100, 5, { expiryKind: 'height', expiry: HEIGHT }),
        buy(1, 100, 5, { expiryKind: 'height', expiry: HEIGHT - 1n }),
        buy(2, 100, 5, { expiryKind: 'time', expiry: 1_000_000n }),
        buy(3, 100, 5, { expiryKind: 'time', expiry: 999_999n }),
        sell(4, 100, 10),
      ])
      expect(filled(batch)).toEqual({ 0: 5, 2: 5, 4: 10 })
      expect(released(batch).slice(0, 2)).toEqual([
        [1, 'expired', 5],
        [3, 'expired', 5],
      ])
    })

    test('an order sleeps until its trigger was crossed', () => {
      const stop = { triggerKind: 'wakeAbove', triggerPrice: 100 } as const
      expect(absent(run([buy(0, 100, 5, stop), sell(1, 100, 5)]))).toEqual([[0, 'asleep']])
      expect(run([buy(0, 100, 5, { ...stop, triggered: true }), sell(1, 100, 5)]).volume).toBe(5)
    })

    test('one-cancels-other stands at one of its limits', () => {
      const oco = { triggerKind: 'turnBelow', triggerPrice: 90, triggerLimit: 80 } as const
      expect(run([sell(0, 110, 5, oco), buy(1, 100, 5)]).volume).toBe(0)
      expect(run([sell(0, 110, 5, { ...oco, triggered: true }), buy(1, 100, 5)]).volume).toBe(5)
    })

    test('an order that does not accept the fee stays out of this batch only', () => {
      const batch = run([
        buy(0, 100, 5, { maxFeeBps: 19 }),
        buy(1, 100, 5, { maxFeeBps: 19, ...OLD }),
        sell(2, 100, 9),
      ])
      expect(absent(batch)).toEqual([[0, 'fee']])
      expect(filled(batch)).toEqual({ 1: 5, 2: 5 })
      expect(released(batch)).toEqual([[1, 'filled', 0]])
    })
  })

  describe(`${name}: order types`, () => {
    test('post-only is released where it would take, and not at its limit', () => {
      const batch = run([
        sell(0, 100, 5, OLD),
        buy(1, 100, 5, { postOnly: true }),
        buy(2, 99, 5, { postOnly: true }),
      ])
      expect(released(batch)).toEqual([[1, 'postOnly', 5]])
      expect(batch.debuts).toEqual([guard(2)])
      expect(batch.volume).toBe(0)
    })

    test('post-only may be taken by others of its block, but not by another post-only', () => {
      const batch = run([buy(0, 100, 5, { postOnly: true }), sell(1, 100, 5)])
      expect(batch.volume).toBe(5)
      const both = run([buy(0, 100, 5, { postOnly: true }), sell(1, 100, 5, { postOnly: true })])
      expect(released(both)).toEqual([
        [0, 'postOnly', 5],
        [1, 'postOnly', 5],
      ])
    })

    test('post-only that has acted stays', () => {
      const batch = run([sell(0, 100, 5, OLD), buy(1, 100, 5, { postOnly: true, acted: true, ...OLD })])
      expect(batch.volume).toBe(5)
    })

    test('immediate-or-cancel lives for one batch', () => {
      const batch = run([buy(0, 100, 9, { timeInForce: 'immediateOrCancel' }), sell(1, 100, 5)])
      expect(released(batch)).toEqual([
        [0, 'immediateOrCancel', 4],
        [1, 'filled', 0],
      ])
    })

    test('fill-or-kill gets all or nothing', () => {
      const kill = { timeInForce: 'fillOrKill' } as const
      expect(filled(run([buy(0, 100, 5, kill), sell(1, 100, 5)]))).toEqual({ 0: 5, 1: 5 })
      const batch = run([buy(0, 100, 6, kill), buy(1, 99, 2), sell(2, 99, 5)])
      expect(filled(batch)).toEqual({ 1: 2, 2: 2 })
      expect(released(batch)).toEqual([
        [0, 'minimumFill', 6],
        [1, 'filled', 0],
      ])
    })

    test('a minimum that is not met waits for the next batch', () => {
      const batch = run([buy(0, 100, 6, { minFill: 6 }), buy(1, 99, 2), sell(2, 99, 5)])
      expect(absent(batch)).toEqual([[0, 'minimumFill']])
      expect(released(batch)).toEqual([[1, 'filled', 0]])
    })

    test('a minimum above what is left means all of it', () => {
      expect(filled(run([buy(0, 100, 5, { minFill: 50 }), sell(1, 100, 5)]))).toEqual({ 0: 5, 1: 5 })
    })

    test('of two that cannot both have their minimum, the one with the worse key waits', () => {
      const batch = run([buy(0, 100, 8, { minFill: 5 }), buy(1, 100, 8, { minFill: 5 }), sell(2, 100, 8)])
      const [better, worse] = [0, 1].sort((a, b) =>
        compareKeys(
          ...([a, b].map(n => rationingKey(guard(n), context().previousAppHash)) as [Uint8Array, Uint8Array]),
        ),
      )
      expect(absent(batch)).toEqual([[worse, 'minimumFill']])
      expect(filled(batch)).toEqual({ [better!]: 8, 2: 8 })
    })

    test('as long as several lack their minimum, half of them waits', () => {
      for (const count of [2, 3, 10, 100]) {
        const demanding = Array.from({ length: count }, (_, i) => buy(i, 100, 10, { minFill: 10 }))
        expect(run([...demanding, sell(200, 100, 10)])).toMatchObject({ volume: 10, demand: 10 })
      }
    })
  })

  describe(`${name}: self-trade prevention`, () => {
    const mine = (mode: BookOrder['selfTradePrevention'], sellMode = mode) =>
      run([
        buy(0, 100, 7, { owner: owner(9), selfTradePrevention: 'expireMaker' }),
        sell(1, 100, 5, { owner: owner(9), selfTradePrevention: sellMode }),
      ])

    test('the younger order decides', () => {
      expect(released(mine('expireMaker'))).toEqual([[0, 'selfTrade', 7]])
      expect(released(mine('expireTaker'))).toEqual([[1, 'selfTrade', 5]])
      expect(released(mine('expireBoth'))).toEqual([
        [0, 'selfTrade', 7],
        [1, 'selfTrade', 5],
      ])
      expect(released(mine('decrement'))).toEqual([
        [0, 'selfTrade', 5],
        [1, 'selfTrade', 5],
      ])
    })

    test('what is left after a decrement trades', () => {
      const batch = run([
        buy(0, 100, 7, { owner: owner(9) }),
        sell(1, 100, 5, { owner: owner(9), selfTradePrevention: 'decrement' }),
        sell(2, 100, 1),
      ])
      expect(filled(batch)).toEqual({ 0: 1, 2: 1 })
    })

    test('the best-priced older order is met first', () => {
      const batch = run([
        buy(0, 100, 3, { owner: owner(9) }),
        buy(1, 101, 3, { owner: owner(9) }),
        sell(2, 100, 3, { owner: owner(9), selfTradePrevention: 'decrement' }),
      ])
      expect(released(batch)).toEqual([
        [1, 'selfTrade', 3],
        [2, 'selfTrade', 3],
      ])
    })

    test('orders of one owner that do not cross stay', () => {
      expect(
        run([buy(0, 99, 7, { owner: owner(9) }), sell(1, 100, 5, { owner: owner(9) })]).releases,
      ).toEqual([])
    })
  })

  describe(`${name}: settlements`, () => {
    test('a fill that meets many is cut into several', () => {
      const batch = run([buy(0, 100, 40), ...Array.from({ length: 40 }, (_, i) => sell(1 + i, 100, 1))])
      expect(batch.settlements.map(({ fills }) => fills.length)).toEqual([16, 16, 11])
      expect(batch.settlements.map(({ fills }) => fills[0])).toEqual([
        { order: guard(0), lots: 15, maker: false },
        { order: guard(0), lots: 15, maker: false },
        { order: guard(0), lots: 10, maker: false },
      ])
    })

    const crumbs = (count: number, parts: Partial<BookOrder> = {}) =>
      Array.from({ length: count }, (_, i) => sell(100 + i, 100, 1, parts))

    test('an order that settles whole stands in one, and the rest of it stays', () => {
      const batch = run([buy(0, 100, 40), ...crumbs(40)], { whole: true })
      expect(batch).toMatchObject({ price: 100, volume: 15, demand: 40, supply: 40 })
      expect(batch.settlements).toHaveLength(1)
      expect(batch.settlements[0]!.fills).toHaveLength(16)
      expect(filled(batch)).toMatchObject({ 0: 15, 100: 1, 114: 1 })
      expect(batch.unsettled[0]).toEqual({ order: guard(0), lots: 25 })
      expect(batch.unsettled).toHaveLength(26)
      expect(released(batch)).toHaveLength(15)
    })

    test('whole orders meet the largest ones first, whatever crumbs stand at better prices', () => {
      const batch = run([buy(0, 100, 40), ...crumbs(20, { limit: 90 }), sell(1, 100, 20)], { whole: true })
      expect(filled(batch)).toMatchObject({ 0: 34, 1: 20, 100: 1, 113: 1 })
      expect(batch.volume).toBe(34)
    })

    test('where nothing is cut, whole orders trade as others do', () => {
      const book = [buy(0, 100, 7), buy(1, 101, 5), sell(2, 99, 4), sell(3, 100, 8)]
      const batch = run(book, { whole: true })
      expect(batch).toMatchObject({ volume: 12, unsettled: [] })
      expect(filled(batch)).toEqual(filled(run(book)))
    })

    test('a minimum is one of what settles: the order leaves, and the price is found without it', () => {
      const kill = { timeInForce: 'fillOrKill' } as const
      const batch = run([buy(0, 105, 40, kill), buy(1, 100, 3), ...crumbs(40)], { whole: true })
      expect(released(batch)[0]).toEqual([0, 'minimumFill', 40])
      expect(batch).toMatchObject({ price: 100, volume: 3, demand: 3, supply: 40 })
    })
  })
}

function numberOf(name: Guard): number {
  return Number.parseInt(name.slice(10), 16)
}
