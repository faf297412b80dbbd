import { fromHex } from '@omg/protocol'
import secp256k1 from 'secp256k1'
import type { Arena } from './keccak.ts'

/** Half the order of the group: a signature with a larger `s` is another encoding of one with a smaller (A18). */
const HALF_ORDER = fromHex('0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0')

/** Bytes of an arena that recovery needs. */
export const RECOVERY_BYTES = 192

/** Recovers signers where digest and signature stand in an arena. */
export interface Recovery {
  /** Where the signer of the last success stands, 20 bytes. */
  readonly signer: number
  /** And where its public key does, `x ‖ y`. */
  readonly publicKey: number
  /** Whether the signature at `signature` (`r ‖ s ‖ v`) of the digest at `digest` has a signer. */
  recover(digest: number, signature: number): boolean
}

/** `at`: {@link RECOVERY_BYTES} of the arena that nobody else uses. */
export function createRecovery({ bytes, hash }: Arena, at: number): Recovery {
  const [publicKey, address] = [at, at + 96]
  const key = bytes.subarray(publicKey, publicKey + 65)
  const signer = address + 12
  function recover(digest: number, signature: number): boolean {
    const [compact, message] = [
      bytes.subarray(signature, signature + 64),
      bytes.subarray(digest, digest + 32),
    ]
    try {
      secp256k1.ecdsaRecover(compact, bytes[signature + 64]! - 27, message, false, key)
    } catch {
      return false
    }
    hash(publicKey + 1, 64, address)
    return true
  }
  return { signer, publicKey: publicKey + 1, recover }
}

/** `r ‖ s ‖ v`: `v` is 27 or 28 and `s` is low. Recovery refuses zero and an `r` beyond the order by itself. */
export function isSignature(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 64] !== 27 && bytes[at + 64] !== 28) return false
  for (let i = 0; i < 32; i++) {
    const difference = bytes[at + 32 + i]! - HALF_ORDER[i]!
    if (difference !== 0) return difference < 0
  }
  return true
}

/** Whether `bytes[from .. to]` holds nothing but zeros. */
export function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false
  return true
}
