import { randomBytes } from 'node:crypto'

/** Marks a call: a count that no bundle has. */
const MARK = 0xffff_ffff
const NONCE_BYTES = 8
export const CALL_BYTES = 4 + 8 + NONCE_BYTES
/** A call is repeated after this time as long as its block has not come, in milliseconds: the network promises no delivery. */
export const CALL_MILLISECONDS = 500

/**
 * A call for a block: `ffffffff ‖ height u64 ‖ nonce 8`. CometBFT has no means by which an application that owns its mempool could ask for
 * a block, so validators without work wait, and one that has some calls the others over the channel of the mempool. Anybody may call;
 * all that comes of it is an empty block, at the chain's usual pace. The nonce passes the peers' filter of repeated bytes.
 */
export function encodeCall(height: bigint): Uint8Array {
  const bytes = Buffer.alloc(CALL_BYTES)
  bytes.writeUInt32BE(MARK, 0)
  bytes.writeBigUInt64BE(height, 4)
  randomBytes(NONCE_BYTES).copy(bytes, 12)
  return bytes
}

/** The height that a call is for; undefined if the bytes are something else. */
export function decodeCall(bytes: Uint8Array): bigint | undefined {
  if (bytes.length !== CALL_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return view.getUint32(0) === MARK ? view.getBigUint64(4) : undefined
}
