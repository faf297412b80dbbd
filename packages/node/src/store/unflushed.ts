import { ENTRY_BYTES, type Execution, inputCount, type Leaves, NODE_BYTES, recordInput } from '@omg/ledger'
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

/** The live outputs, as the ledger has them. */
export interface LiveOutputs {
  has(id: Uint8Array): boolean
  /** The entry of a live output. */
  get(id: Uint8Array): Uint8Array | undefined
}

/**
 * The blocks since the last flush. Whether an output that they made still lives is asked of the ledger when it matters,
 * so an output that was made and spent in between costs nothing and never reaches the tables.
 */
export class Unflushed {
  readonly #created: Uint8Array[] = []
  /** Table keys of outputs that leave the table. */
  readonly removed: Buffer[] = []
  readonly transactions = new HistoryBuffer()
  readonly spends = new HistoryBuffer()
  readonly blocks = new Map<number, BlockPlace>()
  readonly leaves = new Map<number, Buffer>()
  readonly checkpoints = new Map<number, StoredCheckpoint>()
  /** Rough size, which decides when to flush. */
  operations = 0
  /** Outputs made after this height have not reached the table. */
  readonly #flushedHeight: number

  constructor(flushedHeight: number) {
    this.#flushedHeight = flushedHeight
  }

  get isEmpty(): boolean {
    return this.blocks.size === 0 && this.checkpoints.size === 0
  }

  /** Call this before the ledger applies the block: it still has what the block spends. */
  add(execution: Execution, place: BlockPlace, live: LiveOutputs): void {
    const height = Number(execution.block.height)
    const { created, records, leaves } = execution
    this.#addSpent(execution.spent, live)
    if (created.length > 0) this.#created.push(created)
    for (let index = 0; index < records.length; index++) {
      const record = records[index]!
      this.transactions.add(record, 0, height, index)
      for (let i = 0; i < inputCount(record); i++) this.spends.add(recordInput(record, i), 0, height, index)
    }
    if (leaves.count > 0) this.leaves.set(height, encodeLeaves(execution))
    this.blocks.set(height, place)
    this.operations += 1 + records.length + created.length / ENTRY_BYTES
  }

  /** Entries that were made here and still live. */
  *living(live: LiveOutputs): Generator<Uint8Array> {
    for (const created of this.#created) {
      for (let at = 0; at < created.length; at += ENTRY_BYTES) {
        const entry = created.subarray(at, at + ENTRY_BYTES)
        if (live.has(entry)) yield entry
      }
    }
  }

  #addSpent(spent: Uint8Array, live: LiveOutputs): void {
    for (let at = 0; at < spent.length; at += 32) {
      const entry = live.get(spent.subarray(at, at + 32))
      if (!entry) throw new Error('a block spends an output that the ledger does not have')
      if (entryHeight(entry) <= this.#flushedHeight) this.removed.push(unspentKey(entry))
    }
  }
}

/** The height of the block that made an output: the u48 near the end of its entry. */
function entryHeight(entry: Uint8Array): number {
  let height = 0
  for (let i = 113; i < 119; i++) height = height * 256 + entry[i]!
  return height
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
