import type { Actors } from './actors.ts'
import { type Clearing, fillSide } from './allocation.ts'
import type { BookRows } from './book.ts'
import type { Allotments, Settled } from './settlement.ts'
import { sortByAge, sortByColumn } from './sort.ts'
import type { Fill, OrderRef } from './types.ts'

/** What every order trades. */
export interface Trades extends Settled<OrderRef> {
  /** By ref. */
  readonly lots: Uint32Array
}

/** What a clearing allots, as something settles it. */
export function tradesOf(
  book: BookRows,
  actors: Actors,
  clearing: Clearing | undefined,
  settle: (allotted: Allotments<OrderRef>) => Settled<OrderRef>,
): Trades {
  const lots = new Uint32Array(actors.lots.length)
  if (!clearing) return { buys: [], sells: [], settlements: [], unsettled: [], lots }
  const { columns } = book
  const inOrder = (isSell: boolean) => {
    const refs = sortByAge(columns, fillSide(book, actors, clearing, isSell, lots))
    return fillsOf(book, actors, sortByColumn(refs, columns.tick, !isSell), lots)
  }
  const settled = settle({ buys: inOrder(false), sells: inOrder(true) })
  for (const { order, lots: missing } of settled.unsettled) lots[order]! -= missing
  return { ...settled, lots }
}

function fillsOf(book: BookRows, actors: Actors, refs: Uint32Array, lots: Uint32Array): Fill[] {
  const { height } = book.columns
  const fills = new Array<Fill>(refs.length)
  for (let i = 0; i < refs.length; i++) {
    const ref = refs[i]!
    fills[i] = { order: ref as OrderRef, lots: lots[ref]!, maker: height[ref]! < actors.takerHeight }
  }
  return fills
}
