import { randomBytes } from 'node:crypto'

const MARK_BYTES = 4
const NONCE_BYTES = 8
/** Bytes before what a message between nodes says. */
export const HEAD_BYTES = MARK_BYTES + NONCE_BYTES

/** `mark u32 ‖ nonce 8`. A mark is a count that no bundle has; the nonce passes the peers' filter of repeated bytes. */
export function gossipHead(mark: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(mark, 0)
  randomBytes(NONCE_BYTES).copy(head, MARK_BYTES)
  return head
}

/** Whether bytes claim to be a message of this mark. */
export function bearsMark(bytes: Uint8Array, mark: number): boolean {
  if (bytes.length < HEAD_BYTES) return false
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0) === mark
}
