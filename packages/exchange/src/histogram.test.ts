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
    fc.property(auctions({ maxOrders: 60 }), fc.nat(60), ({ book, context }, cut) => {
      const live = new Book(MARKET)
      for (const order of book) live.add(order)
      const unspendable = {
        has: (ref: OrderRef) => (context.unspendable as ReadonlySet<Guard>).has(live.guardOf(ref)),
      }
      const actors = collectActors(live, { ...context, unspendable })
      const at = Math.min(cut, live.end)
      const [first, second] = [countSides(live, actors, 0, at), countSides(live, actors, at)]
      const whole = countSides(live, actors)
      expect(addHistograms(first.buys, second.buys)).toEqual(whole.buys)
      expect(addHistograms(second.sells, first.sells)).toEqual(whole.sells)
    }),
  )
})
