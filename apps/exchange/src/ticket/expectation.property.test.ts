import { type BookOrder, referenceAuction } from '@omg/exchange'
import { keccakHash } from '@omg/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HEIGHT, MARKET, order } from '../../../../packages/exchange/test/arbitraries.ts'
import { expectationOf } from './expectation.ts'

/** Prices and sizes so close together that sides cross, tie and run dry. */
const level = fc.record({ limit: fc.integer({ min: 90, max: 110 }), lots: fc.integer({ min: 1, max: 30 }) })
const levels = fc.uniqueArray(level, { selector: ({ limit }) => limit, maxLength: 8 })

const clear = (orders: readonly BookOrder[], height: bigint, lastPrice: number | undefined) =>
  referenceAuction(MARKET, orders, {
    ...{ height, originTime: 0n, previousAppHash: keccakHash(new Uint8Array()), lastPrice },
    ...{ makerBps: 2, takerBps: 5, unspendable: new Set<never>() },
  })

it('expects of an order what the auction gives it, after what crosses already has traded', () => {
  fc.assert(
    fc.property(
      levels,
      levels,
      level,
      fc.constantFrom('buy' as const, 'sell' as const),
      fc.option(fc.integer({ min: 85, max: 115 }), { nil: undefined }),
      (buys, sells, { limit, lots }, side, last) => {
        const height = HEIGHT - 2n
        const book = [
          ...buys.map((each, i) => order(i, { ...each, side: 'buy', height })),
          ...sells.map((each, i) => order(buys.length + i, { ...each, side: 'sell', height })),
        ]
        const before = clear(book, HEIGHT - 1n, last)
        const traded = new Map([...before.buys, ...before.sells].map(fill => [fill.order, fill.lots]))
        const standing = book.flatMap(each => {
          const left = each.lots - (traded.get(each.guard) ?? 0)
          return left > 0 ? [{ ...each, lots: left }] : []
        })
        const own = order(99, { side, limit, lots, height: HEIGHT - 1n })
        const batch = clear([...standing, own], HEIGHT, before.price ?? last)
        const fill = [...batch.buys, ...batch.sells].find(each => each.order === own.guard)
        const sides = {
          bids: buys.map(each => ({ tick: each.limit, lots: each.lots, orders: 1 })),
          asks: sells.map(each => ({ tick: each.limit, lots: each.lots, orders: 1 })),
        }
        sides.bids.sort((a, b) => b.tick - a.tick)
        sides.asks.sort((a, b) => a.tick - b.tick)
        const wanted = { side, limit: BigInt(limit), lots: BigInt(lots) }
        const expected = fill && { price: BigInt(batch.price!), fills: BigInt(fill.lots) }
        expect(expectationOf(sides, last === undefined ? undefined : BigInt(last), wanted)).toEqual(expected)
      },
    ),
  )
})
