import { type DataMode, MAX_SHARD_BLOB_BYTES, MAX_SHARD_LEAVES } from '@omg/protocol'
import type { Mapper } from './map.ts'
import type { OrderBlock } from './order/block.ts'
import type { KeptChecks } from './order/check.ts'
import type { FreshOutput, Placement } from './order/touched.ts'
import type { PaymentRules } from './payment.ts'
import { blobBytes, USABLE_SHARDS } from './room.ts'
import type { Leaves, LockedOutputs, MappedRecord, Tip } from './types.ts'
import type { UnspentSet } from './unspent.ts'

/** What `Draft.layOut` yields: everything that depends on where transactions stand. */
export interface Layout {
  readonly records: readonly MappedRecord[]
  readonly leaves: Leaves
  readonly body: Uint8Array
  readonly bounds: Uint32Array
  readonly spent: Uint8Array
  readonly created: Uint8Array
  /** Which of them the order state will hold, by number, as far as that is known. */
  readonly fresh: readonly (FreshOutput | undefined)[]
  /** The place of an output under a guard of orders. */
  readonly positionOf: Placement
  readonly nextPath: number
  readonly shardBytes: number
}

/** What a draft is made on, and with. */
export interface DraftParts {
  readonly unspent: UnspentSet
  readonly orders: OrderBlock
  readonly rules: PaymentRules
  readonly map: Mapper
  readonly locked: LockedOutputs
  /** Of this tip, locks and exchange. */
  readonly kept?: KeptChecks | undefined
}

const TREE_SHARDS = 256

/** Where records go: the path of each place of the order, the path of each record, and where the next block goes on. */
export interface Packed {
  readonly paths: Uint32Array
  readonly pathOf: Uint32Array
  readonly nextPath: number
  readonly shardBytes: number
}

/**
 * Packs records into shards in the order of `order`, from the tip's next path on (docs/encoding.md, "Leaf, tree, lanes").
 * Undefined if the checkpoint, whose data comes in this mode, has no room for them.
 */
export function packRecords(
  records: readonly MappedRecord[],
  order: Uint32Array,
  tip: Pick<Tip, 'nextPath' | 'shardBytes'>,
  daMode: DataMode,
): Packed | undefined {
  const count = order.length
  const paths = new Uint32Array(count)
  const pathOf = new Uint32Array(count)
  const shards = daMode === 'blob' ? USABLE_SHARDS.blob : TREE_SHARDS
  let path = tip.nextPath
  let shardBytes = tip.shardBytes
  for (let i = 0; i < count; i++) {
    const bytes = blobBytes(records[order[i]!]!)
    if (shardBytes + bytes > MAX_SHARD_BLOB_BYTES) path = ((path >>> 16) + 1) << 16
    if ((path & (MAX_SHARD_LEAVES - 1)) === 0) shardBytes = 0
    if (path >>> 16 >= shards) return undefined
    paths[i] = path
    pathOf[order[i]!] = path
    path++
    shardBytes += bytes
  }
  return { paths, pathOf, nextPath: path, shardBytes }
}
