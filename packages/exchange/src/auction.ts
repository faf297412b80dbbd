import type { Guard } from '@omg/protocol'
import {
  type Actors,
  collectActors,
  countSides,
  rejectPostOnly,
  timeInForceOf,
  withinReach,
} from './actors.ts'
import { type Clearing, clearWithMinimums, fillSide } from './allocation.ts'
import { Book } from './book.ts'
import { TIME_IN_FORCE } from './row.ts'
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
  const all = collectActors(book, context)
  const rejected = rejectPostOnly(book, all)
  const actors = withinReach(book, all)
  const prevented = preventSelfTrade(book, actors)
  const { clearing, dropped } = clearWithMinimums(book, actors, countSides(book, actors), context)
  const filled = collectFills(book, actors, clearing)
  const buys = fillsOf(book, actors, filled.buys, filled)
  const sells = fillsOf(book, actors, filled.sells, filled)
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

/** What every order gets. */
interface Filled {
  /** By ref. */
  readonly lots: Uint32Array
  /** Those that get something: the best price first, then the oldest. */
  readonly buys: Uint32Array
  readonly sells: Uint32Array
}

function collectFills(book: Book, actors: Actors, clearing: Clearing | undefined): Filled {
  const lots = new Uint32Array(actors.lots.length)
  if (!clearing) return { lots, buys: lots.subarray(0, 0), sells: lots.subarray(0, 0) }
  const { columns } = book
  const inOrder = (isSell: boolean) => {
    const refs = sortByAge(columns, fillSide(book, actors, clearing, isSell, lots))
    return sortByColumn(refs, columns.tick, !isSell)
  }
  return { lots, buys: inOrder(false), sells: inOrder(true) }
}

function fillsOf(book: Book, actors: Actors, refs: Uint32Array, filled: Filled): Fill[] {
  const { height } = book.columns
  const fills = new Array<Fill>(refs.length)
  for (let i = 0; i < refs.length; i++) {
    const ref = refs[i]!
    fills[i] = { order: ref as OrderRef, lots: filled.lots[ref]!, maker: height[ref]! < actors.takerHeight }
  }
  return fills
}

/** What leaves before the settlements. */
function earlyReleases(
  book: Book,
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
  book: Book,
  actors: Actors,
  filled: Filled,
  dropped: ReadonlySet<number>,
  prevented: readonly Prevented[],
): Release[] {
  const leaving = leavingOrders(book, actors, dropped)
  const refs = new Uint32Array(filled.buys.length + filled.sells.length + leaving.length)
  let count = 0
  for (const ref of filled.buys) if (filled.lots[ref] === actors.lots[ref]) refs[count++] = ref
  for (const ref of filled.sells) if (filled.lots[ref] === actors.lots[ref]) refs[count++] = ref
  for (const ref of leaving)
    if (dropped.has(ref) || filled.lots[ref] !== actors.lots[ref]) refs[count++] = ref
  const sorted = sortByAge(book.columns, refs.subarray(0, count))
  const taken = new Map<number, number>(prevented.map(({ order, lots }) => [order, lots]))
  const releases = new Array<Release>(count)
  for (let i = 0; i < count; i++) {
    const ref = sorted[i]!
    const left = actors.lots[ref]! - filled.lots[ref]!
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
function leavingOrders({ columns: { flags } }: Book, actors: Actors, dropped: ReadonlySet<number>): number[] {
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
