import {
  ENTRY_BYTES,
  type Execution,
  inputPlaces,
  isDerivingRecord,
  type Leaves,
  logOrderRecords,
  MAX_RECORD_INPUTS,
  NODE_BYTES,
  OrderRecordLog,
} from '@omg/ledger'
import { fromHex, OutputType } from '@omg/protocol'
import type { StoredCheckpoint } from './checkpoints.ts'
import { HistoryBuffer } from './history.ts'
import type { BlockPlace } from './places.ts'
import { type LiveOutputs, matchesQuery, PARTITION_AT, REMOVAL_BYTES, type UnspentQuery } from './unspent.ts'

const ID_BYTES = 32
/** Where an entry has its height, a u48. */
const HEIGHT_AT = 113
/** And its output, the sequence u32 of its position, and the path u24 behind it. */
const OUTPUT_AT = 32
const SEQUENCE_AT = 105
const PATH_AT = 109
/** Node, path and transaction hash. */
const LEAF_BYTES = NODE_BYTES + 4 + 32

/**
 * The blocks since the last flush. Whether an output that they made still lives is asked of the ledger when it matters,
 * so an output that was made and spent in between costs nothing and never reaches the tables.
 */
export class Unflushed {
  readonly #created: Uint8Array[] = []
  /** What leaves the table, `id ‖ partition` each, one list per block. */
  readonly removed: Uint8Array[] = []
  readonly transactions = new HistoryBuffer()
  readonly spends = new HistoryBuffer()
  readonly instructions = new HistoryBuffer()
  readonly blocks = new Map<number, BlockPlace>()
  readonly leaves = new Map<number, Buffer>()
  readonly derived = new Map<number, Buffer>()
  readonly checkpoints = new Map<number, StoredCheckpoint>()
  /** Records of the order state that changed. */
  readonly orders = new OrderRecordLog()
  /** Rough size, which decides when to flush. */
  operations = 0
  /** Outputs made after this height have not reached the table. */
  readonly #flushedHeight: number
  /** Scratch. */
  readonly #height = Buffer.alloc(6)
  readonly #places = new Uint32Array(MAX_RECORD_INPUTS)

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
      const inputs = inputPlaces(record, this.#places)
      for (let i = 0; i < inputs; i++) this.spends.add(record, this.#places[i]!, height, index)
    }
    if (leaves.count > 0) this.leaves.set(height, encodeLeaves(execution))
    this.blocks.set(height, place)
    const derived = derivedCoins(execution)
    if (derived.length > 0) this.derived.set(height, derived)
    for (const hash of execution.orders.instructions.keys()) {
      this.instructions.add(fromHex(hash), 0, height, 0)
    }
    const recorded = this.orders.count
    logOrderRecords(execution.orders, this.orders)
    this.operations += 1 + records.length + created.length / ENTRY_BYTES + this.orders.count - recorded
  }

  /** Entries that were made here and still live, side by side. */
  living(live: LiveOutputs): Uint8Array {
    const found = Buffer.allocUnsafe(this.#created.reduce((sum, { length }) => sum + length, 0))
    let length = 0
    for (const created of this.#created) {
      for (let at = 0; at < created.length; at += ENTRY_BYTES) {
        if (live.find(created, at) < 0) continue
        for (let i = 0; i < ENTRY_BYTES; i++) found[length + i] = created[at + i]!
        length += ENTRY_BYTES
      }
    }
    return found.subarray(0, length)
  }

  /** Those of an owner, in no order. */
  list({ guard, token, after }: UnspentQuery, live: LiveOutputs): Uint8Array[] {
    const found: Uint8Array[] = []
    for (const created of this.#created) {
      for (let at = 0; at < created.length; at += ENTRY_BYTES) {
        const entry = created.subarray(at, at + ENTRY_BYTES)
        if (matchesQuery(entry, guard, token, after) && live.find(created, at) >= 0) found.push(entry)
      }
    }
    return found
  }

  #addSpent(spent: Uint8Array, live: LiveOutputs): void {
    const removed = Buffer.allocUnsafe((spent.length / ID_BYTES) * REMOVAL_BYTES)
    let end = 0
    for (let at = 0; at < spent.length; at += ID_BYTES) {
      const ref = live.find(spent, at)
      if (ref < 0) throw new Error('a block spends an output that the ledger does not have')
      live.copyPart(ref, HEIGHT_AT, 6, this.#height, 0)
      if (this.#height.readUIntBE(0, 6) > this.#flushedHeight) continue
      live.copyPart(ref, 0, ID_BYTES, removed, end)
      live.copyPart(ref, PARTITION_AT, 1, removed, end + ID_BYTES)
      end += REMOVAL_BYTES
    }
    if (end > 0) this.removed.push(removed.subarray(0, end))
  }
}

/** Entries of the COINs that a MOVE or SETTLE made: what its inputs were decides what they are. */
function derivedCoins({ records, created, leaves }: Execution): Buffer {
  const derived = records.map(record => isDerivingRecord(record))
  if (!derived.includes(true)) return Buffer.alloc(0)
  const indexOf = new Map(Array.from(leaves.paths.subarray(0, leaves.count), (path, i) => [path, i]))
  const coins: Uint8Array[] = []
  for (let at = 0; at < created.length; at += ENTRY_BYTES) {
    if (created[at + OUTPUT_AT] !== OutputType.coin || isDepositEntry(created, at)) continue
    const path =
      (created[at + PATH_AT]! << 16) | (created[at + PATH_AT + 1]! << 8) | created[at + PATH_AT + 2]!
    if (derived[indexOf.get(path)!]) coins.push(created.subarray(at, at + ENTRY_BYTES))
  }
  return Buffer.concat(coins)
}

/** A deposit's position has a sequence; that of an output of a transaction has none. */
function isDepositEntry(entries: Uint8Array, at: number): boolean {
  for (let i = SEQUENCE_AT; i < PATH_AT; i++) if (entries[at + i] !== 0) return true
  return false
}

/** What is kept of each transaction of a block: its leaf, and its hash. */
export interface StoredLeaves extends Leaves {
  /** 32 bytes each. */
  readonly txHashes: Uint8Array
}

function encodeLeaves({ leaves, records }: Execution): Buffer {
  const { count, nodes, paths } = leaves
  const bytes = Buffer.allocUnsafe(LEAF_BYTES * count)
  bytes.set(nodes.subarray(0, NODE_BYTES * count))
  let at = NODE_BYTES * count
  for (let i = 0; i < count; i++) at = bytes.writeUInt32BE(paths[i]!, at)
  // A record starts with its hash.
  for (const record of records) for (let b = 0; b < ID_BYTES; b++) bytes[at++] = record[b]!
  return bytes
}

export function decodeLeaves(bytes: Buffer): StoredLeaves {
  const count = bytes.length / LEAF_BYTES
  const pathsAt = NODE_BYTES * count
  const hashesAt = pathsAt + 4 * count
  const paths = Uint32Array.from({ length: count }, (_, i) => bytes.readUInt32BE(pathsAt + 4 * i))
  return { count, nodes: bytes.subarray(0, pathsAt), paths, txHashes: bytes.subarray(hashesAt) }
}
