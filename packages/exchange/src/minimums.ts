import { type Actors, leaveOut, minimumOf } from './actors.ts'
import { type Clearing, clear, lines, type Sides } from './allocation.ts'
import type { BookRows } from './book.ts'
import { subtract } from './histogram.ts'
import { MINIMUM_ROUNDS } from './limits.ts'
import { compareKeys, rationingKeys } from './rationing.ts'
import { FLAG } from './row.ts'
import { settle, settleMinimums } from './settlement.ts'
import { type Trades, tradesOf } from './trades.ts'
import type { BatchContext, OrderRef } from './types.ts'

/** A batch in which every minimum is met. */
export interface Cleared {
  readonly clearing: Clearing | undefined
  readonly trades: Trades
  /** Orders that left because their minimum was not. */
  readonly dropped: ReadonlySet<number>
}

/**
 * Clears; while minimums are not met, the half of these orders with the larger keys leaves, and it is cleared again. A dropped order
 * only changes one number of a histogram, so a round is cheap.
 *
 * Anybody can place small orders that come up one after the other, a round each. So there is a last round, and it takes nothing from
 * orders whose minimum is met: what is still unmet does not trade, and the last clearing stands.
 */
export function clearWithMinimums(
  book: BookRows,
  actors: Actors,
  sides: Sides,
  context: BatchContext,
): Cleared {
  const { whole = false } = context
  const inLine = lines(book, context.previousAppHash)
  const dropped = new Set<number>()
  const drop = (ref: number) => {
    const { flags, tick } = book.columns
    subtract(flags[ref]! & FLAG.sell ? sides.sells : sides.buys, tick[ref]!, actors.lots[ref]!)
    leaveOut(actors, ref, 'minimumFill')
    dropped.add(ref)
  }
  for (let round = 0; ; round++) {
    const clearing = clear(book, actors, sides, context.lastPrice, inLine)
    const traded = whole ? tradesOf(book, actors, clearing, allotted => settle(allotted, true)) : undefined
    const short = unmetShares(book, actors, clearing)
    const unmet = traded ? byKey(book, context, [...short, ...unmetFills(book, actors, traded)]) : short
    if (unmet.length === 0) {
      const trades = traded ?? tradesOf(book, actors, clearing, allotted => settle(allotted, false))
      return { clearing, trades, dropped }
    }
    if (round === MINIMUM_ROUNDS) {
      const minimum = (ref: OrderRef) => minimumOf(book, actors, ref)
      const trades = tradesOf(book, actors, clearing, allotted => settleMinimums(allotted, whole, minimum))
      if (trades.buys.length > 0) return { clearing, trades, dropped }
      return { clearing: undefined, trades: { ...trades, unsettled: [] }, dropped }
    }
    for (const ref of unmet.slice(Math.floor(unmet.length / 2))) drop(ref)
  }
}

/** In the order of their keys, as shares are. */
function unmetShares(book: BookRows, actors: Actors, clearing: Clearing | undefined): number[] {
  const short: number[] = []
  for (const [ref, lots] of clearing?.shares ?? []) {
    const minimum = minimumOf(book, actors, ref)
    if (minimum > 1 && lots < minimum) short.push(ref)
  }
  return short
}

/** Where orders settle whole, any fill can be too small. */
function unmetFills(book: BookRows, actors: Actors, { lots }: Trades): number[] {
  return actors.demanding.filter(ref => lots[ref]! > 0 && lots[ref]! < minimumOf(book, actors, ref))
}

function byKey(book: BookRows, { previousAppHash }: BatchContext, refs: readonly number[]): number[] {
  const hash = rationingKeys(previousAppHash)
  return [...new Set(refs)]
    .map(ref => ({ ref, key: hash(book.guardBytes(ref as OrderRef)) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ ref }) => ref)
}
