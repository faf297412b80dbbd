import type { Guard } from '@omg/protocol'
import { type Actors, collectActors, countSides, rejectPostOnly } from './actors.ts'
import { type Clearing, clearWithMinimums, fillOf } from './allocation.ts'
import { Book } from './book.ts'
import { FLAG, TIME_IN_FORCE } from './row.ts'
import { type Prevented, preventSelfTrade } from './self-trade.ts'
import { settlements } from './settlement.ts'
import { sortByAge, sortByColumn } from './sort.ts'
import type {
  Auction,
  Batch,
  BatchContext,
  BookOrder,
  Fill,
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
export function clearBatch(book: Book, context: BatchContext): Batch {
  const actors = collectActors(book, context)
  const rejected = rejectPostOnly(book, actors)
  const prevented = preventSelfTrade(book, actors)
  const { clearing, dropped } = clearWithMinimums(book, actors, countSides(book, actors), context)
  const { filled, buys, sells } = collectFills(book, actors, clearing)
  const { crossing } = clearing ?? {}
  return {
    market: book.market.id,
    height: context.height,
    price: crossing?.price,
    volume: crossing ? Math.min(crossing.demand, crossing.supply) : 0,
    interval: crossing && { low: crossing.low, high: crossing.high },
    demand: crossing?.demand ?? 0,
    supply: crossing?.supply ?? 0,
    rationing: clearing?.rationing,
    buys,
    sells,
    releases: [
      ...earlyReleases(book, actors, rejected, prevented),
      ...lateReleases(book, actors, filled, dropped, prevented),
    ],
    debuts: withoutAll(actors.newcomers, rejected) as OrderRef[],
    leftOut: actors.leftOut,
    settlements: settlements(buys, sells),
  }
}

/** The engine over plain orders. */
export const engineAuction: Auction = (market, orders, context) => {
  const book = bookOf(market, orders)
  const unspendable = { has: (ref: OrderRef) => context.unspendable.has(book.guardOf(ref)) }
  return describeBatch(book, clearBatch(book, { ...context, unspendable }))
}

/** A batch in terms of the chain, before it is applied to its book: orders by their guards, every list in its order. */
export function describeBatch(book: Book, batch: Batch): Batch<Guard> {
  const ages = new Map(book.refs().map((ref, age) => [ref, age]))
  const age = (ref: OrderRef) => ages.get(ref)!
  const named = <T extends { readonly order: OrderRef }>(items: readonly T[]) =>
    items.map(item => ({ ...item, order: book.guardOf(item.order) }))
  return {
    ...batch,
    buys: named(batch.buys),
    sells: named(batch.sells),
    releases: named(batch.releases),
    debuts: [...batch.debuts].sort((a, b) => age(a) - age(b)).map(ref => book.guardOf(ref)),
    leftOut: named([...batch.leftOut].sort((a, b) => age(a.order) - age(b.order))),
    settlements: batch.settlements.map(({ fills }) => ({ fills: named(fills) })),
  }
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

/** What every order gets; as fills the best price first, then the oldest. */
function collectFills(book: Book, actors: Actors, clearing: Clearing | undefined) {
  const filled = new Uint32Array(actors.lots.length)
  if (!clearing) return { filled, buys: [], sells: [] }
  const { flags, tick, height } = book.columns
  const buys: number[] = []
  const sells: number[] = []
  for (let ref = 0; ref < filled.length; ref++) {
    if (actors.lots[ref] === 0) continue
    const lots = fillOf(book, actors, clearing, ref)
    if (lots === 0) continue
    filled[ref] = lots
    if (flags[ref]! & FLAG.sell) sells.push(ref)
    else buys.push(ref)
  }
  const inOrder = (refs: number[], price: Uint32Array): Fill[] =>
    Array.from(sortByColumn(sortByAge(book.columns, Uint32Array.from(refs)), price), ref => ({
      order: ref as OrderRef,
      lots: filled[ref]!,
      maker: height[ref]! < actors.takerHeight,
    }))
  return { filled, buys: inOrder(buys, downwards(tick)), sells: inOrder(sells, tick) }
}

/** A column whose order is the other way round. */
function downwards(column: Uint32Array): Uint32Array {
  return column.map(value => ~value)
}

/** What leaves before the settlements. */
function earlyReleases(
  book: Book,
  actors: Actors,
  rejected: readonly number[],
  prevented: readonly Prevented[],
) {
  const { lots } = book.columns
  const whole = (reason: ReleaseReason) => (ref: number) => ({
    order: ref as OrderRef,
    reason,
    lots: lots[ref]!,
  })
  return byAge(book, [
    ...actors.expired.map(whole('expired')),
    ...rejected.map(whole('postOnly')),
    ...prevented.map(({ order, lots }): Release => ({ order, reason: 'selfTrade', lots })),
  ])
}

/** What leaves after them: orders that are filled, and those that do not stay. */
function lateReleases(
  book: Book,
  actors: Actors,
  filled: Uint32Array,
  dropped: ReadonlySet<number>,
  prevented: readonly Prevented[],
): Release[] {
  const { lots, flags } = book.columns
  const releases: Release[] = []
  for (let ref = 0; ref < filled.length; ref++) {
    if (filled[ref] === 0 || filled[ref] !== actors.lots[ref]) continue
    releases.push({ order: ref as OrderRef, reason: 'filled', lots: 0 })
  }
  const taken = new Map<number, number>(prevented.map(({ order, lots }) => [order, lots]))
  for (const ref of actors.demanding) {
    if (((flags[ref]! >> FLAG.timeInForceShift) & 3) === TIME_IN_FORCE.goodTillCancel) continue
    const isDropped = dropped.has(ref)
    const left = isDropped ? lots[ref]! - (taken.get(ref) ?? 0) : actors.lots[ref]! - filled[ref]!
    if (left === 0) continue
    const reason = isDropped ? 'minimumFill' : 'immediateOrCancel'
    releases.push({ order: ref as OrderRef, reason, lots: left })
  }
  return byAge(book, releases)
}

function byAge(book: Book, releases: Release[]): Release[] {
  const at = new Map(releases.map(release => [release.order as number, release]))
  return Array.from(sortByAge(book.columns, Uint32Array.from(at.keys())), ref => at.get(ref)!)
}

function withoutAll(refs: readonly number[], removed: readonly number[]): number[] {
  if (removed.length === 0) return [...refs]
  const gone = new Set(removed)
  return refs.filter(ref => !gone.has(ref))
}
