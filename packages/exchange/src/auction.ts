import type { Guard } from '@omg/protocol'
import { type Actors, collectActors, countSides, rejectPostOnly } from './actors.ts'
import { type Clearing, clearWithMinimums, fillRule } from './allocation.ts'
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
  Side,
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
  const filled = collectFills(book, actors, clearing)
  const buys = fillsOf(book, actors, filled, 'buy')
  const sells = fillsOf(book, actors, filled, 'sell')
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
  /** The refs of those that get something, the oldest first. */
  readonly refs: Uint32Array
}

function collectFills(book: Book, actors: Actors, clearing: Clearing | undefined): Filled {
  const lots = new Uint32Array(actors.lots.length)
  const refs = new Uint32Array(clearing ? lots.length : 0)
  let count = 0
  if (clearing) {
    const fillOf = fillRule(book, actors, clearing)
    for (let ref = 0; ref < lots.length; ref++) {
      if (actors.lots[ref] === 0) continue
      lots[ref] = fillOf(ref)
      if (lots[ref] !== 0) refs[count++] = ref
    }
  }
  return { lots, refs: sortByAge(book.columns, refs.slice(0, count)) }
}

/** The fills of a side: the best price first, then the oldest. */
function fillsOf(book: Book, actors: Actors, filled: Filled, side: Side): Fill[] {
  const { flags, tick, height } = book.columns
  const wanted = side === 'sell' ? FLAG.sell : 0
  const refs = new Uint32Array(filled.refs.length)
  let count = 0
  for (const ref of filled.refs) if ((flags[ref]! & FLAG.sell) === wanted) refs[count++] = ref
  const sorted = sortByColumn(refs.subarray(0, count), tick, side === 'buy')
  const fills = new Array<Fill>(sorted.length)
  for (let i = 0; i < sorted.length; i++) {
    const ref = sorted[i]!
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
  const refs = new Uint32Array(filled.refs.length + leaving.length)
  let count = 0
  for (const ref of filled.refs) if (filled.lots[ref] === actors.lots[ref]) refs[count++] = ref
  for (const ref of leaving)
    if (dropped.has(ref) || filled.lots[ref] !== actors.lots[ref]) refs[count++] = ref
  const sorted = refs.subarray(0, count)
  // Orders that are filled stand in the order of their age already.
  if (leaving.length > 0) sortByAge(book.columns, sorted)

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
      ((flags[ref]! >> FLAG.timeInForceShift) & 3) !== TIME_IN_FORCE.goodTillCancel,
  )
}

function withoutAll(refs: readonly number[], removed: readonly number[]): number[] {
  if (removed.length === 0) return [...refs]
  const gone = new Set(removed)
  return refs.filter(ref => !gone.has(ref))
}
