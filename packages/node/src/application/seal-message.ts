import { randomBytes } from 'node:crypto'
import { fail, ok, protocolError, type Result } from '@omg/protocol'
import { encodeSeal, MAX_SEALS, SEAL_BYTES, type Seal, sealAt } from './record.ts'

/** Marks a message of seals: a count that no bundle has. */
const MARK = 0xffff_fffe
const NONCE_BYTES = 8
const HEAD_BYTES = 4 + NONCE_BYTES

/**
 * Checkpoint signatures on their way between nodes, over the channel of the mempool: `fffffffe ‖ nonce 8 ‖ seal × n`. They bear their
 * own proof, so anybody may pass them on. The nonce passes the peers' filter of repeated bytes.
 */
export function encodeSealMessage(seals: readonly Seal[]): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(MARK, 0)
  randomBytes(NONCE_BYTES).copy(head, 4)
  return Buffer.concat([head, ...seals.map(encodeSeal)])
}

/** Whether bytes claim to be such a message. */
export function isSealMessage(bytes: Uint8Array): boolean {
  if (bytes.length < HEAD_BYTES) return false
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0) === MARK
}

/** Errors: `encoding.truncated`, `encoding.range` (none, or more than a block carries). */
export function decodeSealMessage(bytes: Uint8Array): Result<Seal[]> {
  const count = (bytes.length - HEAD_BYTES) / SEAL_BYTES
  if (!isSealMessage(bytes) || !Number.isInteger(count)) {
    return fail(protocolError('encoding.truncated', 'the message of checkpoint signatures is cut off'))
  }
  if (count < 1 || count > MAX_SEALS) {
    return fail(protocolError('encoding.range', `${count} checkpoint signatures`))
  }
  const buffer = Buffer.from(bytes)
  return ok(Array.from({ length: count }, (_, i) => sealAt(buffer, HEAD_BYTES + SEAL_BYTES * i)))
}
