import { ENTRY_BYTES, type Execution, inputCount, type Leaves, NODE_BYTES, recordInput } from '@omg/ledger'
import { type Key, keyOf } from '../mempool/pending.ts'
import type { StoredCheckpoint } from './checkpoints.ts'
import { HistoryBuffer } from './history.ts'
import type { BlockPlace } from './places.ts'

/** Node, path and transaction hash. */
const LEAF_BYTES = NODE_BYTES + 4 + 32

/** Key of the unspent table from an entry: what stands first is listed together. */
export function unspentKey(entry: Uint8Array, at = 0): Buffer {
  const key = Buffer.allocUnsafe(84)
  key.set(entry.subarray(at + 33, at + 85))
  key.set(entry.subarray(at, at + 32), 52)
  return key
}

/** `type u8 ‖ amount u128 ‖ position 12 ‖ height u48`. */
export function unspentValue(entry: Uint8Array, at = 0): Buffer {
  const value = Buffer.allocUnsafe(35)
  value[0] = entry[at + 32]!
  value.set(entry.subarray(at + 85, at + 119), 1)
  return value
}

/** The entry again, from key and value. */
export function unspentEntry(key: Uint8Array, value: Uint8Array): Uint8Array {
  const entry = new Uint8Array(ENTRY_BYTES)
  entry.set(key.subarray(52), 0)
  entry[32] = value[0]!
  entry.set(key.subarray(0, 52), 33)
  entry.set(value.subarray(1), 85)
  return entry
}

/**
 * Net effect of the blocks since the last flush: an output that was made and spent in between never reaches the
 * tables. Readers look here first.
 */
export class Unflushed {
  readonly created = new Map<Key, Uint8Array>()
  /** Ids that leave the table, with their table keys. */
  readonly removed = new Map<Key, Buffer>()
  readonly transactions = new HistoryBuffer()
  readonly spends = new HistoryBuffer()
  readonly blocks = new Map<number, BlockPlace>()
  readonly leaves = new Map<number, Buffer>()
  readonly checkpoints = new Map<number, StoredCheckpoint>()
  /** Rough size, which decides when to flush. */
  operations = 0

  get isEmpty(): boolean {
    return this.blocks.size === 0 && this.checkpoints.size === 0
  }

  /** `entryOf` finds the entry of an output that the block spends; call this before the ledger applies the block. */
  add(execution: Execution, place: BlockPlace, entryOf: (id: Uint8Array) => Uint8Array | undefined): void {
    const height = Number(execution.block.height)
    this.#addSpent(execution.spent, entryOf)
    const { created } = execution
    for (let at = 0; at < created.length; at += ENTRY_BYTES) {
      this.created.set(keyOf(created.subarray(at)), created.subarray(at, at + ENTRY_BYTES))
    }
    execution.records.forEach((record, index) => {
      this.transactions.add(record, height, index)
      for (let i = 0; i < inputCount(record); i++) this.spends.add(recordInput(record, i), height, index)
    })
    if (execution.leaves.count > 0) this.leaves.set(height, encodeLeaves(execution))
    this.blocks.set(height, place)
    this.operations += 1 + execution.records.length + created.length / ENTRY_BYTES
  }

  #addSpent(spent: Uint8Array, entryOf: (id: Uint8Array) => Uint8Array | undefined): void {
    for (let at = 0; at < spent.length; at += 32) {
      const id = spent.subarray(at, at + 32)
      const key = keyOf(id)
      if (this.created.delete(key)) continue
      const entry = entryOf(id)
      if (!entry) throw new Error('a block spends an output that the ledger does not have')
      this.removed.set(key, unspentKey(entry))
    }
  }
}

/** What is kept of each transaction of a block: its leaf, and its hash. */
export interface StoredLeaves extends Leaves {
  /** 32 bytes each. */
  readonly txHashes: Uint8Array
}

function encodeLeaves({ leaves, records }: Execution): Buffer {
  const { count, nodes } = leaves
  const bytes = Buffer.allocUnsafe(LEAF_BYTES * count)
  bytes.set(nodes.subarray(0, NODE_BYTES * count))
  leaves.paths.forEach((path, i) => {
    bytes.writeUInt32BE(path, NODE_BYTES * count + 4 * i)
  })
  records.forEach((record, i) => {
    bytes.set(record.subarray(0, 32), (NODE_BYTES + 4) * count + 32 * i)
  })
  return bytes
}

export function decodeLeaves(bytes: Buffer): StoredLeaves {
  const count = bytes.length / LEAF_BYTES
  const pathsAt = NODE_BYTES * count
  const hashesAt = pathsAt + 4 * count
  const paths = Uint32Array.from({ length: count }, (_, i) => bytes.readUInt32BE(pathsAt + 4 * i))
  return { count, nodes: bytes.subarray(0, pathsAt), paths, txHashes: bytes.subarray(hashesAt) }
}
