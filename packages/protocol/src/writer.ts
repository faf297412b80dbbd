import { protocolError } from './error.ts'
import { fromHex } from './hex.ts'
import { ADDRESS_BYTES, HASH_BYTES, MAX_U8, MAX_U16, MAX_U32, MAX_U64, MAX_U128, MAX_U256 } from './limits.ts'

const ADDRESS_PADDING = new Uint8Array(HASH_BYTES - ADDRESS_BYTES)

/** Writes fixed-width big-endian fields. Throws `encoding.range` for a value that does not fit: that is the caller's bug. */
export class Writer {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  raw(bytes: Uint8Array): this {
    const offset = this.#grow(bytes.length)
    this.#bytes.set(bytes, offset)
    return this
  }

  u8(value: number): this {
    const offset = this.#number(value, MAX_U8, 1)
    this.#view.setUint8(offset, value)
    return this
  }

  u16(value: number): this {
    const offset = this.#number(value, MAX_U16, 2)
    this.#view.setUint16(offset, value)
    return this
  }

  u24(value: number): this {
    const offset = this.#number(value, 0xff_ffff, 3)
    this.#view.setUint8(offset, value >>> 16)
    this.#view.setUint16(offset + 1, value & MAX_U16)
    return this
  }

  u32(value: number): this {
    const offset = this.#number(value, MAX_U32, 4)
    this.#view.setUint32(offset, value)
    return this
  }

  u64(value: bigint): this {
    const offset = this.#bigint(value, MAX_U64, 8)
    this.#view.setBigUint64(offset, value)
    return this
  }

  u128(value: bigint): this {
    const offset = this.#bigint(value, MAX_U128, 16)
    this.#view.setBigUint64(offset, value >> 64n)
    this.#view.setBigUint64(offset + 8, value & MAX_U64)
    return this
  }

  u256(value: bigint): this {
    if (value < 0n || value > MAX_U256)
      throw protocolError('encoding.range', 'not an unsigned 256-bit integer')
    return this.u128(value >> 128n).u128(value & MAX_U128)
  }

  address(value: string): this {
    return this.fixed(value, ADDRESS_BYTES)
  }

  /** An address in a 32-byte word, as the ABI pads it. */
  paddedAddress(value: string): this {
    return this.raw(ADDRESS_PADDING).address(value)
  }

  hash(value: string): this {
    return this.fixed(value, HASH_BYTES)
  }

  /** Hex of exactly this many bytes. */
  fixed(value: string, length: number): this {
    const bytes = fromHex(value)
    if (bytes.length !== length) {
      throw protocolError('encoding.range', `${bytes.length} bytes where ${length} are needed`)
    }
    return this.raw(bytes)
  }

  /** How many values follow, between two limits. */
  count(values: readonly unknown[], minimum: number, maximum: number, what: string): this {
    if (values.length < minimum || values.length > maximum) {
      throw protocolError('encoding.range', `${values.length} ${what}, not ${minimum} to ${maximum}`)
    }
    return this.u8(values.length)
  }

  /** An enumeration in one byte, by its table of names. */
  name(names: readonly string[], value: string, what: string): this {
    const index = names.indexOf(value)
    if (index < 0) throw protocolError('encoding.kind', `${what} ${value} does not exist`)
    return this.u8(index)
  }

  #number(value: number, maximum: number, length: number): number {
    if (!Number.isInteger(value) || value < 0 || value > maximum) {
      throw protocolError('encoding.range', `${value} is not an unsigned integer of ${8 * length} bits`)
    }
    return this.#grow(length)
  }

  #bigint(value: bigint, maximum: bigint, length: number): number {
    if (value < 0n || value > maximum) {
      throw protocolError('encoding.range', `${value} is not an unsigned integer of ${8 * length} bits`)
    }
    return this.#grow(length)
  }

  /** Makes room and returns the offset to write at. Replaces the buffer, so callers ask for it before they touch it. */
  #grow(length: number): number {
    const offset = this.#length
    this.#length += length
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return offset
  }
}
