import { HASH_BYTES, type Hash } from '@omg/protocol'
import { copyRow } from '../entry.ts'
import type { OrderRecord } from './types.ts'

/** `kind u8 ‖ 32 bytes`. */
export const RECORD_KEY_BYTES = 1 + HASH_BYTES
/** Where the key stands in a record. */
export const RECORD_KEY_AT = 2
/** What stands before the value of a record: `size u16 ‖ key`, where size is 0 for one to delete, and otherwise 1 + the bytes of its value. */
const RECORD_HEAD_BYTES = RECORD_KEY_AT + RECORD_KEY_BYTES
/** What the size can say. The longest value, an order with its terms, has 304 bytes. */
const MAX_VALUE_BYTES = 0xfffe
const FIRST_BYTES = 64 * 1024

/**
 * Records of the order state side by side in bytes, `size u16 ‖ key 33 ‖ value` each, oldest first: a step writes several, and as objects they
 * would live just long enough to be copied by every collection of memory.
 */
export class OrderRecordLog {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #end = 0
  #count = 0

  /** Records in it. */
  get count(): number {
    return this.#count
  }

  /** All of them. Valid until the next is added. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end)
  }

  /** Where values are written. Valid until the next record is begun. */
  get target(): Buffer {
    return this.#bytes
  }

  /** Begins a record whose key has a name as text; says where its value of so many bytes is to be written. */
  begin(kind: number, name: Hash, valueBytes: number): number {
    const at = this.#head(kind, valueBytes + 1, valueBytes)
    this.#bytes.write(name.slice(2), at - HASH_BYTES, 'hex')
    return at
  }

  /** The same with the name that stands at `bytes[from]`. */
  beginAt(kind: number, bytes: Uint8Array, from: number, valueBytes: number): number {
    const at = this.#head(kind, valueBytes + 1, valueBytes)
    copyRow(bytes, from, this.#bytes, at - HASH_BYTES, HASH_BYTES)
    return at
  }

  /** A record whose value stands at `bytes[valueFrom]`. */
  copyAt(kind: number, bytes: Uint8Array, from: number, valueFrom: number, valueBytes: number): void {
    const at = this.beginAt(kind, bytes, from, valueBytes)
    copyRow(bytes, valueFrom, this.#bytes, at, valueBytes)
  }

  /** A record to delete. */
  remove(kind: number, name: Hash): void {
    const at = this.#head(kind, 0, 0)
    this.#bytes.write(name.slice(2), at - HASH_BYTES, 'hex')
  }

  /** The same with the name that stands at `bytes[from]`. */
  removeAt(kind: number, bytes: Uint8Array, from: number): void {
    const at = this.#head(kind, 0, 0)
    copyRow(bytes, from, this.#bytes, at - HASH_BYTES, HASH_BYTES)
  }

  /** Throws a RangeError where no record of the order state looks like that. */
  add({ key, value }: OrderRecord): void {
    if (key.length !== RECORD_KEY_BYTES || (value && value.length > MAX_VALUE_BYTES)) {
      throw new RangeError(`no record of the order state: key ${key.length} B, value ${value?.length} B`)
    }
    if (value === undefined) this.removeAt(key[0]!, key, 1)
    else {
      const at = this.beginAt(key[0]!, key, 1, value.length)
      this.#bytes.set(value, at)
    }
  }

  /** Makes room, and writes all of the head but the name; says where the value begins. */
  #head(kind: number, size: number, valueBytes: number): number {
    const from = this.#end
    const at = from + RECORD_HEAD_BYTES
    this.#end = at + valueBytes
    if (this.#end > this.#bytes.length) this.#grow(from)
    const bytes = this.#bytes
    bytes[from] = size >>> 8
    bytes[from + 1] = size
    bytes[from + RECORD_KEY_AT] = kind
    this.#count++
    return at
  }

  #grow(used: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#end))
    this.#bytes.copy(larger, 0, 0, used)
    this.#bytes = larger
  }
}

/** Where the record after the one at `bytes[at]` begins. */
export function recordEnd(bytes: Uint8Array, at: number): number {
  const size = (bytes[at]! << 8) | bytes[at + 1]!
  return at + RECORD_HEAD_BYTES + (size === 0 ? 0 : size - 1)
}

/** Whether the record at `bytes[at]` is one to delete. */
export function isRemoval(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0 && bytes[at + 1] === 0
}

/** The records that stand in bytes of an {@link OrderRecordLog}: views of them. */
export function* orderRecordsIn(bytes: Uint8Array): Generator<OrderRecord> {
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    end = recordEnd(bytes, at)
    const key = bytes.subarray(at + RECORD_KEY_AT, at + RECORD_HEAD_BYTES)
    yield isRemoval(bytes, at) ? { key } : { key, value: bytes.subarray(at + RECORD_HEAD_BYTES, end) }
  }
}
