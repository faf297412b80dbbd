import { keccak_256 } from '@noble/hashes/sha3'
import { type Hash, toHex } from './hex.ts'

/** A keccak256 over bytes. The result may be kept by the caller. */
export type Keccak256 = (bytes: Uint8Array) => Uint8Array

const pureKeccak256: Keccak256 = bytes => keccak_256(bytes)
let keccak: Keccak256 = pureKeccak256

/** keccak256 of bytes, 32 bytes: the one hash of the protocol. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return keccak(bytes)
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
    if (toHex(implementation(message)) !== toHex(pureKeccak256(message))) {
      throw new Error(`this keccak256 is wrong for a message of ${length} bytes`)
    }
  }
  keccak = implementation
}
