import { fail, MAX_FEE_BPS, type OmgError, ok, Reader, type Result, Writer } from '@omg/protocol'
import { Book } from './book.ts'
import { exchangeError } from './errors.ts'
import { MAX_BOOK_ORDERS } from './limits.ts'
import { type OrderRow, readFlags, rowOf } from './row.ts'
import type { Market } from './types.ts'

const VERSION = 1
const HEAD_BYTES = 1 + 32 + 4
const ROW_BYTES = 96

/** A book as bytes: equal books give equal bytes, whatever their history. */
export function saveBook(book: Book): Uint8Array {
  const writer = new Writer(HEAD_BYTES + ROW_BYTES * book.size)
  writer.u8(VERSION).hash(book.market.id).u32(book.size)
  for (const order of book.orders()) writeRow(writer, rowOf(order))
  return writer.finish()
}

/** The book that bytes describe. Errors: `book.snapshot`. */
export function loadBook(
  market: Market,
  bytes: Uint8Array,
  options?: { readonly seed?: number },
): Result<Book> {
  const reader = new Reader(bytes)
  const version = reader.u8()
  const id = reader.hash()
  const count = reader.u32()
  if (version !== VERSION) return refuse(`version ${version}`)
  if (id !== market.id) return refuse(`the market is ${id}`)
  if (count > MAX_BOOK_ORDERS || bytes.length !== HEAD_BYTES + count * ROW_BYTES)
    return refuse('its length is wrong')
  const book = new Book(market, options)
  let previous: OrderRow | undefined
  for (let i = 0; i < count; i++) {
    const row = readRow(reader)
    const problem = rowProblem(row, previous)
    if (problem) return refuse(`order ${i}: ${problem}`)
    const added = book.insert(row)
    if (!added.ok) return refuse(`order ${i}: ${added.error.message}`)
    previous = row
  }
  return ok(book)
}

function writeRow(writer: Writer, row: OrderRow): void {
  writer
    .raw(row.guard.subarray(row.guardAt, row.guardAt + 32))
    .raw(row.owner.subarray(row.ownerAt, row.ownerAt + 20))
    .u16(row.flags)
    .u32(row.limit)
    .u32(row.lots)
    .u32(row.height)
    .u32(row.checkpoint)
    .u32(row.path)
    .u16(row.maxFeeBps)
    .u32(row.minFill)
    .u64(BigInt(row.expiry))
    .u32(row.triggerPrice)
    .u32(row.triggerLimit)
}

function readRow(reader: Reader): OrderRow {
  return {
    guard: reader.take(32)!,
    guardAt: 0,
    owner: reader.take(20)!,
    ownerAt: 0,
    flags: reader.u16(),
    limit: reader.u32(),
    lots: reader.u32(),
    height: reader.u32(),
    checkpoint: reader.u32(),
    path: reader.u32(),
    maxFeeBps: reader.u16(),
    minFill: reader.u32(),
    expiry: Number(reader.u64()),
    triggerPrice: reader.u32(),
    triggerLimit: reader.u32(),
  }
}

/** What no saved book contains. */
function rowProblem(row: OrderRow, previous: OrderRow | undefined): string | undefined {
  const words = readFlags(row.flags)
  if (!words) return 'its flags are unknown'
  if (row.lots === 0 || row.limit === 0) return 'it has no lots or no price'
  if (row.maxFeeBps > MAX_FEE_BPS) return 'its fee is above the whole'
  if (!Number.isSafeInteger(row.expiry)) return 'its expiry is out of range'
  if (words.expiryKind === 'never' && row.expiry !== 0) return 'it never expires, but says when'
  const hasTrigger = words.triggerKind !== 'none'
  const hasSecondLimit = words.triggerKind === 'turnAbove' || words.triggerKind === 'turnBelow'
  if (hasTrigger !== row.triggerPrice > 0 || hasSecondLimit !== row.triggerLimit > 0)
    return 'its trigger is not whole'
  if (words.triggered && !hasTrigger) return 'it was triggered without a trigger'
  if (previous && !isOlder(previous, row)) return 'it is not younger than the one before'
  return undefined
}

function isOlder(a: OrderRow, b: OrderRow): boolean {
  if (a.height > b.height) return false
  return a.checkpoint === b.checkpoint ? a.path < b.path : a.checkpoint < b.checkpoint
}

function refuse(why: string): { readonly ok: false; readonly error: OmgError } {
  return fail(exchangeError('book.snapshot', `not a snapshot of this book: ${why}`))
}
