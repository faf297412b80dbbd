import { timeInForceOf } from './actors.ts'
import { type Book, isAsleep } from './book.ts'
import { EXPIRY, FLAG, TIME_IN_FORCE } from './row.ts'
import type { BatchContext, BookOrder, OrderRef } from './types.ts'

// What a batch may come to, whichever orders of the book its block takes away first: without some orders the best ones of each side
// are no better, and no more lots trade.

/** A new order, as far as it may trade in the next batch. */
export type Newcomer = Pick<BookOrder, 'side' | 'lots'> & { readonly tick: number }

/** Most orders that a batch over a book, and what enters it meanwhile, settles. Orders that only rest count for nothing. */
export function tradersAtMost(book: Book | undefined, newcomers: readonly Newcomer[] = []): number {
  const best = book ? bestOf(book) : { bid: 0, ask: Number.POSITIVE_INFINITY }
  for (const { side, tick } of newcomers) {
    if (side === 'buy') best.bid = Math.max(best.bid, tick)
    else best.ask = Math.min(best.ask, tick)
  }
  if (best.bid < best.ask) return 0
  const buys = { orders: 0, lots: 0 }
  const sells = { orders: 0, lots: 0 }
  if (book) {
    const { lots, flags, tick } = book.columns
    const { end } = book
    for (let ref = 0; ref < end; ref++) {
      const own = lots[ref]!
      const isSell = (flags[ref]! & FLAG.sell) !== 0
      if (own === 0 || (isSell ? tick[ref]! > best.bid : tick[ref]! < best.ask)) continue
      if (isAsleep(flags[ref]!)) continue
      const side = isSell ? sells : buys
      side.orders++
      side.lots += own
    }
  }
  for (const { side, tick, lots } of newcomers) {
    if (side === 'sell' ? tick > best.bid : tick < best.ask) continue
    const at = side === 'sell' ? sells : buys
    at.orders++
    at.lots += lots
  }
  // Each takes a lot of the other side.
  return Math.min(buys.orders, sells.lots) + Math.min(sells.orders, buys.lots)
}

/**
 * Orders that a batch over a book may settle, release or mark: those that reach the other side, those that do not stay, and
 * post-only ones that have not acted. Whether one of the others is spendable makes no difference to anything.
 */
export function contenders(
  book: Book,
  { height, originTime }: Pick<BatchContext, 'height' | 'originTime'>,
): OrderRef[] {
  const { lots, flags, tick, special } = book.columns
  const { expiry } = book.specialColumns
  const { bid, ask } = bestOf(book)
  const found: OrderRef[] = []
  for (let ref = 0; ref < book.end; ref++) {
    if (lots[ref] === 0) continue
    const flag = flags[ref]!
    const kind = (flag >> FLAG.expiryShift) & 3
    const now = Number(kind === EXPIRY.height ? height : originTime)
    const contends =
      (!isAsleep(flag) && (flag & FLAG.sell ? tick[ref]! <= bid : tick[ref]! >= ask)) ||
      timeInForceOf(flag) !== TIME_IN_FORCE.goodTillCancel ||
      (flag & (FLAG.postOnly | FLAG.acted)) === FLAG.postOnly ||
      (kind !== EXPIRY.never && expiry[special[ref]! - 1]! < now)
    if (contends) found.push(ref as OrderRef)
  }
  return found
}

/** The best prices of both sides, of orders that do not sleep. */
function bestOf(book: Book): { bid: number; ask: number } {
  const { lots, flags, tick } = book.columns
  const { end } = book
  let bid = 0
  let ask = Number.POSITIVE_INFINITY
  for (let ref = 0; ref < end; ref++) {
    if (lots[ref] === 0) continue
    const at = tick[ref]!
    if (flags[ref]! & FLAG.sell ? at >= ask : at <= bid) continue
    if (isAsleep(flags[ref]!)) continue
    if (flags[ref]! & FLAG.sell) ask = at
    else bid = at
  }
  return { bid, ask }
}
