import type { Database } from 'lmdb'

/** Entries of one run at most: bounds the memory of a merge (16 MiB). */
export const RUN_ENTRIES = 1 << 20
/** Runs of one tier before they are merged into one of the next. */
export const RUN_FANOUT = 8
const ENTRY_BYTES = 16

/** Where a transaction stands in the chain. */
export interface TransactionPlace {
  height: number
  index: number
}

/** Entries not yet flushed: 32-byte keys and their places, in growing flat buffers (no object per entry). */
export class HistoryBuffer {
  #entries = Buffer.allocUnsafe(ENTRY_BYTES * 4096)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Only the first 8 bytes of the key at `keyAt` are kept; a reader checks candidates against the block itself. */
  add(key: Uint8Array, keyAt: number, height: number, index: number): void {
    const at = this.#count * ENTRY_BYTES
    if (at === this.#entries.length) {
      this.#entries = Buffer.concat([this.#entries, Buffer.allocUnsafe(this.#entries.length)])
    }
    const entries = this.#entries
    for (let i = 0; i < 8; i++) entries[at + i] = key[keyAt + i]!
    entries[at + 8] = height / 0x1_0000_0000
    entries[at + 9] = height >>> 24
    entries[at + 10] = height >>> 16
    entries[at + 11] = height >>> 8
    entries[at + 12] = height
    entries[at + 13] = index >>> 16
    entries[at + 14] = index >>> 8
    entries[at + 15] = index
    this.#count++
  }

  find(key: Uint8Array): TransactionPlace[] {
    const found: TransactionPlace[] = []
    const entries = this.bytes()
    const prefix = key.subarray(0, 8)
    for (let at = entries.indexOf(prefix); at >= 0; at = entries.indexOf(prefix, at + 1)) {
      if (at % ENTRY_BYTES === 0) found.push(placeAt(entries, at))
    }
    return found
  }

  bytes(): Buffer {
    return this.#entries.subarray(0, this.#count * ENTRY_BYTES)
  }
}

/**
 * An append-mostly index `hash -> place in the chain` over LMDB: sorted runs, merged tier by tier. One put per
 * flush instead of one per transaction, because random puts would cost more than the signatures do.
 * Keys: `[table, tier, sequence]`; values: runs of `prefix 8 ‖ height u40 ‖ index u24`, sorted by the first 5 bytes.
 */
export class History {
  readonly #database: Database<Buffer, [string, number, number]>
  readonly #table: string

  constructor(database: Database<Buffer, [string, number, number]>, table: string) {
    this.#database = database
    this.#table = table
  }

  /** Writes one flush. To be called inside a batch, so that it lands with everything else of the flush or not at all. */
  write(buffer: HistoryBuffer): void {
    if (buffer.count === 0) return
    let run = sorted(buffer.bytes())
    for (let tier = 0; ; tier++) {
      const runs = [...this.#runs(tier)]
      const entries = runs.reduce((sum, { value }) => sum + value.length, run.length) / ENTRY_BYTES
      if (runs.length < RUN_FANOUT - 1 || entries > RUN_ENTRIES) {
        const sequence = (runs.at(-1)?.key[2] ?? -1) + 1
        this.#database.put([this.#table, tier, sequence], run)
        return
      }
      run = sorted(Buffer.concat([...runs.map(({ value }) => value), run]))
      for (const { key } of runs) this.#database.remove(key)
    }
  }

  /** Candidates, newest run last. Different keys may share a prefix (an attacker can grind one): check each. */
  find(key: Uint8Array): TransactionPlace[] {
    const found: TransactionPlace[] = []
    for (const { value } of this.#runs()) {
      for (let at = lowerBound(value, key); at < value.length; at += ENTRY_BYTES) {
        if (value.compare(key, 0, 5, at, at + 5) !== 0) break
        if (value.compare(key, 5, 8, at + 5, at + 8) === 0) found.push(placeAt(value, at))
      }
    }
    return found
  }

  #runs(tier?: number) {
    const start = tier ?? 0
    const end = tier === undefined ? Number.MAX_SAFE_INTEGER : tier + 1
    return this.#database.getRange({ start: [this.#table, start, 0], end: [this.#table, end, 0] })
  }
}

/** Sorts by the first 5 bytes: key and number of the entry packed in one u64, so that the engine's own sort does it. */
function sorted(entries: Buffer): Buffer {
  const count = entries.length / ENTRY_BYTES
  const keys = new BigUint64Array(count)
  const words = new Uint32Array(keys.buffer)
  for (let i = 0, at = 0; i < count; i++, at += ENTRY_BYTES) {
    // Little-endian halves of `prefix u40 ‖ number u24`.
    words[2 * i + 1] = entries.readUInt32BE(at)
    words[2 * i] = ((entries[at + 4]! << 24) | i) >>> 0
  }
  keys.sort()
  const out = Buffer.allocUnsafe(entries.length)
  for (let i = 0; i < count; i++) {
    const from = (words[2 * i]! & 0xff_ffff) * ENTRY_BYTES
    for (let b = 0; b < ENTRY_BYTES; b++) out[i * ENTRY_BYTES + b] = entries[from + b]!
  }
  return out
}

function lowerBound(run: Buffer, key: Uint8Array): number {
  let low = 0
  let high = run.length / ENTRY_BYTES
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = middle * ENTRY_BYTES
    if (run.compare(key, 0, 5, at, at + 5) < 0) low = middle + 1
    else high = middle
  }
  return low * ENTRY_BYTES
}

function placeAt(run: Buffer, at: number): TransactionPlace {
  return { height: run.readUIntBE(at + 8, 5), index: run.readUIntBE(at + 13, 3) }
}
