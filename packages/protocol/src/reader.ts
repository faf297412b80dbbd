import { fail, type OmgError, ok, type ProtocolErrorCode, protocolError, type Result } from './error.ts'
import { type Address, type Amount, type Hash, toHex, ZERO_ADDRESS, ZERO_HASH } from './hex.ts'

/**
 * Reads fixed-width big-endian fields and remembers the first thing that is wrong. After an error every read gives
 * zero, so a decoder reads straight through without branching, and {@link Reader.finish} decides. Never throws.
 */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0
  #error: OmgError | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset
  }

  /** Whether something was wrong already. */
  get failed(): boolean {
    return this.#error !== undefined
  }

  /** Remembers what is wrong, unless something was wrong before. */
  refuse(error: OmgError | undefined): void {
    this.#error ??= error
  }

  /** Remembers an error of this package. */
  refuseWith(code: ProtocolErrorCode, message: string): void {
    this.#error ??= protocolError(code, `${message} (byte ${this.#offset})`)
  }

  /** Takes raw bytes, a view of the input; `undefined` after an error. */
  take(length: number): Uint8Array | undefined {
    if (this.#error) return undefined
    const end = this.#offset + length
    if (end > this.#bytes.length) {
      this.refuseWith('encoding.truncated', `${end - this.#bytes.length} bytes are missing`)
      return undefined
    }
    const taken = this.#bytes.subarray(this.#offset, end)
    this.#offset = end
    return taken
  }

  /** The next bytes without taking them; `undefined` after an error, or where there are fewer. */
  peek(length: number): Uint8Array | undefined {
    const end = this.#offset + length
    return this.#error || end > this.#bytes.length ? undefined : this.#bytes.subarray(this.#offset, end)
  }

  u8(): number {
    return this.take(1)?.[0] ?? 0
  }

  u16(): number {
    return this.take(2) ? this.#view.getUint16(this.#offset - 2) : 0
  }

  u24(): number {
    const bytes = this.take(3)
    return bytes ? (bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]! : 0
  }

  u32(): number {
    return this.take(4) ? this.#view.getUint32(this.#offset - 4) : 0
  }

  u64(): bigint {
    return this.take(8) ? this.#view.getBigUint64(this.#offset - 8) : 0n
  }

  u128(): Amount {
    if (!this.take(16)) return 0n as Amount
    const high = this.#view.getBigUint64(this.#offset - 16)
    const low = this.#view.getBigUint64(this.#offset - 8)
    return ((high << 64n) | low) as Amount
  }

  u256(): bigint {
    const high = this.u128()
    return (high << 128n) | this.u128()
  }

  /** A number of items between two limits; 0 after an error, so loops over it end. */
  count(minimum: number, maximum: number, what: string): number {
    const count = this.u8()
    if (this.failed) return 0
    if (count >= minimum && count <= maximum) return count
    this.refuseWith('encoding.range', `${count} ${what}, not ${minimum} to ${maximum}`)
    return 0
  }

  /** An enumeration in one byte, by its table of names; the first name after an error. */
  name<const Names extends readonly string[]>(names: Names, what: string): Names[number] {
    const value = this.u8()
    const name = names[value]
    if (name === undefined) this.refuseWith('encoding.kind', `${what} ${value} does not exist`)
    return name ?? names[0]!
  }

  address(): Address {
    const bytes = this.take(20)
    return bytes ? (toHex(bytes) as Address) : ZERO_ADDRESS
  }

  /** 32 bytes, as whichever kind of hash the caller names. */
  hash<T extends Hash = Hash>(): T {
    const bytes = this.take(32)
    return (bytes ? toHex(bytes) : ZERO_HASH) as T
  }

  /** `count` values in a row. */
  list<T>(count: number, read: () => T): T[] {
    const values: T[] = []
    for (let i = 0; i < count && !this.failed; i++) values.push(read())
    return values
  }

  /** The value, if nothing was wrong and no byte is left. */
  finish<T>(value: T): Result<T> {
    if (this.#error) return fail(this.#error)
    const trailing = this.#bytes.length - this.#offset
    if (trailing > 0) return fail(protocolError('encoding.trailing', `${trailing} bytes after the end`))
    return ok(value)
  }
}
