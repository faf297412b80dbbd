import {
  type DataMode,
  HASH_BYTES,
  MAX_CHECKPOINT_BLOBS,
  MAX_DA_COMMITMENTS,
  MAX_SHARD_BLOB_BYTES,
  MAX_SIGNED_TRANSACTION_BYTES,
  MAX_STEP_INPUTS,
  MAX_STEPS,
  POSITION_BYTES,
} from '@omg/protocol'
import { MAX_RELEASES } from './order/batch.ts'
import type { BatchSize } from './order/block.ts'
import { inputCount, isInstructionRecord, signedAt } from './record.ts'
import type { MappedRecord } from './types.ts'

const LENGTH_BYTES = 3

/** Room that packing may leave at the end of each shard: one transaction more would not have fitted. */
const SHARD_SLACK_BYTES = 3 + MAX_SIGNED_TRANSACTION_BYTES + MAX_STEPS * MAX_STEP_INPUTS * POSITION_BYTES
/** Most blob bytes that one order costs a block in settlements: it may stand in two, and be reduced once. */
const SETTLED_BYTES = 2 * 60 + 130
/** And what giving it back costs: a step, its input and position, new terms. */
const RELEASED_BYTES = 380

/** Shards that a checkpoint may use. In plasma mode one less than the tree has, so that a header can name the data of each. */
export const USABLE_SHARDS = {
  plasma: MAX_DA_COMMITMENTS,
  blob: MAX_CHECKPOINT_BLOBS,
} as const satisfies Record<DataMode, number>

/** Blob bytes that surely fit a checkpoint from a path on. */
export function checkpointRoom(path: number, daMode: DataMode): number {
  const shards = USABLE_SHARDS[daMode] - 1 - (path >>> 16)
  return shards * (MAX_SHARD_BLOB_BYTES - SHARD_SLACK_BYTES)
}

/**
 * Blob bytes that a proposer keeps free for the batches of a block. In plasma mode whatever they may come to; blobs would have no room
 * for anything else, so there half of them has to do, and batches that are more wait for a checkpoint of their own.
 */
export function batchRoom(size: BatchSize, daMode: DataMode): number {
  const most = batchBytesAtMost(size)
  return daMode === 'plasma' ? most : Math.min(most, Math.floor(checkpointRoom(0, 'blob') / 2))
}

/** Most blob bytes that batches of a size come to: orders that only rest cost nothing, however many they are. */
export function batchBytesAtMost({ settled, live }: BatchSize): number {
  return settled * SETTLED_BYTES + Math.min(live, MAX_RELEASES) * RELEASED_BYTES
}

/** `length u24 ‖ transaction ‖ witness ‖ Position × inputs`. */
export function blobBytes(record: MappedRecord): number {
  return LENGTH_BYTES + record.length - signedAt(record) + POSITION_BYTES * inputCount(record)
}

/** An upper bound for the blob bytes of an instruction once its inputs are filled in; exact for everything else. */
export function blobBytesAtMost(record: MappedRecord): number {
  const inputs = isInstructionRecord(record) ? MAX_STEPS * MAX_STEP_INPUTS : 0
  return blobBytes(record) + (HASH_BYTES + POSITION_BYTES) * inputs
}
