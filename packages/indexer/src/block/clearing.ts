import { type Batch, type Book, type Side, tickOf } from '@omg/exchange'
import type { Guard } from '@omg/protocol'

/** Price levels of each side that are kept of an auction, the best first: whatever traded, and what stood next to it. */
export const KEPT_LEVELS = 50

/** What was wanted at a price: lots, in so many orders. */
export type KeptLevel = readonly [tick: number, lots: number, orders: number]

/** What took part in an auction, by side, the best price first. */
export type KeptLevels = Readonly<Record<Side, readonly KeptLevel[]>>

type Sums = Record<Side, Map<number, { lots: number; orders: number }>>

/** What took part in an auction: the book before its block without the orders, and the lots, that were left out. */
export function keptLevels(book: Book | undefined, { leftOut, releases }: Batch<Guard>): KeptLevels {
  if (book === undefined) return { buy: [], sell: [] }
  const missing: Sums = { buy: new Map(), sell: new Map() }
  const leave = (guard: Guard, lots?: number) => {
    const { side, ...order } = book.at(book.find(guard)!)
    const level = missing[side].get(tickOf({ side, ...order })) ?? { lots: 0, orders: 0 }
    level.lots += lots ?? order.lots
    level.orders += lots === undefined ? 1 : 0
    missing[side].set(tickOf({ side, ...order }), level)
  }
  const absent = new Set<Guard>()
  for (const { order, reason } of leftOut) {
    absent.add(order)
    // Levels of a book are without those that sleep.
    if (reason !== 'asleep') leave(order)
  }
  // Self-trade prevention may take a part of an order before the auction.
  for (const { order, reason, lots } of releases) {
    if (reason === 'selfTrade' && !absent.has(order)) leave(order, lots)
  }
  return { buy: best(book, 'buy', missing.buy), sell: best(book, 'sell', missing.sell) }
}

function best(book: Book, side: Side, missing: Sums[Side]): KeptLevel[] {
  const levels: KeptLevel[] = []
  for (const { tick, lots, orders } of book.levels(side)) {
    const left = missing.get(tick) ?? { lots: 0, orders: 0 }
    if (lots > left.lots) levels.push([tick, lots - left.lots, orders - left.orders])
    if (levels.length === KEPT_LEVELS) break
  }
  return levels
}
