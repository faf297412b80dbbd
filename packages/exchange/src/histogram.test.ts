import type { Guard } from '@omg/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { auctions, MARKET } from '../test/arbitraries.ts'
import { collectActors, countSides } from './actors.ts'
import { Book } from './book.ts'
import { addHistograms } from './histogram.ts'
import type { OrderRef } from './types.ts'

test('parts of a book, counted by several workers, add up to the whole', () => {
  fc.assert(
    fc.property(auctions({ maxOrders: 60 }), fc.integer({ min: 1, max: 5 }), ({ book, context }, parts) => {
      const live = new Book(MARKET)
      for (const order of book) live.add(order)
      const unspendable = {
        has: (ref: OrderRef) => (context.unspendable as ReadonlySet<Guard>).has(live.guardOf(ref)),
      }
      const actors = collectActors(live, { ...context, unspendable })
      const counted = Array.from({ length: parts }, (_, part) => countSides(live, actors, part, parts))
      const sum = counted.reduce((a, b) => ({
        buys: addHistograms(a.buys, b.buys),
        sells: addHistograms(a.sells, b.sells),
      }))
      expect(sum).toEqual(countSides(live, actors))
    }),
  )
})
