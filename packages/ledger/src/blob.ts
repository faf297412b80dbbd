import { fail, MAX_SHARD_BLOB_BYTES, MAX_SHARD_LEAVES, ok, protocolError, type Result } from '@omg/protocol'
import { delimitBody } from './block.ts'
import type { Block } from './types.ts'

/** Bytes of an EIP-4844 blob: 4096 field elements. */
export const BLOB_BYTES = 131_072
const FIELD_ELEMENT_BYTES = 32
/** The first byte of a field element stays zero, so that it is below the field's modulus whatever the others are. */
const USABLE_BYTES = 31
const LENGTH_BYTES = 3

/** The transactions of one shard: as the body of a block is laid out, and delimited like it. */
export interface ShardBody {
  /** `{length u24 ‖ transaction ‖ witness ‖ Position × inputs} × n` in the order of the leaves. */
  readonly body: Uint8Array
  /** As in a {@link Block}: feed both to `MapPool.map`. */
  readonly bounds: Uint32Array
}

/**
 * The shards of a checkpoint that have leaves, in order, as the blob bytes of each, from all of its blocks in order. It packs as
 * the ledger does: see docs/encoding.md, "Leaf, tree, lanes".
 */
export function shardBodies(blocks: Iterable<Pick<Block, 'body' | 'bounds'>>): Uint8Array[] {
  const shards: Uint8Array[] = []
  const open = { parts: [] as Uint8Array[], bytes: 0, leaves: 0 }
  const close = () => {
    shards.push(Buffer.concat(open.parts))
    Object.assign(open, { parts: [], bytes: 0, leaves: 0 })
  }
  for (const { body, bounds } of blocks) {
    for (let i = 0; i < bounds.length; i += 2) {
      const end = i + 2 < bounds.length ? bounds[i + 2]! - LENGTH_BYTES : body.length
      const part = body.subarray(bounds[i]! - LENGTH_BYTES, end)
      if (open.leaves === MAX_SHARD_LEAVES || open.bytes + part.length > MAX_SHARD_BLOB_BYTES) close()
      open.parts.push(part)
      open.bytes += part.length
      open.leaves++
    }
  }
  if (open.leaves > 0) close()
  return shards
}

/** A shard's bytes as a blob. Throws `encoding.too_long` for more than one holds. */
export function encodeBlob(body: Uint8Array): Uint8Array {
  if (body.length > MAX_SHARD_BLOB_BYTES) {
    throw protocolError('encoding.too_long', `${body.length} bytes in a shard`)
  }
  const blob = new Uint8Array(BLOB_BYTES)
  for (let from = 0, to = 1; from < body.length; from += USABLE_BYTES, to += FIELD_ELEMENT_BYTES) {
    blob.set(body.subarray(from, from + USABLE_BYTES), to)
  }
  return blob
}

/**
 * A blob as the transactions of its shard, strictly: every blob that this takes is `encodeBlob` of what it returns (A24). The
 * transactions are delimited, not decoded (the map stage does that). Errors: `encoding.truncated`, `.trailing`, `.kind`, `.range`.
 */
export function decodeBlob(blob: Uint8Array): Result<ShardBody> {
  if (blob.length < BLOB_BYTES) return fail(protocolError('encoding.truncated', `${blob.length} bytes`))
  if (blob.length > BLOB_BYTES) return fail(protocolError('encoding.trailing', `${blob.length} bytes`))
  const bytes = new Uint8Array(MAX_SHARD_BLOB_BYTES)
  for (let from = 0, to = 0; from < BLOB_BYTES; from += FIELD_ELEMENT_BYTES, to += USABLE_BYTES) {
    if (blob[from] !== 0) {
      const message = `field element ${from / FIELD_ELEMENT_BYTES} has more than ${USABLE_BYTES} bytes`
      return fail(protocolError('encoding.range', message))
    }
    bytes.set(blob.subarray(from + 1, from + FIELD_ELEMENT_BYTES), to)
  }
  const shard = delimitBody(bytes)
  if (!shard.ok) return shard
  const { bounds, end } = shard.value
  const count = bounds.length / 2
  if (count === 0) return fail(protocolError('encoding.truncated', 'a shard without transactions'))
  if (count > MAX_SHARD_LEAVES) return fail(protocolError('encoding.range', `${count} transactions`))
  const padding = bytes.subarray(end).findIndex(byte => byte !== 0)
  if (padding >= 0) return fail(protocolError('encoding.trailing', `byte ${end + padding} is not zero`))
  return ok({ body: bytes.subarray(0, end), bounds })
}
