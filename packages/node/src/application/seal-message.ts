import { fail, ok, protocolError, type Result } from '@omg/protocol'
import { bearsMark, gossipHead, HEAD_BYTES } from './gossip-head.ts'
import { encodeSeal, MAX_SEALS, SEAL_BYTES, type Seal, sealAt } from './record.ts'

/** Marks a message of seals: a count that no bundle has. */
const MARK = 0xffff_fffe

/**
 * Checkpoint signatures on their way between nodes, over the channel of the mempool: `fffffffe ‖ nonce 8 ‖ seal × n`. They bear their
 * own proof, so anybody may pass them on. The nonce passes the peers' filter of repeated bytes.
 */
export function encodeSealMessage(seals: readonly Seal[]): Uint8Array {
  return Buffer.concat([gossipHead(MARK), ...seals.map(encodeSeal)])
}

/** Whether bytes claim to be such a message. */
export function isSealMessage(bytes: Uint8Array): boolean {
  return bearsMark(bytes, MARK)
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
