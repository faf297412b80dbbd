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
import { bearsMark, gossipHead, HEAD_BYTES } from './gossip-head.ts'

/** Marks a signed header: a count that no bundle has. */
const MARK = 0xffff_fffc

/**
 * A header under the signature of one key, on its way between nodes over the channel of the mempool: `fffffffc ‖ nonce 8 ‖ signature 65 ‖
 * header`. The nonce passes the peers' filter of repeated bytes.
 */
export function encodeHeaderMessage({ header, signature }: SignedHeader): Uint8Array {
  return Buffer.concat([gossipHead(MARK), fromHex(signature), encodeHeader(header)])
}

/** Whether bytes claim to be such a message. */
export function isHeaderMessage(bytes: Uint8Array): boolean {
  return bearsMark(bytes, MARK)
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
