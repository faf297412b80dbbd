import { HASH_BYTES } from '@omg/protocol'
import type { Submitted } from '../mempool/admission.ts'

/**
 * The answer to a bundle: `count u32 ‖ result × count`, a result being `0 ‖ txHash 32` or
 * `1 ‖ length u16 ‖ error as JSON {code, message, action}`.
 */
export function encodeResults(results: readonly Submitted[]): Uint8Array<ArrayBuffer> {
  const errors = results.map(result => (result.ok ? undefined : Buffer.from(JSON.stringify(result.error))))
  const length = errors.reduce((sum, error) => sum + (error ? 3 + error.length : 1 + HASH_BYTES), 4)
  const bytes = Buffer.alloc(length)
  let at = bytes.writeUInt32BE(results.length)
  for (const [i, result] of results.entries()) {
    const error = errors[i]
    if (result.ok) {
      // A record starts with its hash.
      for (let b = 0; b < HASH_BYTES; b++) bytes[at + 1 + b] = result.value[b]!
      at += 1 + HASH_BYTES
    } else if (error) {
      bytes[at] = 1
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
): ({ txHash: `0x${string}` } | { error: { code: string; message: string; action: string } })[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = buffer.readUInt32BE(0)
  let at = 4
  return Array.from({ length: count }, () => {
    if (buffer[at] === 0) {
      const txHash = `0x${buffer.toString('hex', at + 1, at + 33)}` as const
      at += 33
      return { txHash }
    }
    const length = buffer.readUInt16BE(at + 1)
    const error = JSON.parse(buffer.toString('utf8', at + 3, at + 3 + length))
    at += 3 + length
    return { error }
  })
}
