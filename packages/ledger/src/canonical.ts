import { HASH_BYTES } from '@omg/protocol'
import type { MappedRecord } from './types.ts'

/** The order of a block: the FEE transaction, then by level, then by hash (docs/encoding.md, "Leaf, tree, lanes"). */
export function canonicalOrder(
  { records, levels }: { readonly records: readonly MappedRecord[]; readonly levels: readonly number[] },
  hasFee: boolean,
): Uint32Array {
  const order = hashOrder(records, hasFee ? 1 : 0)
  // Stable, so within a level the hashes stay in order.
  if (levels.some(level => level > 0)) order.subarray(hasFee ? 1 : 0).sort((a, b) => levels[a]! - levels[b]!)
  return order
}

/**
 * Numbers of the records by hash; those before `first` stay where they are. The first five bytes of each hash and its number are
 * packed in one u64, so that the engine's own sort does the work, and only hashes that begin alike are compared.
 */
function hashOrder(records: readonly MappedRecord[], first: number): Uint32Array {
  const keys = new BigUint64Array(records.length)
  const words = new Uint32Array(keys.buffer)
  for (let i = first; i < records.length; i++) {
    const record = records[i]!
    // Little-endian halves of `prefix u40 ‖ number u24`: a checkpoint has at most 2^24 leaves.
    words[2 * i + 1] = ((record[0]! << 24) | (record[1]! << 16) | (record[2]! << 8) | record[3]!) >>> 0
    words[2 * i] = ((record[4]! << 24) | i) >>> 0
  }
  keys.subarray(first).sort()
  const order = Uint32Array.from(keys, (_, i) => (i < first ? i : words[2 * i]! & 0xff_ffff))
  const begin = (i: number) => words[2 * i + 1]! * 256 + (words[2 * i]! >>> 24)
  for (let from = first, i = first + 1; i <= order.length; i++) {
    if (i < order.length && begin(i) === begin(from)) continue
    if (i - from > 1) order.subarray(from, i).sort((a, b) => compareHashes(records[a]!, records[b]!))
    from = i
  }
  return order
}

/** By hash, which is the first 32 bytes of a record. */
export function compareHashes(a: MappedRecord, b: MappedRecord): number {
  for (let i = 0; i < HASH_BYTES; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}
