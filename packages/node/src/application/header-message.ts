import { randomBytes } from 'node:crypto'
import {
  decodeHeader,
  encodeHeader,
  fail,
  fromHex,
  ok,
  protocolError,
  type Result,
  SIGNATURE_BYTES,
  toHex,
} from '@omg/protocol'
import type { SignedHeader } from '@omg/rootchain'

/** Marks a signed header: a count that no bundle has. */
const MARK = 0xffff_fffc
const NONCE_BYTES = 8
const HEAD_BYTES = 4 + NONCE_BYTES

/**
 * A header under the signature of one key, on its way between nodes over the channel of the mempool: `fffffffc ‖ nonce 8 ‖ signature 65 ‖
 * header`. The nonce passes the peers' filter of repeated bytes.
 */
export function encodeHeaderMessage({ header, signature }: SignedHeader): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(MARK, 0)
  randomBytes(NONCE_BYTES).copy(head, 4)
  return Buffer.concat([head, fromHex(signature), encodeHeader(header)])
}

/** Whether bytes claim to be such a message. */
export function isHeaderMessage(bytes: Uint8Array): boolean {
  if (bytes.length < HEAD_BYTES) return false
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0) === MARK
}

/** The signature is not checked. Errors: `encoding.*`. */
export function decodeHeaderMessage(bytes: Uint8Array): Result<SignedHeader> {
  const at = HEAD_BYTES + SIGNATURE_BYTES
  if (!isHeaderMessage(bytes) || bytes.length < at) {
    return fail(protocolError('encoding.truncated', 'the message of a signed header is cut off'))
  }
  const header = decodeHeader(bytes.subarray(at))
  return header.ok ? ok({ header: header.value, signature: toHex(bytes.subarray(HEAD_BYTES, at)) }) : header
}
