import { isRemoval, type OrderRecord, orderRecordsIn, RECORD_KEY_AT, recordEnd } from '@omg/ledger'
import { HASH_BYTES } from '@omg/protocol'
import type { Database } from 'lmdb'
import { ByteMap } from '../bytemap.ts'

/** Runs of one partition before they are merged into one. */
export const ORDER_RUN_FANOUT = 16
/** Bytes that a partition collects before its size decides about merging. */
const MINIMUM_BYTES = 16 * 1024
/** A partition is the kind of record, and the first bits of the name behind it. */
const NAME_PARTITIONS = 64
const NAME_SHIFT = 2
const PARTITIONS = 256 * NAME_PARTITIONS
const NAME_AT = RECORD_KEY_AT + 1

type RunKey = [partition: number, sequence: number]

/**
 * The order state on disk beside the live outputs: partitions of runs over LMDB. Nobody looks for one record here, so a flush adds one run to
 * each partition that it touches, and a partition that has doubled is rewritten without what is replaced or deleted: a record costs a few
 * copies in its life, where a put into a tree of random keys costs as much as the step that made it.
 *
 * A run is rows of an `OrderRecordLog`, oldest first.
 */
export class OrderTable {
  readonly #database: Database<Buffer, RunKey>

  constructor(database: Database<Buffer, RunKey>) {
    this.#database = database
  }

  /** All records as of the last flush, by key. */
  *load(): Generator<OrderRecord> {
    let partition = -1
    let runs: Buffer[] = []
    for (const { key, value } of this.#database.getRange({})) {
      if (key[0] !== partition) {
        yield* sortedRecords(runs)
        runs = []
        partition = key[0]
      }
      runs.push(value)
    }
    yield* sortedRecords(runs)
  }

  /** Adds the rows of one flush. To be called inside a batch. */
  write(rows: Buffer): void {
    for (const [partition, run] of byPartition(rows)) this.#append(partition, run)
  }

  #append(partition: number, run: Buffer): void {
    const runs = [...this.#database.getRange({ start: [partition, 0], end: [partition + 1, 0] })]
    const base = runs[0]?.value.length ?? 0
    const changes = runs.slice(1).reduce((sum, { value }) => sum + value.length, run.length)
    // Not all at once: they grow alike, so each has a size of its own at which it is due.
    const stagger = 0.5 + (partition % NAME_PARTITIONS) / NAME_PARTITIONS
    const isDue = changes > MINIMUM_BYTES && changes > base * stagger
    if (runs.length === 0 || (runs.length < ORDER_RUN_FANOUT && !isDue)) {
      const sequence = (runs.at(-1)?.key[1] ?? -1) + 1
      this.#database.put([partition, sequence], run)
      return
    }
    const merged = newest([...runs.map(({ value }) => value), run])
    for (const { key } of runs) this.#database.remove(key)
    if (merged.length > 0) this.#database.put([partition, 0], merged)
  }
}

/** Of each key the newest row, unless it deletes. The runs are of one partition, oldest first. */
function newest(runs: readonly Buffer[]): Buffer {
  const rows = Buffer.concat(runs)
  let count = 0
  for (let at = 0; at < rows.length; at = recordEnd(rows, at)) count++
  const places = new ByteMap<number>(HASH_BYTES, count)
  for (let at = 0; at < rows.length; at = recordEnd(rows, at)) places.set(rows, at + NAME_AT, at)
  let length = 0
  for (let at = 0, end = 0; at < rows.length; at = end) {
    end = recordEnd(rows, at)
    if (isRemoval(rows, at) || places.get(rows, at + NAME_AT) !== at) continue
    // What is kept never stands later than before.
    rows.copyWithin(length, at, end)
    length += end - at
  }
  return rows.subarray(0, length)
}

function sortedRecords(runs: readonly Buffer[]): OrderRecord[] {
  if (runs.length === 0) return []
  return [...orderRecordsIn(newest(runs))].sort((a, b) => Buffer.compare(a.key, b.key))
}

/** Rows by their partition, each in the order in which they came. */
function byPartition(rows: Buffer): Map<number, Buffer> {
  const sizes = new Uint32Array(PARTITIONS)
  for (let at = 0, end = 0; at < rows.length; at = end) {
    end = recordEnd(rows, at)
    sizes[partitionAt(rows, at)]! += end - at
  }
  const runs = new Map<number, Buffer>()
  for (let partition = 0; partition < PARTITIONS; partition++) {
    if (sizes[partition]! > 0) runs.set(partition, Buffer.allocUnsafeSlow(sizes[partition]!))
  }
  const ends = new Uint32Array(PARTITIONS)
  for (let at = 0, end = 0; at < rows.length; at = end) {
    end = recordEnd(rows, at)
    const partition = partitionAt(rows, at)
    ends[partition]! += rows.copy(runs.get(partition)!, ends[partition]!, at, end)
  }
  return runs
}

function partitionAt(rows: Uint8Array, at: number): number {
  return rows[at + RECORD_KEY_AT]! * NAME_PARTITIONS + (rows[at + NAME_AT]! >>> NAME_SHIFT)
}
