import { secp256k1 } from '@noble/curves/secp256k1'
import { fail, type OmgError, ok, protocolError, type Result } from './error.ts'
import { type Address, fromHex, type Hash, type Hex, parseHex, toHex } from './hex.ts'
import { keccak256 } from './keccak.ts'
import { SIGNATURE_BYTES } from './limits.ts'

/** The order of secp256k1's group. */
const ORDER = bytesOf(secp256k1.CURVE.n)
/** The largest low `s`. */
const HALF_ORDER = bytesOf(secp256k1.CURVE.n >> 1n)
const ZERO = new Uint8Array(32)

/**
 * What is wrong with the form of a signature, if anything. `r` and `s` are 1 to the group order - 1, `s` is in the
 * lower half and `v` is 27 or 28: otherwise one signature would have several encodings, and a transaction several
 * witness hashes.
 */
export function signatureProblem(bytes: Uint8Array): OmgError | undefined {
  if (bytes.length !== SIGNATURE_BYTES) return invalid(`${bytes.length} bytes`)
  const r = bytes.subarray(0, 32)
  const s = bytes.subarray(32, 64)
  const v = bytes[64]
  if (compare(r, ZERO) === 0 || compare(r, ORDER) >= 0) return invalid('r is out of range')
  if (compare(s, ZERO) === 0 || compare(s, HALF_ORDER) > 0) return invalid('s is zero or high')
  return v === 27 || v === 28 ? undefined : invalid('v is neither 27 nor 28')
}

/** Signs a 32-byte digest (RFC 6979, so always the same): `r ‖ s ‖ v`, 65 bytes. */
export function signDigest(digest: Hash, privateKey: Hex | Uint8Array): Hex {
  const key = typeof privateKey === 'string' ? fromHex(privateKey) : privateKey
  const signature = secp256k1.sign(fromHex(digest), key, { lowS: true, prehash: false })
  return `${toHex(signature.toCompactRawBytes())}${(27 + signature.recovery).toString(16)}` as Hex
}

/** Who signed a digest. Errors: `encoding.hex`, `signature.invalid`. */
export function recoverSigner(digest: Hash, signature: Hex): Result<Address> {
  const key = recoverPoint(digest, signature)
  return key.ok ? ok(publicKeyAddress(key.value.toRawBytes(false))) : key
}

/** The compressed public key that signed a digest, 33 bytes. Errors: `encoding.hex`, `signature.invalid`. */
export function recoverPublicKey(digest: Hash, signature: Hex): Result<Hex> {
  const key = recoverPoint(digest, signature)
  return key.ok ? ok(toHex(key.value.toRawBytes(true))) : key
}

function recoverPoint(digest: Hash, signature: Hex) {
  const bytes = parseHex(signature)
  if (!bytes.ok) return bytes
  const problem = signatureProblem(bytes.value)
  if (problem) return fail(problem)
  try {
    const key = secp256k1.Signature.fromCompact(bytes.value.subarray(0, 64))
      .addRecoveryBit(bytes.value[64]! - 27)
      .recoverPublicKey(fromHex(digest))
    return ok(key)
  } catch {
    return fail(invalid('no key made it'))
  }
}

/** The address of a private key. */
export function addressOfKey(privateKey: Hex | Uint8Array): Address {
  const key = typeof privateKey === 'string' ? fromHex(privateKey) : privateKey
  return publicKeyAddress(secp256k1.getPublicKey(key, false))
}

/** The address of a public key, compressed or not. Throws on bytes that are none. */
export function addressOfPublicKey(publicKey: Hex): Address {
  return publicKeyAddress(secp256k1.ProjectivePoint.fromHex(fromHex(publicKey)).toRawBytes(false))
}

/** Compares two 32-byte big-endian numbers: negative, zero or positive. */
function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

function bytesOf(value: bigint): Uint8Array {
  return fromHex(`0x${value.toString(16).padStart(64, '0')}`)
}

function publicKeyAddress(uncompressed: Uint8Array): Address {
  return toHex(keccak256(uncompressed.subarray(1)).subarray(12)) as Address
}

function invalid(why: string): OmgError {
  return protocolError('signature.invalid', `not a signature: ${why}`)
}
