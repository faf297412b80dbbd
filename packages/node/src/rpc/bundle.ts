import type { Submitted } from '../mempool/admission.ts'

/**
 * The answer to a bundle: `count u32 ‖ result × count`, a result being `0 ‖ txHash 32` or
 * `1 ‖ length u16 ‖ error as JSON {code, message, action}`.
 */
export function encodeResults(results: readonly Submitted[]): Uint8Array<ArrayBuffer> {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(results.length)
  const parts: Buffer[] = [head]
  for (const result of results) {
    if (result.ok) {
      const bytes = Buffer.allocUnsafe(33)
      bytes[0] = 0
      bytes.write(result.value.slice(2), 1, 'hex')
      parts.push(bytes)
      continue
    }
    const error = Buffer.from(JSON.stringify(result.error.toJSON()))
    const prefix = Buffer.of(1, 0, 0)
    prefix.writeUInt16BE(error.length, 1)
    parts.push(prefix, error)
  }
  return new Uint8Array(Buffer.concat(parts))
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
