import type { Guard } from '@omg/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { auctions, context, MARKET, order } from '../test/arbitraries.ts'
import { engineAuction } from './auction.ts'
import { Book } from './book.ts'
import { tickOf } from './order.ts'
import { contenders, tradersAtMost } from './reach.ts'
import type { BookOrder } from './types.ts'

function bookOf(orders: readonly BookOrder[]): Book {
  const book = new Book(MARKET)
  for (const order of orders) expect(book.add(order).ok).toBe(true)
  return book
}

/** A book, a context, and orders that the block takes away before its batch. */
const shrunk = auctions().chain(({ book, context }) =>
  fc.record({ book: fc.constant(book), context: fc.constant(context), gone: fc.subarray(book) }),
)

test('no batch settles more orders, whatever the block takes away first', () => {
  fc.assert(
    fc.property(shrunk, ({ book, context, gone }) => {
      const unspendable = new Set(gone.map(({ guard }) => guard))
      const { buys, sells } = engineAuction(MARKET, book, { ...context, unspendable })
      expect(buys.length + sells.length).toBeLessThanOrEqual(tradersAtMost(bookOf(book)))
    }),
    { numRuns: 200 },
  )
})

test('orders that enter meanwhile count as those of the book do', () => {
  fc.assert(
    fc.property(auctions({ kind: 'plain' }), fc.nat(20), ({ book }, count) => {
      const newcomers = book.slice(0, count).map(order => ({ ...order, tick: tickOf(order) }))
      expect(tradersAtMost(bookOf(book.slice(count)), newcomers)).toBe(tradersAtMost(bookOf(book)))
    }),
  )
})

test('whether any other order is spendable changes nothing but who is said to be left out', () => {
  fc.assert(
    fc.property(shrunk, ({ book, context, gone }) => {
      const live = bookOf(book)
      const asked = new Set(contenders(live, context).map(ref => live.guardOf(ref)))
      const all = new Set<Guard>(gone.map(({ guard }) => guard))
      const few = new Set([...all].filter(guard => asked.has(guard)))
      const [a, b] = [all, few].map(unspendable => {
        const { leftOut: _, ...rest } = engineAuction(MARKET, book, { ...context, unspendable })
        return rest
      })
      expect(b).toEqual(a)
    }),
    { numRuns: 200 },
  )
})

test('orders that only rest cost nothing, and a few that cross cost little', () => {
  const resting = Array.from({ length: 2000 }, (_, i) =>
    order(i, i % 2 ? { side: 'buy', limit: 90 } : { side: 'sell', limit: 110 }),
  )
  expect(tradersAtMost(bookOf(resting))).toBe(0)
  expect(contenders(bookOf(resting), context())).toEqual([])
  // One lot at any price reaches every buy, and trades with one.
  const wild = order(3000, { side: 'sell', limit: 1, lots: 1 })
  expect(tradersAtMost(bookOf([...resting, wild]))).toBe(2)
  expect(tradersAtMost(undefined)).toBe(0)
})
