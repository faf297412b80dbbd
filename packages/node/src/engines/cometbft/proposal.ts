import { frameHead } from './frames.ts'
import { ResponsePrepareProposalSchema, ResponseSchema } from './gen/tendermint/abci/types_pb.js'

/** Wire type of what has a length. */
const LENGTH_DELIMITED = 2

const ANSWER = tag(ResponseSchema.field.prepareProposal.number)
const TX = tag(ResponsePrepareProposalSchema.field.txs.number)

/**
 * The `Response` to PrepareProposal, in a buffer of its own. The general encoder copies a block five times (its buffer doubles, and a length
 * is written before the bytes by moving them); this copies it once.
 */
export function encodeProposal(txs: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const parts = txs.flatMap(tx => [TX, frameHead(tx.length), tx])
  const head = [ANSWER, frameHead(lengthOf(parts))]
  const bytes = Buffer.allocUnsafeSlow(lengthOf(head) + lengthOf(parts))
  let at = 0
  for (const part of [...head, ...parts]) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** What stands before the length of a field. */
function tag(field: number): Uint8Array {
  return frameHead(field * 8 + LENGTH_DELIMITED)
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}
