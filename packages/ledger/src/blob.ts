import {
  fail,
  MAX_BLOB_BLOCKS,
  MAX_BLOB_SECONDS,
  MAX_CHECKPOINT_BLOBS,
  MAX_SHARD_BLOB_BYTES,
  MAX_SHARD_LEAVES,
  MAX_U64,
  ok,
  protocolError,
  Reader,
  type Result,
  Writer,
} from '@omg/protocol'
import { delimitBody } from './block.ts'
import type { Block } from './types.ts'

/** Bytes of an EIP-4844 blob: 4096 field elements. */
export const BLOB_BYTES = 131_072
const FIELD_ELEMENT_BYTES = 32
/** The first byte of a field element has six bits of the table at most, so that it is below the field's modulus whatever the others are. */
const USABLE_BYTES = 31
const SPARE_BITS = 6
const LENGTH_BYTES = 3
/** The table of the blocks: six bits in each field element. */
const TABLE_BYTES = ((BLOB_BYTES / FIELD_ELEMENT_BYTES) * SPARE_BITS) / 8

/** The transactions of one shard: as the body of a block is laid out, and delimited like it. */
export interface ShardBody {
  /** `{length u24 ‖ transaction ‖ witness ‖ Position × inputs} × n` in the order of the leaves. */
  readonly body: Uint8Array
  /** As in a {@link Block}: feed both to `MapPool.map`. */
  readonly bounds: Uint32Array
}

/** What blobs say of a block; everything else follows from the header of its checkpoint, from Ethereum, and from execution. */
export interface PublishedBlock extends ShardBody {
  /** Seconds. */
  readonly time: bigint
  /** How many items of the inbox it takes. */
  readonly deposits: number
}

type BlobBlock = Pick<Block, 'body' | 'bounds' | 'time' | 'deposits'>

/** The blobs of a checkpoint, from all of its blocks in order: one for each shard that has leaves, at least one, the last with the table. */
export function encodeBlobs(blocks: readonly BlobBlock[]): Uint8Array[] {
  const bodies = shardBodies(blocks)
  if (bodies.length === 0) bodies.push(new Uint8Array(0))
  return bodies.map((body, i) => encodeBlob(body, i === bodies.length - 1 ? encodeTable(blocks) : undefined))
}

/**
 * The shards of a checkpoint that have leaves, in order, as the blob bytes of each, from all of its blocks in order. It packs as
 * the ledger does: see docs/encoding.md, "Leaf, tree, lanes".
 */
export function shardBodies(blocks: Iterable<Pick<Block, 'body' | 'bounds'>>): Uint8Array[] {
  const shards: Uint8Array[] = []
  const open = { parts: [] as Uint8Array[], bytes: 0 }
  const close = () => {
    shards.push(Buffer.concat(open.parts))
    Object.assign(open, { parts: [], bytes: 0 })
  }
  for (const block of blocks) {
    for (const part of partsOf(block)) {
      const isFull = open.parts.length === MAX_SHARD_LEAVES || open.bytes + part.length > MAX_SHARD_BLOB_BYTES
      if (isFull) close()
      open.parts.push(part)
      open.bytes += part.length
    }
  }
  if (open.parts.length > 0) close()
  return shards
}

/** A shard's bytes as a blob, with a table in the spare bits of its field elements. Throws `encoding.too_long` for more than one holds. */
export function encodeBlob(body: Uint8Array, table?: Uint8Array): Uint8Array {
  if (body.length > MAX_SHARD_BLOB_BYTES) {
    throw protocolError('encoding.too_long', `${body.length} bytes in a shard`)
  }
  const blob = new Uint8Array(BLOB_BYTES)
  for (let from = 0, to = 1; from < body.length; from += USABLE_BYTES, to += FIELD_ELEMENT_BYTES) {
    blob.set(body.subarray(from, from + USABLE_BYTES), to)
  }
  for (let i = 0; table && 3 * i < table.length; i++) {
    const [a = 0, b = 0, c = 0] = table.subarray(3 * i, 3 * i + 3)
    const at = 4 * FIELD_ELEMENT_BYTES * i
    blob[at] = a >>> 2
    blob[at + FIELD_ELEMENT_BYTES] = ((a & 0b11) << 4) | (b >>> 4)
    blob[at + 2 * FIELD_ELEMENT_BYTES] = ((b & 0b1111) << 2) | (c >>> 6)
    blob[at + 3 * FIELD_ELEMENT_BYTES] = c & 0b111111
  }
  return blob
}

/**
 * The blobs of a checkpoint of `count` blocks as those blocks, strictly. The transactions are delimited, not decoded (the map
 * stage does that), and what blobs cannot know is left to whoever executes the blocks: that shards are packed as they must be.
 * Errors: `encoding.truncated`, `.trailing`, `.kind`, `.range`.
 */
export function decodeBlobs(blobs: readonly Uint8Array[], count: number): Result<PublishedBlock[]> {
  if (blobs.length === 0) return fail(protocolError('encoding.truncated', 'no blobs'))
  if (blobs.length > MAX_CHECKPOINT_BLOBS) {
    return fail(protocolError('encoding.range', `${blobs.length} blobs`))
  }
  const parts: Uint8Array[] = []
  for (const [i, blob] of blobs.entries()) {
    const shard = decodeBlob(blob)
    if (!shard.ok) return shard
    if (blobs.length > 1 && shard.value.body.length === 0) {
      return fail(protocolError('encoding.truncated', `shard ${i} has no transactions`))
    }
    for (const part of partsOf(shard.value)) parts.push(part)
    if (i === blobs.length - 1) return blocksOf(parts, shard.value.table, count)
    if (shard.value.table.some(byte => byte !== 0)) {
      return fail(protocolError('encoding.trailing', `a table in blob ${i}, which is not the last`))
    }
  }
  throw new Error('not reached')
}

/**
 * A blob as the transactions of its shard, and the table beside them, strictly: every blob that this takes is `encodeBlob` of what
 * it returns (A24). Errors: `encoding.truncated`, `.trailing`, `.kind`, `.range`.
 */
export function decodeBlob(blob: Uint8Array): Result<ShardBody & { table: Uint8Array }> {
  if (blob.length < BLOB_BYTES) return fail(protocolError('encoding.truncated', `${blob.length} bytes`))
  if (blob.length > BLOB_BYTES) return fail(protocolError('encoding.trailing', `${blob.length} bytes`))
  const bytes = new Uint8Array(MAX_SHARD_BLOB_BYTES)
  for (let from = 0, to = 0; from < BLOB_BYTES; from += FIELD_ELEMENT_BYTES, to += USABLE_BYTES) {
    if (blob[from]! >>> SPARE_BITS !== 0) {
      const message = `field element ${from / FIELD_ELEMENT_BYTES} begins with ${blob[from]}`
      return fail(protocolError('encoding.range', message))
    }
    bytes.set(blob.subarray(from + 1, from + FIELD_ELEMENT_BYTES), to)
  }
  const shard = delimitBody(bytes)
  if (!shard.ok) return shard
  const { bounds, end } = shard.value
  const count = bounds.length / 2
  if (count > MAX_SHARD_LEAVES) return fail(protocolError('encoding.range', `${count} transactions`))
  const padding = bytes.subarray(end).findIndex(byte => byte !== 0)
  if (padding >= 0) return fail(protocolError('encoding.trailing', `byte ${end + padding} is not zero`))
  return ok({ body: bytes.subarray(0, end), bounds, table: tableOf(blob) })
}

function tableOf(blob: Uint8Array): Uint8Array {
  const table = new Uint8Array(TABLE_BYTES)
  for (let i = 0; 3 * i < TABLE_BYTES; i++) {
    const at = 4 * FIELD_ELEMENT_BYTES * i
    const word =
      (blob[at]! << 18) |
      (blob[at + FIELD_ELEMENT_BYTES]! << 12) |
      (blob[at + 2 * FIELD_ELEMENT_BYTES]! << 6) |
      blob[at + 3 * FIELD_ELEMENT_BYTES]!
    table.set([word >>> 16, word >>> 8, word], 3 * i)
  }
  return table
}

/** `time u64 ‖ {seconds u16 ‖ deposits u24 ‖ transactions u24} × blocks`, the seconds since the block before, of the first none. */
function encodeTable(blocks: readonly BlobBlock[]): Uint8Array {
  if (blocks.length === 0 || blocks.length > MAX_BLOB_BLOCKS) {
    throw protocolError('encoding.range', `${blocks.length} blocks`)
  }
  let { time } = blocks[0]!
  const writer = new Writer(TABLE_BYTES).u64(time)
  for (const block of blocks) {
    const seconds = block.time - time
    if (seconds < 0n || seconds > MAX_BLOB_SECONDS) {
      throw protocolError('encoding.range', `${seconds} seconds between blocks`)
    }
    time = block.time
    writer
      .u16(Number(seconds))
      .u24(block.deposits.length)
      .u24(block.bounds.length / 2)
  }
  return writer.finish()
}

function blocksOf(parts: readonly Uint8Array[], table: Uint8Array, count: number): Result<PublishedBlock[]> {
  if (count < 1 || count > MAX_BLOB_BLOCKS) return fail(protocolError('encoding.range', `${count} blocks`))
  const reader = new Reader(table)
  let time = reader.u64()
  let taken = 0
  const blocks: PublishedBlock[] = []
  for (let i = 0; i < count; i++) {
    const seconds = BigInt(reader.u16())
    const deposits = reader.u24()
    const transactions = reader.u24()
    if (i === 0 && seconds > 0n)
      return fail(protocolError('encoding.range', 'seconds before the first block'))
    if (transactions > parts.length - taken) {
      return fail(protocolError('encoding.truncated', `block ${i} has ${transactions} transactions`))
    }
    time += seconds
    blocks.push({ time, deposits, ...bodyOf(parts.slice(taken, taken + transactions)) })
    taken += transactions
  }
  if (time > MAX_U64) return fail(protocolError('encoding.range', `time ${time}`))
  if (taken < parts.length) {
    return fail(protocolError('encoding.trailing', `${parts.length - taken} transactions of no block`))
  }
  if (table.subarray(reader.offset).some(byte => byte !== 0)) {
    return fail(protocolError('encoding.trailing', `a table of more than ${count} blocks`))
  }
  return ok(blocks)
}

/** `length ‖ transaction ‖ witness ‖ positions` of each transaction: views. */
function* partsOf({ body, bounds }: ShardBody): Generator<Uint8Array> {
  for (let i = 0; i < bounds.length; i += 2) {
    const end = i + 2 < bounds.length ? bounds[i + 2]! - LENGTH_BYTES : body.length
    yield body.subarray(bounds[i]! - LENGTH_BYTES, end)
  }
}

function bodyOf(parts: readonly Uint8Array[]): ShardBody {
  const bounds = new Uint32Array(2 * parts.length)
  let at = 0
  for (const [i, part] of parts.entries()) {
    const from = at + LENGTH_BYTES
    bounds[2 * i] = from
    bounds[2 * i + 1] = from + ((part[0]! << 16) | (part[1]! << 8) | part[2]!)
    at += part.length
  }
  return { body: Uint8Array.from(Buffer.concat(parts)), bounds }
}
