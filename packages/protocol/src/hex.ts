import { fail, ok, protocolError, type Result, unwrap } from './error.ts'

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: { readonly [N in Name]: true } }

/** Bytes as text: `0x` and two digits a byte. This package writes lower case. */
export type Hex = `0x${string}`
/** An Ethereum address, 20 bytes, lower case. The zero address as a token is ETH. */
export type Address = Brand<Hex, 'Address'>
/** 32 bytes. */
export type Hash = Brand<Hex, 'Hash'>
/** The id of an output: `keccak(0x02 ‖ txHash ‖ index)`, or `keccak(0x03 ‖ Output ‖ Position)` of a deposit. */
export type OutputId = Brand<Hash, 'OutputId'>
/** The hash that names a transaction; for a PAY also the message that its owners sign. */
export type TxHash = Brand<Hash, 'TxHash'>
/** What guards an output: the padded owner, the hash of terms, a pool or a child chain. */
export type Guard = Brand<Hash, 'Guard'>
/** A number of token units, 0 to 2^128 - 1; for an ITEM the ERC-721 token id. */
export type Amount = Brand<bigint, 'Amount'>
/** A place in the history of all outputs, 96 bits, compared as one integer. */
export type Position = Brand<bigint, 'Position'>

/** 32 zero bytes. */
export const ZERO_HASH = `0x${'00'.repeat(32)}` as Hash
/** 20 zero bytes: ETH as a token, nobody as an owner. */
export const ZERO_ADDRESS = `0x${'00'.repeat(20)}` as Address

const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The value of each hexadecimal digit by its character code, -1 for what is none. */
const VALUES: Int8Array = Int8Array.from({ length: 128 }, (_, code) => digitOf(code))

/** Bytes to lower-case hex. */
export function toHex(bytes: Uint8Array): Hex {
  let text: Hex = '0x'
  for (let i = 0; i < bytes.length; i++) text = `${text}${DIGITS[bytes[i]!]!}` as Hex
  return text
}

/** Hex from outside to bytes. Errors: `encoding.hex`. */
export function parseHex(text: unknown): Result<Uint8Array> {
  if (typeof text !== 'string' || !text.startsWith('0x') || text.length % 2 !== 0) {
    return fail(protocolError('encoding.hex', 'not a 0x-prefixed string of whole bytes'))
  }
  const bytes = digitsIn(text)
  return bytes ? ok(bytes) : fail(protocolError('encoding.hex', 'not a hexadecimal digit'))
}

/** Trusted hex to bytes, strictly. Throws `encoding.hex`; for text from outside use {@link parseHex}. */
export function fromHex(text: string): Uint8Array {
  return digitsIn(text) ?? unwrap(parseHex(text))
}

/** Writes trusted hex to `target` from `at` on: what {@link fromHex} gives, for those who have a place for it. */
export function writeHex(text: string, target: Uint8Array, at: number): void {
  if (writeDigits(text, target, at) < 0) unwrap(parseHex(text))
}

/** Text from outside to an address of any case, without checking the EIP-55 checksum. Errors: `encoding.hex`. */
export function parseAddress(text: unknown): Result<Address> {
  return parseFixed<Address>(text, 20)
}

/** Text from outside to 32 bytes. Errors: `encoding.hex`. */
export function parseHash(text: unknown): Result<Hash> {
  return parseFixed<Hash>(text, 32)
}

/** A trusted address, lower-cased. Throws `encoding.hex`. */
export function address(text: string): Address {
  return unwrap(parseAddress(text))
}

/** A trusted 32-byte value, lower-cased. Throws `encoding.hex`. */
export function hash(text: string): Hash {
  return unwrap(parseHash(text))
}

/** Joins byte strings. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

function parseFixed<T extends Hex>(text: unknown, length: number): Result<T> {
  const bytes = parseHex(text)
  if (!bytes.ok) return bytes
  if (bytes.value.length !== length) {
    return fail(protocolError('encoding.hex', `${bytes.value.length} bytes where ${length} are needed`))
  }
  return ok((text as string).toLowerCase() as T)
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 97 && code <= 102) return code - 87
  if (code >= 65 && code <= 70) return code - 55
  return -1
}

/** The bytes of `0x` and whole pairs of digits; undefined for anything else. */
function digitsIn(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.max(0, (text.length >> 1) - 1))
  return writeDigits(text, bytes, 0) < 0 ? undefined : bytes
}

/** Writes the bytes of `0x` and whole pairs of digits. Returns how many they are, -1 for anything else. */
function writeDigits(text: string, target: Uint8Array, at: number): number {
  if (text.length % 2 !== 0 || text.charCodeAt(0) !== 48 || text.charCodeAt(1) !== 120) return -1
  const count = text.length / 2 - 1
  for (let i = 0, from = 2; i < count; i++, from += 2) {
    const [high, low] = [text.charCodeAt(from), text.charCodeAt(from + 1)]
    if (high > 127 || low > 127) return -1
    // A digit that is none has the value -1, and so has whatever it is part of.
    const byte = (VALUES[high]! << 4) | VALUES[low]!
    if (byte < 0) return -1
    target[at + i] = byte
  }
  return count
}
