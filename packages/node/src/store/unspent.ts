import { copyRow, ENTRY_BYTES } from '@omg/ledger'
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
const PARTITIONS = 256
const HEAD_BYTES = 4
const ID_BYTES = 32
const NOTHING = new Uint8Array(0)

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
 * that it touches; a partition that has doubled is rewritten without what has been spent. So a live output costs a
 * few sequential copies in its life, where one put into a tree of random keys costs more than a third of a signature check.
 *
 * A run is `n u32 ‖ entry 120 × n ‖ id 32 × removed`; entries stand by the next two bytes of the owner and three of the id.
 */
export class UnspentTable {
  readonly #database: Database<Buffer, RunKey>
  #scratch: Uint8Array = NOTHING

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

  /**
   * Adds one flush: entries that join, and removals ({@link REMOVAL_BYTES}), side by side. To be called inside a batch, while
   * `live` stands at the state of the flush.
   */
  write(created: Uint8Array, removals: Uint8Array, live: LiveOutputs): void {
    const joining = byPartition(created, ENTRY_BYTES, PARTITION_AT)
    const leaving = byPartition(removals, REMOVAL_BYTES, ID_BYTES)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const [entries, removed] = [joining[partition]!, leaving[partition]!]
      if (entries.length + removed.length > 0) this.#append(partition, entries, removed, live)
    }
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

  #append(partition: number, created: Uint8Array, removed: Uint8Array, live: LiveOutputs): void {
    const runs = [...this.#runs(partition)]
    const sizes = runs.map(({ value }) => value.length / ENTRY_BYTES)
    const added = created.length / ENTRY_BYTES + removed.length / REMOVAL_BYTES / 4
    const changes = added + sizes.slice(1).reduce((sum, size) => sum + size, 0)
    const isDue = changes > MINIMUM_CHANGES && changes > (sizes[0] ?? 0)
    if (runs.length < RUN_FANOUT && !(isDue && runs.length > 0)) {
      const sequence = (runs.at(-1)?.key[1] ?? -1) + 1
      this.#database.put([partition, sequence], encodeRun(created, removed))
      return
    }
    const entries = this.#room(runs.reduce((sum, { value }) => sum + value.length, created.length))
    entries.set(created)
    let length = created.length
    for (const { key, value } of runs) {
      length = new Run(value).copyLiving(live, entries, length)
      this.#database.remove(key)
    }
    this.#database.put([partition, 0], encodeRun(entries.subarray(0, length), NOTHING))
  }

  /** Memory for a merge, used again by the next: fresh pages cost more than what is copied into them. */
  #room(bytes: number): Uint8Array {
    if (this.#scratch.length < bytes) this.#scratch = Buffer.allocUnsafeSlow(2 * bytes)
    return this.#scratch
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

  /** Copies the entries that are live to `target[to]` and on; returns where they end. */
  copyLiving(live: LiveOutputs, target: Uint8Array, to: number): number {
    let end = to
    for (let i = 0, at = HEAD_BYTES; i < this.count; i++, at += ENTRY_BYTES) {
      if (live.find(this.#bytes, at) < 0) continue
      copyRow(this.#bytes, at, target, end, ENTRY_BYTES)
      end += ENTRY_BYTES
    }
    return end
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

/** Sorts entries into a run. Order and number of each are packed in one u64, so that the engine's own sort does the work. */
function encodeRun(entries: Uint8Array, removed: Uint8Array): Buffer {
  const count = entries.length / ENTRY_BYTES
  const keys = new BigUint64Array(count)
  const words = new Uint32Array(keys.buffer)
  for (let i = 0, at = 0; i < count; i++, at += ENTRY_BYTES) {
    const order = (entries[at + OWNER_AT + 1]! << 8) | entries[at + OWNER_AT + 2]!
    // Little-endian halves of `owner u16 ‖ id u24 ‖ number u24`.
    words[2 * i + 1] = ((order << 16) | (entries[at]! << 8) | entries[at + 1]!) >>> 0
    words[2 * i] = ((entries[at + 2]! << 24) | i) >>> 0
  }
  keys.sort()
  const ids = removed.length / REMOVAL_BYTES
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + entries.length + ID_BYTES * ids)
  let to = bytes.writeUInt32BE(count)
  for (let i = 0; i < count; i++, to += ENTRY_BYTES)
    copyRow(entries, (words[2 * i]! & 0xff_ffff) * ENTRY_BYTES, bytes, to, ENTRY_BYTES)
  for (let i = 0; i < ids; i++, to += ID_BYTES) copyRow(removed, i * REMOVAL_BYTES, bytes, to, ID_BYTES)
  return bytes
}

/** Rows of one length, by the byte at `keyAt` of each. */
function byPartition(rows: Uint8Array, rowBytes: number, keyAt: number): Uint8Array[] {
  const ends = new Uint32Array(PARTITIONS)
  for (let at = keyAt; at < rows.length; at += rowBytes) ends[rows[at]!]! += rowBytes
  for (let p = 1; p < PARTITIONS; p++) ends[p]! += ends[p - 1]!
  const starts = ends.map((_, p) => (p === 0 ? 0 : ends[p - 1]!))
  const next = starts.slice()
  const grouped = Buffer.allocUnsafe(rows.length)
  for (let at = 0; at < rows.length; at += rowBytes) {
    const p = rows[at + keyAt]!
    copyRow(rows, at, grouped, next[p]!, rowBytes)
    next[p]! += rowBytes
  }
  return Array.from(ends, (end, p) => grouped.subarray(starts[p]!, end))
}
