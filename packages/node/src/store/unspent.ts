import { ENTRY_BYTES } from '@omg/ledger'
import type { Database } from 'lmdb'

/** Runs of one partition before they are merged into one. */
export const RUN_FANOUT = 16
/** Changes that a partition collects before its size decides about merging. */
const MINIMUM_CHANGES = 64
/** Where the guard stands in an entry (after the id and the type), and where the owner's address begins. */
const GUARD_AT = 33
const OWNER_AT = GUARD_AT + 12
/** The first byte of the owner chooses the partition. */
export const PARTITION_AT = OWNER_AT
const HEAD_BYTES = 4
const ID_BYTES = 32

/** The live outputs, as the ledger has them: its `UnspentSet`. Nothing here allocates. */
export interface LiveOutputs {
  /** Where the output is whose id stands at `bytes[at]`; below zero if it is not live. */
  find(bytes: Uint8Array, at: number): number
  /** Copies bytes `from .. from + length` of the entry that was found. */
  copyPart(ref: number, from: number, length: number, target: Uint8Array, at: number): void
}

/** What leaves the table: `id 32 ‖ partition u8`. */
export const REMOVAL_BYTES = 33

export interface UnspentQuery {
  /** 32 bytes. */
  guard: Uint8Array
  /** 20 bytes; undefined lists all tokens. */
  token: Uint8Array | undefined
  /** List ids greater than this one. */
  after: Uint8Array | undefined
  limit: number
}

type RunKey = [partition: number, sequence: number]

/**
 * The unspent set on disk, by owner: 256 partitions of sorted runs over LMDB. A flush adds one run to each partition
 * that it touches; a partition whose runs have grown is rewritten without what has been spent. So a live output costs a
 * few sequential copies in its life, where one put into a tree of random keys costs more than a third of a signature check.
 *
 * A run is `n u32 ‖ entry 120 × n ‖ id 32 × removed`; entries stand by the next two bytes of the owner and three of the id.
 */
export class UnspentTable {
  readonly #database: Database<Buffer, RunKey>

  constructor(database: Database<Buffer, RunKey>) {
    this.#database = database
  }

  /** All entries that were live at the last flush. */
  *load(): Generator<Uint8Array> {
    let removed = new Set<string>()
    let partition = -1
    // Newest first: an entry stands before the run that removes it.
    for (const { key, value } of this.#database.getRange({ reverse: true })) {
      if (key[0] !== partition) {
        partition = key[0]
        removed = new Set()
      }
      const run = new Run(value)
      for (const id of run.removed()) removed.add(id.toString('latin1'))
      for (const entry of run.entries()) {
        if (removed.size === 0 || !removed.has(entry.toString('latin1', 0, ID_BYTES))) yield entry
      }
    }
  }

  /** Adds one flush. To be called inside a batch, while `live` stands at the state of the flush. */
  write(created: readonly Uint8Array[], removals: readonly Uint8Array[], live: LiveOutputs): void {
    const partitions = new Map<number, { created: Uint8Array[]; removed: Uint8Array[] }>()
    const changesOf = (partition: number) => {
      const changes = partitions.get(partition) ?? { created: [], removed: [] }
      partitions.set(partition, changes)
      return changes
    }
    for (const entry of created) changesOf(entry[PARTITION_AT]!).created.push(entry)
    for (const list of removals) {
      for (let at = 0; at < list.length; at += REMOVAL_BYTES) {
        changesOf(list[at + ID_BYTES]!).removed.push(list.subarray(at, at + ID_BYTES))
      }
    }
    for (const [partition, changes] of partitions)
      this.#append(partition, changes.created, changes.removed, live)
  }

  /** Entries of an owner in order of their ids, at most `limit`. */
  list({ guard, token, after, limit }: UnspentQuery, live: LiveOutputs): Uint8Array[] {
    const partition = guard[12]!
    const found: Uint8Array[] = []
    for (const { value } of this.#runs(partition)) {
      const run = new Run(value)
      let matches = 0
      let last = -1
      for (let i = run.lowerBound(guard, after); i < run.count; i++) {
        const entry = run.entry(i)
        const order = idOrder(entry)
        if (!sameOwnerOrder(entry, guard) || (matches >= limit && order > last)) break
        if (!matchesQuery(entry, guard, token, after) || live.find(entry, 0) < 0) continue
        found.push(entry)
        matches++
        last = order
      }
    }
    return found
  }

  #append(
    partition: number,
    created: readonly Uint8Array[],
    removed: readonly Uint8Array[],
    live: LiveOutputs,
  ): void {
    const runs = [...this.#runs(partition)]
    const sizes = runs.map(({ value }) => value.length / ENTRY_BYTES)
    const changes = created.length + removed.length / 4 + sizes.slice(1).reduce((sum, size) => sum + size, 0)
    const isDue = changes > MINIMUM_CHANGES && changes > (sizes[0] ?? 0) / 2
    if (runs.length < RUN_FANOUT && !(isDue && runs.length > 0)) {
      const sequence = (runs.at(-1)?.key[1] ?? -1) + 1
      this.#database.put([partition, sequence], encodeRun(created, removed))
      return
    }
    const entries = [...created]
    for (const { key, value } of runs) {
      for (const entry of new Run(value).entries()) if (live.find(entry, 0) >= 0) entries.push(entry)
      this.#database.remove(key)
    }
    this.#database.put([partition, 0], encodeRun(entries, []))
  }

  #runs(partition: number) {
    return this.#database.getRange({ start: [partition, 0], end: [partition + 1, 0] })
  }
}

/** Does an entry belong to the answer of a query? */
export function matchesQuery(
  entry: Uint8Array,
  guard: Uint8Array,
  token: Uint8Array | undefined,
  after: Uint8Array | undefined,
): boolean {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, ENTRY_BYTES)
  if (bytes.compare(guard, 0, 32, GUARD_AT, GUARD_AT + 32) !== 0) return false
  if (token && bytes.compare(token, 0, 20, GUARD_AT + 32, GUARD_AT + 52) !== 0) return false
  return !after || bytes.compare(after, 0, ID_BYTES, 0, ID_BYTES) > 0
}

class Run {
  readonly count: number
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.count = bytes.readUInt32BE(0)
  }

  entry(i: number): Buffer {
    const at = HEAD_BYTES + ENTRY_BYTES * i
    return this.#bytes.subarray(at, at + ENTRY_BYTES)
  }

  *entries(): Generator<Buffer> {
    for (let i = 0; i < this.count; i++) yield this.entry(i)
  }

  *removed(): Generator<Buffer> {
    for (let at = HEAD_BYTES + ENTRY_BYTES * this.count; at < this.#bytes.length; at += ID_BYTES) {
      yield this.#bytes.subarray(at, at + ID_BYTES)
    }
  }

  /** First entry that does not stand before this owner and id. */
  lowerBound(guard: Uint8Array, after: Uint8Array | undefined): number {
    const wanted = ((guard[13]! << 8) | guard[14]!) * 2 ** 24 + (after ? idOrder(after) : 0)
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = this.entry(middle)
      if (ownerOrder(entry) * 2 ** 24 + idOrder(entry) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

const ownerOrder = (entry: Uint8Array) => (entry[OWNER_AT + 1]! << 8) | entry[OWNER_AT + 2]!
const idOrder = (entry: Uint8Array) => (entry[0]! << 16) | (entry[1]! << 8) | entry[2]!
const sameOwnerOrder = (entry: Uint8Array, guard: Uint8Array) =>
  ownerOrder(entry) === ((guard[13]! << 8) | guard[14]!)

/** Order and number of each entry packed in one u64, so that the engine's own sort does the work. */
function encodeRun(entries: readonly Uint8Array[], removed: readonly Uint8Array[]): Buffer {
  const keys = new BigUint64Array(entries.length)
  const words = new Uint32Array(keys.buffer)
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!
    // Little-endian halves of `owner u16 ‖ id u24 ‖ number u24`.
    words[2 * i + 1] = ((ownerOrder(entry) << 16) | (entry[0]! << 8) | entry[1]!) >>> 0
    words[2 * i] = ((entry[2]! << 24) | i) >>> 0
  }
  keys.sort()
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + ENTRY_BYTES * entries.length + ID_BYTES * removed.length)
  bytes.writeUInt32BE(entries.length)
  let at = HEAD_BYTES
  for (let i = 0; i < entries.length; i++, at += ENTRY_BYTES)
    bytes.set(entries[words[2 * i]! & 0xff_ffff]!, at)
  for (const id of removed) {
    bytes.set(id, at)
    at += ID_BYTES
  }
  return bytes
}
