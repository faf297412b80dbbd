import { randomBytes } from 'node:crypto'

/** Marks of a call and of a standing: counts that no bundle has. */
const CALL_MARK = 0xffff_ffff
const STANDING_MARK = 0xffff_fffd
const NONCE_BYTES = 8
export const CALL_BYTES = 4 + 8 + NONCE_BYTES
/** A call is repeated after this time as long as its block has not come, in milliseconds: the network promises no delivery. */
export const CALL_MILLISECONDS = 500
/** A standing is told so long after a block, then after twice as long each time, in milliseconds. */
export const STANDING_MILLISECONDS = { first: 1_000, longest: 60_000 } as const

/**
 * A call for a block: `ffffffff ‖ height u64 ‖ nonce 8`. CometBFT has no means by which an application that owns its mempool could ask for
 * a block, so validators without work wait, and one that has some calls the others over the channel of the mempool. Anybody may call;
 * all that comes of it is an empty block, at the chain's usual pace. The nonce passes the peers' filter of repeated bytes.
 */
export function encodeCall(height: bigint): Uint8Array {
  return encode(CALL_MARK, height)
}

/** The height that a call is for; undefined if the bytes are something else. */
export function decodeCall(bytes: Uint8Array): bigint | undefined {
  return decode(CALL_MARK, bytes)
}

/**
 * Where a node stands: `fffffffd ‖ height u64 ‖ nonce 8`, told to its peers at growing intervals while no block comes. CometBFT sends the
 * votes of old blocks only while its own chain moves, so whoever came back a few blocks behind a network that rests would stay there.
 */
export function encodeStanding(height: bigint): Uint8Array {
  return encode(STANDING_MARK, height)
}

/** The height at which a peer stands; undefined if the bytes are something else. */
export function decodeStanding(bytes: Uint8Array): bigint | undefined {
  return decode(STANDING_MARK, bytes)
}

function encode(mark: number, height: bigint): Uint8Array {
  const bytes = Buffer.alloc(CALL_BYTES)
  bytes.writeUInt32BE(mark, 0)
  bytes.writeBigUInt64BE(height, 4)
  randomBytes(NONCE_BYTES).copy(bytes, 12)
  return bytes
}

function decode(mark: number, bytes: Uint8Array): bigint | undefined {
  if (bytes.length !== CALL_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return view.getUint32(0) === mark ? view.getBigUint64(4) : undefined
}
