import type { Result } from './error.ts'
import type { Address, Guard, Hash } from './hex.ts'
import { SWAP_TERMS_BYTES } from './limits.ts'
import { Reader } from './reader.ts'
import { taggedHash } from './tag.ts'
import { Writer } from './writer.ts'

/** The terms of a SWAP: a hash lock, as on Bitcoin. */
export interface SwapTerms {
  /** Gets the coin back after `expiry` (REFUND). */
  readonly maker: Address
  /** Gets the coin with the preimage before `expiry` (CLAIM). */
  readonly taker: Address
  /** The SHA-256 hash of the preimage. */
  readonly hash: Hash
  /** Seconds. */
  readonly expiry: bigint
}

/** The guard of a SWAP: `keccak(0x07 ‖ terms)`. */
export function swapGuard(terms: SwapTerms): Guard {
  return taggedHash('swapGuard', encodeSwapTerms(terms)) as Guard
}

/** Swap terms as 80 bytes. */
export function encodeSwapTerms(terms: SwapTerms): Uint8Array {
  const writer = new Writer(SWAP_TERMS_BYTES)
  writeSwapTerms(writer, terms)
  return writer.finish()
}

/** 80 bytes to swap terms. Errors: `encoding.truncated`, `encoding.trailing`. */
export function decodeSwapTerms(bytes: Uint8Array): Result<SwapTerms> {
  const reader = new Reader(bytes)
  return reader.finish(readSwapTerms(reader))
}

export function writeSwapTerms(writer: Writer, terms: SwapTerms): void {
  writer.address(terms.maker).address(terms.taker).hash(terms.hash).u64(terms.expiry)
}

export function readSwapTerms(reader: Reader): SwapTerms {
  return { maker: reader.address(), taker: reader.address(), hash: reader.hash(), expiry: reader.u64() }
}
