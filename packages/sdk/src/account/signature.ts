import { fromHex, type Hex, parseHex, SIGNATURE_BYTES, toHex } from '@omg/protocol'

/** Order of secp256k1. */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/**
 * The one encoding of a signature that the chain accepts: `v` 27 or 28 and low `s`. Some wallets answer `v` 0 or 1, or
 * high `s`. Undefined if it is no 65-byte signature.
 */
export function canonicalSignature(signature: unknown): Hex | undefined {
  const parsed = parseHex(signature)
  if (!parsed.ok || parsed.value.length !== SIGNATURE_BYTES) return undefined
  const bytes = parsed.value
  let v = bytes[64]!
  if (v < 27) v += 27
  const s = BigInt(toHex(bytes.subarray(32, 64)))
  if (s > N / 2n) {
    bytes.set(fromHex(`0x${(N - s).toString(16).padStart(64, '0')}`), 32)
    v = 55 - v
  }
  bytes[64] = v
  return toHex(bytes)
}
