import type { Guard } from '@omg/protocol'
import {
  type Actors,
  collectActors,
  countSides,
  rejectPostOnly,
  timeInForceOf,
  withinReach,
} from './actors.ts'
import { Book, type BookRows } from './book.ts'
import { clearWithMinimums } from './minimums.ts'
import { TIME_IN_FORCE } from './row.ts'
import { type Prevented, preventSelfTrade } from './self-trade.ts'
import { sortByAge } from './sort.ts'
import type { Trades } from './trades.ts'
import type {
  Auction,
  Batch,
  BatchContext,
  BookOrder,
  Market,
  OrderRef,
  Release,
  ReleaseReason,
} from './types.ts'

/**
 * The batch of a book at a height: PROTOCOL.md section 4, docs/auction.md. Changes nothing; {@link Book.apply} does. Gives
 * what {@link referenceAuction} gives, from columns of numbers: one pass sorts out who takes part, a histogram a side finds
 * the price, and one more pass says what each order gets.
 */
export function clearBatch(book: BookRows, context: BatchContext): Batch {
  const all = collectActors(book, context)
  const rejected = rejectPostOnly(book, all)
  const actors = withinReach(book, all)
  const prevented = preventSelfTrade(book, actors)
  const sides = countSides(book, actors)
  const { clearing, trades, dropped } = clearWithMinimums(book, actors, sides, context)
  const { buys, sells, unsettled, settlements } = trades
  const { crossing } = clearing ?? {}
  return {
    market: book.market.id,
    height: context.height,
    price: crossing?.price,
    volume: buys.reduce((sum, { lots }) => sum + lots, 0),
    interval: crossing && { low: crossing.low, high: crossing.high },
    demand: crossing?.demand ?? 0,
    supply: crossing?.supply ?? 0,
    rationing: clearing?.rationing,
    buys,
    sells,
    releases: [
      ...earlyReleases(book, actors, rejected, prevented),
      ...lateReleases(book, actors, trades, dropped, prevented),
    ],
    debuts: withoutAll(actors.newcomers, rejected) as OrderRef[],
    leftOut: actors.leftOut,
    unsettled,
    settlements,
  }
}

/** The engine over plain orders. */
export const engineAuction: Auction = (market, orders, context) => {
  const book = bookOf(market, orders)
  const unspendable = { has: (ref: OrderRef) => context.unspendable.has(book.guardOf(ref)) }
  return describeBatch(book, clearBatch(book, { ...context, unspendable }))
}

/**
 * A batch in terms of the chain, before it is applied to its book: orders by their guards, every list in its order. `nameOf` gives the
 * guard of an order where that is known already.
 */
export function describeBatch(
  book: Book,
  batch: Batch,
  nameOf: (ref: OrderRef) => Guard | undefined = () => undefined,
): Batch<Guard> {
  const name = (ref: OrderRef) => nameOf(ref) ?? book.guardOf(ref)
  const named = <T extends { readonly order: OrderRef }>(items: readonly T[]) =>
    items.map(item => ({ ...item, order: name(item.order) }))
  return {
    ...batch,
    buys: named(batch.buys),
    sells: named(batch.sells),
    releases: named(batch.releases),
    debuts: Array.from(sortByAge(book.columns, Uint32Array.from(batch.debuts)), ref => name(ref as OrderRef)),
    leftOut: named(byAge(book, batch.leftOut)),
    unsettled: named(byAge(book, batch.unsettled)),
    settlements: batch.settlements.map(({ fills }) => ({ fills: named(fills) })),
  }
}

/** That of the oldest order first; no order is in two items. */
function byAge<T extends { readonly order: OrderRef }>(book: Book, items: readonly T[]): T[] {
  const refs = new Uint32Array(items.length)
  const at = new Uint32Array(book.end)
  for (let i = 0; i < items.length; i++) {
    const { order } = items[i]!
    refs[i] = order
    at[order] = i
  }
  const sorted: T[] = []
  for (const ref of sortByAge(book.columns, refs)) sorted.push(items[at[ref]!]!)
  return sorted
}

/** A book of some orders. Throws where two have one guard. */
function bookOf(market: Market, orders: Iterable<BookOrder>): Book {
  const book = new Book(market)
  for (const order of orders) {
    const added = book.add(order)
    if (!added.ok) throw added.error
  }
  return book
}

/** What leaves before the settlements. */
function earlyReleases(
  book: BookRows,
  actors: Actors,
  rejected: readonly number[],
  prevented: readonly Prevented[],
): Release[] {
  const { lots } = book.columns
  const whole = (reason: ReleaseReason) => (ref: number) => ({
    order: ref as OrderRef,
    reason,
    lots: lots[ref]!,
  })
  const releases: Release[] = [
    ...actors.expired.map(whole('expired')),
    ...rejected.map(whole('postOnly')),
    ...prevented.map(({ order, lots }): Release => ({ order, reason: 'selfTrade', lots })),
  ]
  const at = new Map<number, Release>(releases.map(release => [release.order, release]))
  return Array.from(sortByAge(book.columns, Uint32Array.from(at.keys())), ref => at.get(ref)!)
}

/** What leaves after them: orders that are filled, and those that do not stay. */
function lateReleases(
  book: BookRows,
  actors: Actors,
  trades: Trades,
  dropped: ReadonlySet<number>,
  prevented: readonly Prevented[],
): Release[] {
  const leaving = leavingOrders(book, actors, dropped)
  const { buys, sells, lots: filled } = trades
  const refs = new Uint32Array(buys.length + sells.length + leaving.length)
  let count = 0
  for (const { order } of buys) if (filled[order] === actors.lots[order]) refs[count++] = order
  for (const { order } of sells) if (filled[order] === actors.lots[order]) refs[count++] = order
  for (const ref of leaving) if (dropped.has(ref) || filled[ref] !== actors.lots[ref]) refs[count++] = ref
  const sorted = sortByAge(book.columns, refs.subarray(0, count))
  const taken = new Map<number, number>(prevented.map(({ order, lots }) => [order, lots]))
  const releases = new Array<Release>(count)
  for (let i = 0; i < count; i++) {
    const ref = sorted[i]!
    const left = actors.lots[ref]! - filled[ref]!
    const order = ref as OrderRef
    if (dropped.has(ref)) {
      const lots = book.columns.lots[ref]! - (taken.get(ref) ?? 0)
      releases[i] = { order, reason: 'minimumFill', lots }
    } else if (left === 0) releases[i] = { order, reason: 'filled', lots: 0 }
    else releases[i] = { order, reason: 'immediateOrCancel', lots: left }
  }
  return releases
}

/** Orders that took part, and do not stay for another batch. */
function leavingOrders(
  { columns: { flags } }: BookRows,
  actors: Actors,
  dropped: ReadonlySet<number>,
): number[] {
  return actors.demanding.filter(
    ref =>
      (dropped.has(ref) || actors.lots[ref]! > 0) &&
      timeInForceOf(flags[ref]!) !== TIME_IN_FORCE.goodTillCancel,
  )
}

function withoutAll(refs: readonly number[], removed: readonly number[]): number[] {
  if (removed.length === 0) return [...refs]
  const gone = new Set(removed)
  return refs.filter(ref => !gone.has(ref))
}
