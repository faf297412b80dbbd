import { fromHex, type Hash, toHex } from '@omg/protocol'
import type { Book, BookRows } from './book.ts'
import type { BatchContext, OrderRef } from './types.ts'

// A book and what its batch depends on, as one run of bytes: what a thread needs to clear a market that it does not keep. Refs stay what
// they are in the book, so what is decided about them holds there too. Columns are copied whole, holes included: copying is cheap.

/** Orders, which can be named one by one: a `Set` or a `Map` of refs will do. */
export interface Refs {
  readonly size: number
  has(ref: OrderRef): boolean
  keys(): Iterable<OrderRef>
}

/** One auction: a book, and everything else that its batch depends on. */
export interface Case {
  readonly book: Book
  readonly context: Omit<BatchContext, 'unspendable'> & { readonly unspendable: Refs }
}

/** height, origin time, last price (0: none), maker's and taker's fee, whole, end, owners' end, special rows, unspendable orders. */
const HEAD = 10
const NAMES_BYTES = 2 * 32
const GUARD_BYTES = 32

/** Where the columns of a parcel start, from its own start: the widest numbers first, so that all are aligned. */
function placesOf(rows: number, special: number, unspendable: number) {
  const expiry = 8 * HEAD + NAMES_BYTES
  const words = expiry + 8 * special
  const minFill = words + 7 * 4 * rows
  const refs = minFill + 4 * special
  const halves = refs + 4 * unspendable
  const guards = halves + 2 * 2 * rows
  return { expiry, words, minFill, refs, halves, guards, end: guards + GUARD_BYTES * rows }
}

/** Bytes that {@link writeParcel} writes. */
export function parcelBytes({ book, context }: Case): number {
  return placesOf(book.end, book.specialColumns.minFill.length, context.unspendable.size).end
}

/** Writes a case. `at` is a multiple of 8. */
export function writeParcel({ book, context }: Case, memory: ArrayBufferLike, at: number): void {
  const { height, originTime, lastPrice, makerBps, takerBps, unspendable, whole } = context
  const { columns, specialColumns, end } = book
  const special = specialColumns.minFill.length
  const places = placesOf(end, special, unspendable.size)
  new Float64Array(memory, at, HEAD).set([
    ...[Number(height), Number(originTime), lastPrice ?? 0, makerBps, takerBps, whole ? 1 : 0],
    ...[end, book.ownersEnd, special, unspendable.size],
  ])
  const names = new Uint8Array(memory, at + 8 * HEAD, NAMES_BYTES)
  names.set(fromHex(book.market.id))
  names.set(fromHex(context.previousAppHash), 32)
  new Float64Array(memory, at + places.expiry, special).set(specialColumns.expiry)
  for (const [i, column] of wordColumns(columns).entries()) {
    new Uint32Array(memory, at + places.words + 4 * end * i, end).set(column.subarray(0, end))
  }
  new Uint32Array(memory, at + places.minFill, special).set(specialColumns.minFill)
  new Uint32Array(memory, at + places.refs, unspendable.size).set([...unspendable.keys()])
  for (const [i, column] of [columns.flags, columns.maxFeeBps].entries()) {
    new Uint16Array(memory, at + places.halves + 2 * end * i, end).set(column.subarray(0, end))
  }
  new Uint8Array(memory, at + places.guards, GUARD_BYTES * end).set(book.guards)
}

/** What a parcel says, over its own bytes. Only what {@link writeParcel} wrote is read, so nothing is checked. */
export function readParcel(
  memory: ArrayBufferLike,
  at: number,
): { readonly book: BookRows; readonly context: BatchContext } {
  const head = new Float64Array(memory, at, HEAD)
  const [height, originTime, lastPrice, makerBps, takerBps, whole] = head as unknown as number[] as Six
  const [end, ownersEnd, special, unspendable] = head.subarray(6) as unknown as number[] as Four
  const places = placesOf(end, special, unspendable)
  const word = (i: number) => new Uint32Array(memory, at + places.words + 4 * end * i, end)
  const half = (i: number) => new Uint16Array(memory, at + places.halves + 2 * end * i, end)
  const guards = new Uint8Array(memory, at + places.guards, GUARD_BYTES * end)
  const nameAt = (offset: number) => toHex(new Uint8Array(memory, at + 8 * HEAD + offset, 32).slice()) as Hash
  const book: BookRows = {
    market: { id: nameAt(0) },
    end,
    ownersEnd,
    columns: {
      ...{ owner: word(0), tick: word(1), lots: word(2), height: word(3), checkpoint: word(4) },
      ...{ path: word(5), special: word(6), flags: half(0), maxFeeBps: half(1) },
    },
    specialColumns: {
      minFill: new Uint32Array(memory, at + places.minFill, special),
      expiry: new Float64Array(memory, at + places.expiry, special),
    },
    guardBytes: ref => guards.subarray(GUARD_BYTES * ref, GUARD_BYTES * (ref + 1)),
  }
  const context: BatchContext = {
    ...{ height: BigInt(height), originTime: BigInt(originTime), previousAppHash: nameAt(32) },
    ...{ lastPrice: lastPrice === 0 ? undefined : lastPrice, makerBps, takerBps, whole: whole === 1 },
    unspendable: new Set(new Uint32Array(memory, at + places.refs, unspendable) as never),
  }
  return { book, context }
}

type Four = [number, number, number, number]
type Six = [number, number, number, number, number, number]

/** In the order in which a parcel has them. */
function wordColumns({ owner, tick, lots, height, checkpoint, path, special }: Book['columns']) {
  return [owner, tick, lots, height, checkpoint, path, special]
}
