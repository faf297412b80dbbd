import { ENTRY_BYTES, type Execution, inputCount, type Leaves, NODE_BYTES, recordInput } from '@omg/ledger'
import type { StoredCheckpoint } from './checkpoints.ts'
import { HistoryBuffer } from './history.ts'
import type { BlockPlace } from './places.ts'
import type { LiveOutputs } from './unspent.ts'

/** Node, path and transaction hash. */
const LEAF_BYTES = NODE_BYTES + 4 + 32

/**
 * The blocks since the last flush. Whether an output that they made still lives is asked of the ledger when it matters,
 * so an output that was made and spent in between costs nothing and never reaches the tables.
 */
export class Unflushed {
  readonly #created: Uint8Array[] = []
  /** Entries that leave the table. */
  readonly removed: Uint8Array[] = []
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
      if (entryHeight(entry) <= this.#flushedHeight) this.removed.push(entry)
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
