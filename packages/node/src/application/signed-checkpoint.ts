import {
  fail,
  type Hash,
  type Header,
  headerHash,
  ok,
  protocolError,
  type Renewable,
  type Result,
  renewableOf,
  toHex,
  ZERO_HASH,
} from '@omg/protocol'

/** What a signature stands for. */
export interface SignedCheckpoint {
  readonly number: bigint
  readonly headerHash: Hash
  /** What decides whether another header of this number renews it (F1). Absent where none may: Ethereum has accepted it, or it is not known. */
  readonly renewable?: Renewable | undefined
}

/** What is remembered of a header that was signed. */
export function signedOf(header: Header): SignedCheckpoint {
  return { number: header.checkpoint, headerHash: headerHash(header), renewable: renewableOf(header) }
}

/** Bytes of {@link encodeSigned}. */
export const SIGNED_BYTES = 80

/** `number u64 ‖ header hash 32 ‖ origin u64 ‖ content 32`, big-endian; the last two are zero where no other header renews it. */
export function encodeSigned({ number, headerHash, renewable }: SignedCheckpoint): Buffer {
  const bytes = Buffer.alloc(SIGNED_BYTES)
  bytes.writeBigUInt64BE(number)
  bytes.write(headerHash.slice(2), 8, 'hex')
  if (renewable) {
    bytes.writeBigUInt64BE(renewable.origin, 40)
    bytes.write(renewable.content.slice(2), 48, 'hex')
  }
  return bytes
}

/** Reads what stands at a place that has {@link SIGNED_BYTES}. Errors: encoding.range (an origin of nothing). */
export function decodeSigned(bytes: Buffer, at = 0): Result<SignedCheckpoint> {
  const number = bytes.readBigUInt64BE(at)
  const hashAt = (from: number) => toHex(bytes.subarray(at + from, at + from + 32)) as Hash
  const known = { number, headerHash: hashAt(8) }
  const [origin, content] = [bytes.readBigUInt64BE(at + 40), hashAt(48)]
  if (content !== ZERO_HASH) return ok({ ...known, renewable: { origin, content } })
  if (origin !== 0n) return fail(protocolError('encoding.range', 'an origin of no content'))
  return ok(known)
}
