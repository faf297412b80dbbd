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

/** What one auction depends on, with the orders that may not act by name. */
export type AuctionContext = Omit<ContextOf<Guard>, 'unspendable'> & {
  readonly unspendable: ReadonlyMap<Guard, OrderRef>
}

/** An auction over a book: the engine, or the reference. */
export type BookAuction = (market: Market, book: Book, context: AuctionContext) => Batch<Guard>

export const engineAuction: BookAuction = (_, book, context) => {
  const unspendable = new Set(context.unspendable.values())
  return describeBatch(book, clearBatch(book, { ...context, unspendable }))
}

export const plainAuction: BookAuction = (market, book, context) =>
  referenceAuction(market, book.orders(), context)
