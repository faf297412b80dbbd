import fc from 'fast-check'
import { expect, test } from 'vitest'
import { auctions, MARKET } from '../test/arbitraries.ts'
import { referenceAuction } from './auction.reference.ts'
import { engineAuction } from './auction.ts'

test('the engine gives what the reference gives', () => {
  fc.assert(
    fc.property(auctions(), ({ book, context }) => {
      expect(engineAuction(MARKET, book, context)).toEqual(referenceAuction(MARKET, book, context))
    }),
    { numRuns: 2000 },
  )
})
