import { encodePosition, type Position } from '@omg/protocol'

/** Where an order stands in the tree of its side: `tick u32 ‖ position (12)`. */
export const PLACE_BYTES = 16
export const PLACE_BITS = 128

/** A place as 16 bytes. The place before all orders of a tick has the position 0. */
export function encodePlace(tick: number, position: Position): Uint8Array {
  const bytes = new Uint8Array(PLACE_BYTES)
  new DataView(bytes.buffer).setUint32(0, tick)
  bytes.set(encodePosition(position), 4)
  return bytes
}

/** The place of an order from the parts that a book has of it. */
export function writePlace(
  target: Uint8Array,
  offset: number,
  tick: number,
  checkpoint: number,
  path: number,
): void {
  for (let i = offset, shift = 24; shift >= 0; i++, shift -= 8) {
    target[i] = tick >>> shift
    target[i + 4] = checkpoint >>> shift
    target[i + 8] = 0
    target[i + 12] = path >>> shift
  }
}

/** The bit at an index from the most significant one. */
export function bitOf(place: Uint8Array, index: number): 0 | 1 {
  return ((place[index >> 3]! >> (7 - (index & 7))) & 1) as 0 | 1
}

/** The index of the first bit in which two places differ; 128 where they are equal. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < PLACE_BYTES; i++) {
    const difference = a[i]! ^ b[i]!
    if (difference !== 0) return 8 * i + Math.clz32(difference) - 24
  }
  return PLACE_BITS
}

/** The first bits of a place, and zeros. */
export function prefixOf(place: Uint8Array, bits: number): Uint8Array {
  const prefix = new Uint8Array(PLACE_BYTES)
  const whole = bits >> 3
  prefix.set(place.subarray(0, whole))
  if (bits & 7) prefix[whole] = place[whole]! & (0xff00 >> (bits & 7))
  return prefix
}
