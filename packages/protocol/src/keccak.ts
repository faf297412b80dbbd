import { keccak_256 } from '@noble/hashes/sha3'
import { type Hash, toHex } from './hex.ts'

/** A keccak256 over bytes, to the 32 bytes of `target` from `at` on; without a target to new ones, which the caller may keep. */
export type Keccak256 = (bytes: Uint8Array, target?: Uint8Array, at?: number) => Uint8Array

const pureKeccak256: Keccak256 = (bytes, target, at = 0) => {
  const hash = keccak_256(bytes)
  target?.set(hash, at)
  return target ?? hash
}
let keccak: Keccak256 = pureKeccak256

/** keccak256 of bytes, 32 bytes: the one hash of the protocol. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return keccak(bytes)
}

/** Writes keccak256 of bytes to the 32 bytes of `target` from `at` on. */
export function keccak256To(bytes: Uint8Array, target: Uint8Array, at: number): void {
  keccak(bytes, target, at)
}

/** keccak256 of bytes, as hex. */
export function keccakHash(bytes: Uint8Array): Hash {
  return toHex(keccak(bytes)) as Hash
}

/**
 * Lets a server put a faster implementation (such as WebAssembly) below everything that this package hashes.
 * It is compared with the pure one over every padding length first, so results cannot change. Throws where it differs.
 */
export function installKeccak256(implementation: Keccak256): void {
  for (let length = 0; length <= 300; length++) {
    const message = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff)
    const hash = toHex(pureKeccak256(message))
    const placed = implementation(message, new Uint8Array(40), 5).subarray(5, 37)
    if (toHex(implementation(message)) !== hash || toHex(placed) !== hash) {
      throw new Error(`this keccak256 is wrong for a message of ${length} bytes`)
    }
  }
  keccak = implementation
}
