import type { BookRows } from './book.ts'
import { isAsleep } from './book.ts'
import { type Histogram, TickSums } from './histogram.ts'
import { EXPIRY, FLAG, TIME_IN_FORCE } from './row.ts'
import type { BatchContext, LeftOut, LeftOutReason, OrderRef } from './types.ts'

/** The orders that take part in a batch, in columns over the refs of a book. */
export interface Actors {
  /** By ref: what each order brings; 0 for one that does not take part (any more). */
  readonly lots: Uint32Array
  /** The refs of both sides that may trade; some may have left since. */
  readonly buys: Uint32Array
  readonly sells: Uint32Array
  /** Orders that entered at this block are takers, older ones makers. */
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
export function collectActors(book: BookRows, context: BatchContext): Actors {
  const { lots, flags, height, maxFeeBps, special } = book.columns
  const takerHeight = Number(context.height) - 1
  const { makerBps, takerBps, unspendable } = context
  const isExpired = expiryCheck(book, context)
  const acting = {
    lots: new Uint32Array(book.end),
    leftOut: [] as LeftOut[],
    expired: [] as number[],
    newcomers: [] as number[],
    demanding: [] as number[],
  }
  const buys = new Uint32Array(book.end + 1)
  const sells = new Uint32Array(book.end + 1)
  let [buyCount, sellCount] = [0, 0]
  for (let ref = 0; ref < book.end; ref++) {
    if (lots[ref] === 0) continue
    const flag = flags[ref]!
    if (height[ref]! > takerHeight)
      throw new Error(`an order of block ${height[ref]} in the batch of ${context.height}`)
    if (unspendable.has(ref as OrderRef)) leaveOut(acting, ref, 'unspendable')
    else if (special[ref] !== 0 && isExpired(ref)) {
      acting.expired.push(ref)
      leaveOut(acting, ref, 'expired')
    } else if (isAsleep(flag)) leaveOut(acting, ref, 'asleep')
    else if (maxFeeBps[ref]! < (height[ref]! < takerHeight ? makerBps : takerBps))
      leaveOut(acting, ref, 'fee')
    else {
      acting.lots[ref] = lots[ref]!
      // Sides are random: writing to both and counting one is faster than guessing.
      buys[buyCount] = ref
      sells[sellCount] = ref
      sellCount += flag & FLAG.sell
      buyCount += 1 - (flag & FLAG.sell)
      if ((flag & (FLAG.postOnly | FLAG.acted)) === FLAG.postOnly) acting.newcomers.push(ref)
      if (timeInForceOf(flag) !== TIME_IN_FORCE.goodTillCancel || hasMinimum(book, ref))
        acting.demanding.push(ref)
    }
  }
  return { ...acting, buys: buys.subarray(0, buyCount), sells: sells.subarray(0, sellCount), takerHeight }
}

/**
 * Only orders that reach the best one of the other side may trade, whatever the price will be: the others count in no
 * demand and no supply at a price at which anything trades.
 */
export function withinReach(book: BookRows, actors: Actors): Actors {
  const { tick } = book.columns
  const { lots, buys, sells } = actors
  let bid = 0
  let ask = NO_ASK
  for (const ref of buys) if (tick[ref]! > bid && lots[ref] !== 0) bid = tick[ref]!
  for (const ref of sells) if (tick[ref]! < ask && lots[ref] !== 0) ask = tick[ref]!
  const between = (refs: Uint32Array, low: number, high: number) => {
    const found = new Uint32Array(refs.length)
    let count = 0
    for (const ref of refs)
      if (tick[ref]! >= low && tick[ref]! <= high && lots[ref] !== 0) found[count++] = ref
    return found.subarray(0, count)
  }
  return { ...actors, buys: between(buys, ask, NO_ASK), sells: between(sells, 0, bid) }
}

/** Removes an order from those that take part. */
export function leaveOut(actors: Pick<Actors, 'lots' | 'leftOut'>, ref: number, reason: LeftOutReason): void {
  actors.lots[ref] = 0
  actors.leftOut.push({ order: ref as OrderRef, reason })
}

/** The smallest fill that an order takes; 1 where anything will do. */
export function minimumOf(book: BookRows, actors: Actors, ref: number): number {
  const { flags, special } = book.columns
  const lots = actors.lots[ref]!
  if (timeInForceOf(flags[ref]!) === TIME_IN_FORCE.fillOrKill) return lots
  if (special[ref] === 0) return 1
  return Math.max(1, Math.min(book.specialColumns.minFill[special[ref]! - 1]!, lots))
}

/** Releases post-only orders that meet what stood before, or one another: who is returned takes part no longer. */
export function rejectPostOnly(book: BookRows, actors: Actors): number[] {
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

/**
 * The lots of both sides by price. Of several parts, each worker counts one; {@link addHistograms} adds them.
 *
 * @param part From 0 to `parts - 1`.
 */
export function countSides(
  book: BookRows,
  actors: Actors,
  part = 0,
  parts = 1,
): { buys: Histogram; sells: Histogram } {
  const { tick } = book.columns
  const count = (refs: Uint32Array) => {
    const sums = new TickSums()
    const end = Math.floor((refs.length * (part + 1)) / parts)
    for (let i = Math.floor((refs.length * part) / parts); i < end; i++) {
      const ref = refs[i]!
      if (actors.lots[ref] !== 0) sums.add(tick[ref]!, actors.lots[ref]!)
    }
    return sums.histogram()
  }
  return { buys: count(actors.buys), sells: count(actors.sells) }
}

/** A code of {@link TIME_IN_FORCE}. */
export function timeInForceOf(flags: number): number {
  return (flags >> FLAG.timeInForceShift) & 3
}

function widen(best: { bid: number; ask: number }, flags: number, tick: number): void {
  if (flags & FLAG.sell) best.ask = Math.min(best.ask, tick)
  else best.bid = Math.max(best.bid, tick)
}

function hasMinimum({ columns: { special }, specialColumns: { minFill } }: BookRows, ref: number): boolean {
  return special[ref] !== 0 && minFill[special[ref]! - 1]! > 1
}

function expiryCheck(book: BookRows, context: BatchContext): (ref: number) => boolean {
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
