/** Eight bytes in the byte order of the machine (little-endian everywhere Node runs). */
const wide = new BigUint64Array(1)
const narrow = new Uint8Array(wide.buffer)

/**
 * Writes the low 64 bits of a number, the most significant byte first. What `Buffer` has for it takes numbers apart as numbers, each of which the
 * collector has to find again.
 */
export function writeU64(value: bigint, target: Uint8Array, at: number): void {
  wide[0] = value
  for (let i = 0, byte = 7; i < 8; i++, byte--) target[at + i] = narrow[byte]!
}

/** Reads what {@link writeU64} writes. */
export function readU64(bytes: Uint8Array, at: number): bigint {
  for (let i = 0, byte = 7; i < 8; i++, byte--) narrow[byte] = bytes[at + i]!
  return wide[0]!
}
