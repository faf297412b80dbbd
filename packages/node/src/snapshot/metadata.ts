import { fromHex, type Hash, toHex } from '@omg/protocol'
import type { Snapshot } from '../engines/engine.ts'
import { HASH_BYTES, MAX_CHUNKS, sha256 } from './chunks.ts'

/** Version of the bytes of a snapshot. */
export const FORMAT = 1

/** What a snapshot says of its chunks. */
export interface Metadata {
  /** Of the ledger, at the height of the snapshot. */
  readonly appHash: Hash
  /** The first so many chunks are the state, which the app hash of the engine commits to; the others are the blocks behind it. */
  readonly stateChunks: number
  /** sha256 of each chunk. */
  readonly chunks: readonly Hash[]
}

/** `app hash of the ledger 32 ‖ state chunks u32 ‖ sha256 of each chunk`. */
export function metadataOf(appHash: Hash, stateChunks: number, chunks: readonly Hash[]): Buffer {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(stateChunks)
  return Buffer.concat([fromHex(appHash), count, ...chunks.map(hash => fromHex(hash))])
}

/** What a peer offers, if it is a snapshot of the block with this app hash; undefined otherwise. Nothing in it has to be believed. */
export function readOffer(
  { format, chunks, hash, metadata }: Snapshot,
  trusted: Uint8Array,
): Metadata | undefined {
  const bytes = Buffer.from(metadata)
  const head = HASH_BYTES + 4
  if (format !== FORMAT || chunks < 2 || chunks > MAX_CHUNKS || bytes.length !== head + HASH_BYTES * chunks) {
    return undefined
  }
  const stateChunks = bytes.readUInt32BE(HASH_BYTES)
  if (stateChunks < 1 || stateChunks >= chunks || !sha256(bytes).equals(hash)) return undefined
  const hashes = bytes.subarray(head)
  const digest = sha256(hashes.subarray(0, HASH_BYTES * stateChunks))
  const appHash = bytes.subarray(0, HASH_BYTES)
  if (!sha256(appHash, digest).equals(trusted)) return undefined
  return {
    ...{ appHash: toHex(appHash) as Hash, stateChunks },
    chunks: Array.from({ length: chunks }, (_, i) =>
      toHex(hashes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1))),
    ) as Hash[],
  }
}
