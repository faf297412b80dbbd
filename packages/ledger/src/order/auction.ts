import {
  type Batch,
  type Book,
  type BatchContext as ContextOf,
  clearBatch,
  describeBatch,
  type Market,
  type OrderRef,
  referenceAuction,
} from '@omg/exchange'
import type { Guard } from '@omg/protocol'
import type { MapPool } from '../types.ts'

/** What one auction depends on, with the names of the orders that may not act. */
export type AuctionContext = Omit<ContextOf<Guard>, 'unspendable'> & {
  readonly unspendable: ReadonlyMap<OrderRef, Guard>
}

/** One market of a block. */
export interface BookCase {
  readonly market: Market
  readonly book: Book
  readonly context: AuctionContext
}

/** The auctions of a block: by the engine, or by the reference. Each batch depends on its own case alone. */
export type BookAuctions = (cases: readonly BookCase[]) => readonly Batch<Guard>[]

/** By the engine, which clears here unless somebody else clears. */
export function engineAuctions(clear: MapPool['clear'] = clearHere): BookAuctions {
  return cases => {
    const batches = clear(cases)
    return cases.map(({ book, context: { unspendable } }, i) =>
      describeBatch(book, batches[i]!, ref => unspendable.get(ref)),
    )
  }
}

const clearHere: MapPool['clear'] = cases => cases.map(({ book, context }) => clearBatch(book, context))

export const plainAuctions: BookAuctions = cases =>
  cases.map(({ market, book, context }) => {
    const unspendable = new Set(context.unspendable.values())
    return referenceAuction(market, book.orders(), { ...context, unspendable })
  })
