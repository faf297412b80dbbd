import type { Hash } from '@omg/protocol'
import type { Actors } from './actors.ts'
import type { BookRows } from './book.ts'
import { firstAtLeast, type Histogram } from './histogram.ts'
import { type Crossing, findCrossing } from './price.ts'
import { compareKeys, rationingKeys, share } from './rationing.ts'
import { sortByColumn } from './sort.ts'
import type { OrderRef, Rationing } from './types.ts'

/** A price, and what it takes to say what any order gets at it. */
export interface Clearing {
  readonly crossing: Crossing
  readonly rationing: Rationing | undefined
  /** What the orders of the rationed block get, by their keys. */
  readonly shares: ReadonlyMap<number, number>
}

/** Both sides, counted. */
export interface Sides {
  readonly buys: Histogram
  readonly sells: Histogram
}

/** Notes by ref what the orders of a side get; returns the refs of those that get something. */
export function fillSide(
  book: BookRows,
  actors: Actors,
  { crossing: { price }, rationing, shares }: Clearing,
  isSell: boolean,
  filled: Uint32Array,
): Uint32Array {
  const { tick, height } = book.columns
  const refs = isSell ? actors.sells : actors.buys
  const [low, high] = isSell ? [0, price] : [price, Number.POSITIVE_INFINITY]
  const rationed = rationing !== undefined && (rationing.side === 'sell') === isSell ? rationing : undefined
  const rationedTick = rationed?.tick ?? 0
  const sharing = Number(rationed?.height ?? 0n)
  const found = new Uint32Array(refs.length)
  let count = 0
  for (const ref of refs) {
    const at = tick[ref]!
    if (at < low || at > high || actors.lots[ref] === 0) continue
    const lots = at === rationedTick && height[ref]! >= sharing ? shares.get(ref) : actors.lots[ref]
    if (!lots) continue
    filled[ref] = lots
    found[count++] = ref
  }
  return found.subarray(0, count)
}

/** The price of both sides, and who shares at it. */
export function clear(
  book: BookRows,
  actors: Actors,
  { buys, sells }: Sides,
  lastPrice: number | undefined,
  inLine: Line,
): Clearing | undefined {
  const crossing = findCrossing(buys, sells, lastPrice)
  if (!crossing) return undefined
  const { demand, supply } = crossing
  if (demand === supply) return { crossing, rationing: undefined, shares: new Map() }
  const isSell = supply > demand
  const level = rationedLevel(isSell ? sells : buys, crossing, isSell)
  const block = rationedBlock(book, actors, level, isSell)
  const rationing: Rationing = { side: isSell ? 'sell' : 'buy', tick: level.tick, ...block.rationing }
  return { crossing, rationing, shares: sharesOf(inLine(block.refs, rationing), rationing, actors) }
}

/** The worst level that the price reaches: all lots beyond the volume are there, and only there. */
function rationedLevel({ ticks, lots }: Histogram, { price, demand, supply }: Crossing, isSell: boolean) {
  let at = isSell ? firstAtLeast(ticks, price + 1) - 1 : firstAtLeast(ticks, price)
  while (lots[at] === 0) at += isSell ? -1 : 1
  return { tick: ticks[at]!, lots: lots[at]! - Math.abs(demand - supply) }
}

/** Older blocks get everything; the first one that asks for more than is left shares it. */
function rationedBlock(
  book: BookRows,
  actors: Actors,
  level: { tick: number; lots: number },
  isSell: boolean,
) {
  const { height } = book.columns
  const refs = sortByColumn(refsAt(book, actors, level.tick, isSell), height)
  let left = level.lots
  for (let from = 0; from < refs.length; ) {
    const block = height[refs[from]!]!
    let of = 0
    let end = from
    for (; end < refs.length && height[refs[end]!] === block; end++) of += actors.lots[refs[end]!]!
    if (of > left) {
      return { rationing: { height: BigInt(block), lots: left, of }, refs: refs.subarray(from, end) }
    }
    left -= of
    from = end
  }
  throw new Error('a rationed level asks for more than it gets')
}

function refsAt(book: BookRows, actors: Actors, price: number, isSell: boolean): Uint32Array {
  const { tick } = book.columns
  const refs: number[] = []
  for (const ref of isSell ? actors.sells : actors.buys) {
    if (tick[ref] === price && actors.lots[ref] !== 0) refs.push(ref)
  }
  return Uint32Array.from(refs)
}

/** Pro rata by telescoping. */
function sharesOf(line: readonly number[], { lots, of }: Rationing, actors: Actors): Map<number, number> {
  const shares = new Map<number, number>()
  let before = 0
  for (const ref of line) {
    const own = actors.lots[ref]!
    if (own === 0 || lots === 0) continue
    shares.set(ref, share(lots, of, before, own))
    before += own
  }
  return shares
}

/** The orders that share, in an order that nobody could foresee. Some of them may have left since it was found. */
export type Line = (refs: Uint32Array, rationing: Rationing) => readonly number[]

/** Hashes and sorts a block once, however many rounds it shares in. */
export function lines(book: BookRows, previousAppHash: Hash): Line {
  const hash = rationingKeys(previousAppHash)
  const known = new Map<string, readonly number[]>()
  return (refs, { side, tick, height, lots }) => {
    if (lots === 0) return []
    const name = `${side} ${tick} ${height}`
    const line =
      known.get(name) ??
      Array.from(refs, ref => ({ ref, key: hash(book.guardBytes(ref as OrderRef)) }))
        .sort((a, b) => compareKeys(a.key, b.key))
        .map(({ ref }) => ref)
    known.set(name, line)
    return line
  }
}
