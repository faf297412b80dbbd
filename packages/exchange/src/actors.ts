import type { Book } from './book.ts'
import { isAsleep } from './book.ts'
import { TickSums } from './histogram.ts'
import { EXPIRY, FLAG, TIME_IN_FORCE } from './row.ts'
import type { BatchContext, LeftOut, LeftOutReason, OrderRef } from './types.ts'

/** The orders that take part in a batch, in columns over the refs of a book. */
export interface Actors {
  /** What each order brings; 0 for one that does not take part (any more). */
  readonly lots: Uint32Array
  /** Refs from here on entered with the block before; they are takers. Block heights fit 32 bits. */
  readonly takerHeight: number
  readonly leftOut: LeftOut[]
  /** Left out because they are expired. */
  readonly expired: number[]
  /** Post-only orders that act for the first time. */
  readonly newcomers: number[]
  /** Orders that do not stay after the batch, or have a minimum. */
  readonly demanding: number[]
}

/** Above every tick: no sell is there. */
const NO_ASK = Number.POSITIVE_INFINITY

/** Sorts out who takes part, in one pass over the rows of a book. */
export function collectActors(book: Book, context: BatchContext): Actors {
  const { lots, flags, height, maxFeeBps, special } = book.columns
  const actors: Actors = {
    lots: new Uint32Array(book.end),
    takerHeight: Number(context.height) - 1,
    leftOut: [],
    expired: [],
    newcomers: [],
    demanding: [],
  }
  const { takerHeight } = actors
  const { makerBps, takerBps, unspendable } = context
  const isExpired = expiryCheck(book, context)
  for (let ref = 0; ref < book.end; ref++) {
    if (lots[ref] === 0) continue
    const flag = flags[ref]!
    if (height[ref]! > takerHeight)
      throw new Error(`an order of block ${height[ref]} in the batch of ${context.height}`)
    if (unspendable.has(ref as OrderRef)) leaveOut(actors, ref, 'unspendable')
    else if (special[ref] !== 0 && isExpired(ref)) {
      actors.expired.push(ref)
      leaveOut(actors, ref, 'expired')
    } else if (isAsleep(flag)) leaveOut(actors, ref, 'asleep')
    else if (maxFeeBps[ref]! < (height[ref]! < takerHeight ? makerBps : takerBps))
      leaveOut(actors, ref, 'fee')
    else {
      actors.lots[ref] = lots[ref]!
      if ((flag & (FLAG.postOnly | FLAG.acted)) === FLAG.postOnly) actors.newcomers.push(ref)
      const timeInForce = (flag >> FLAG.timeInForceShift) & 3
      if (timeInForce !== TIME_IN_FORCE.goodTillCancel || hasMinimum(book, ref)) actors.demanding.push(ref)
    }
  }
  return actors
}

/** Removes an order from those that take part. */
export function leaveOut(actors: Actors, ref: number, reason: LeftOutReason): void {
  actors.lots[ref] = 0
  actors.leftOut.push({ order: ref as OrderRef, reason })
}

/** The smallest fill that an order takes; 1 where anything will do. */
export function minimumOf(book: Book, actors: Actors, ref: number): number {
  const { flags, special } = book.columns
  const lots = actors.lots[ref]!
  if (((flags[ref]! >> FLAG.timeInForceShift) & 3) === TIME_IN_FORCE.fillOrKill) return lots
  if (special[ref] === 0) return 1
  return Math.max(1, Math.min(book.specialColumns.minFill[special[ref]! - 1]!, lots))
}

/** Releases post-only orders that meet what stood before, or one another: who is returned takes part no longer. */
export function rejectPostOnly(book: Book, actors: Actors): number[] {
  if (actors.newcomers.length === 0) return []
  const { flags, height, tick } = book.columns
  const standing = { bid: 0, ask: NO_ASK }
  for (let ref = 0; ref < actors.lots.length; ref++) {
    if (actors.lots[ref] === 0 || height[ref]! >= actors.takerHeight) continue
    widen(standing, flags[ref]!, tick[ref]!)
  }
  const together = { ...standing }
  for (const ref of actors.newcomers) widen(together, flags[ref]!, tick[ref]!)
  const rejected = actors.newcomers.filter(ref => {
    const { bid, ask } = height[ref]! < actors.takerHeight ? standing : together
    return flags[ref]! & FLAG.sell ? tick[ref]! <= bid : tick[ref]! >= ask
  })
  for (const ref of rejected) leaveOut(actors, ref, 'postOnly')
  return rejected
}

/** The lots of a side by price. A part of the rows can be counted by another worker, and added. */
export function countSides(book: Book, actors: Actors, from = 0, end = actors.lots.length) {
  const { flags, tick } = book.columns
  const buys = new TickSums()
  const sells = new TickSums()
  for (let ref = from; ref < end; ref++) {
    if (actors.lots[ref] === 0) continue
    if (flags[ref]! & FLAG.sell) sells.add(tick[ref]!, actors.lots[ref]!)
    else buys.add(tick[ref]!, actors.lots[ref]!)
  }
  return { buys: buys.histogram(), sells: sells.histogram() }
}

function widen(best: { bid: number; ask: number }, flags: number, tick: number): void {
  if (flags & FLAG.sell) best.ask = Math.min(best.ask, tick)
  else best.bid = Math.max(best.bid, tick)
}

function hasMinimum({ columns: { special }, specialColumns: { minFill } }: Book, ref: number): boolean {
  return special[ref] !== 0 && minFill[special[ref]! - 1]! > 1
}

function expiryCheck(book: Book, context: BatchContext): (ref: number) => boolean {
  const { flags, special } = book.columns
  const { expiry } = book.specialColumns
  const height = Number(context.height)
  const time = Number(context.originTime)
  return ref => {
    const kind = (flags[ref]! >> FLAG.expiryShift) & 3
    if (kind === EXPIRY.never) return false
    return expiry[special[ref]! - 1]! < (kind === EXPIRY.height ? height : time)
  }
}
