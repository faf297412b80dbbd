import { isInstructionRecord } from '@omg/ledger'
import { HASH_BYTES } from '@omg/protocol'
import type { Submitted } from '../mempool/admission.ts'

/** Kinds of results. */
const TRANSACTION = 0
const REFUSED = 1
const INSTRUCTION = 2

/**
 * The answer to a bundle: `count u32 ‖ result × count`, a result being `0 ‖ txHash 32`,
 * `1 ‖ length u16 ‖ error as JSON {code, message, action}`, or `2 ‖ instruction hash 32`.
 */
export function encodeResults(results: readonly Submitted[]): Uint8Array<ArrayBuffer> {
  const errors = results.map(result => (result.ok ? undefined : Buffer.from(JSON.stringify(result.error))))
  const length = errors.reduce((sum, error) => sum + (error ? 3 + error.length : 1 + HASH_BYTES), 4)
  const bytes = Buffer.alloc(length)
  let at = bytes.writeUInt32BE(results.length)
  for (const [i, result] of results.entries()) {
    const error = errors[i]
    if (result.ok) {
      bytes[at] = isInstructionRecord(result.value) ? INSTRUCTION : TRANSACTION
      // A record starts with its hash.
      for (let b = 0; b < HASH_BYTES; b++) bytes[at + 1 + b] = result.value[b]!
      at += 1 + HASH_BYTES
    } else if (error) {
      bytes[at] = REFUSED
      bytes.writeUInt16BE(error.length, at + 1)
      error.copy(bytes, at + 3)
      at += 3 + error.length
    }
  }
  return bytes as Uint8Array<ArrayBuffer>
}

/** Reads what {@link encodeResults} wrote. */
export function decodeResults(
  bytes: Uint8Array,
): (
  | { txHash: `0x${string}` }
  | { txHash: null; instruction: `0x${string}` }
  | { error: { code: string; message: string; action: string } }
)[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = buffer.readUInt32BE(0)
  let at = 4
  return Array.from({ length: count }, () => {
    const kind = buffer[at]
    if (kind !== REFUSED) {
      const hash = `0x${buffer.toString('hex', at + 1, at + 33)}` as const
      at += 33
      return kind === INSTRUCTION ? { txHash: null, instruction: hash } : { txHash: hash }
    }
    const length = buffer.readUInt16BE(at + 1)
    const error = JSON.parse(buffer.toString('utf8', at + 3, at + 3 + length))
    at += 3 + length
    return { error }
  })
}
