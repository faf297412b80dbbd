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

/** What one auction depends on, with the names of the orders that may not act. */
export type AuctionContext = Omit<ContextOf<Guard>, 'unspendable'> & {
  readonly unspendable: ReadonlyMap<OrderRef, Guard>
}

/** An auction over a book: the engine, or the reference. */
export type BookAuction = (market: Market, book: Book, context: AuctionContext) => Batch<Guard>

export const engineAuction: BookAuction = (_, book, context) => {
  const { unspendable } = context
  return describeBatch(book, clearBatch(book, context), ref => unspendable.get(ref))
}

export const plainAuction: BookAuction = (market, book, context) => {
  const unspendable = new Set(context.unspendable.values())
  return referenceAuction(market, book.orders(), { ...context, unspendable })
}
