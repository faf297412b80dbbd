import type { OutputId } from '@omg/protocol'
import { z } from 'zod'
import { nodeError } from '../../errors.ts'
import type { StoredCheckpoint } from '../../store/checkpoints.ts'
import { checkpointShape, describeOutput, outputShape } from '../describe.ts'
import { decimal, hash, hashParam, heightParam, hex, method } from '../method.ts'

export const getCheckpoint = method({
  name: 'omg_getCheckpoint',
  summary: 'A closed checkpoint: header, signatures, and whether Ethereum has accepted it.',
  params: z.strictObject({ number: heightParam.default('latest') }),
  result: checkpointShape,
  handler({ checkpoints, ledger, store }, { number }) {
    const newest = ledger.tip.checkpoint - 1n
    const wanted = number === 'latest' ? newest : BigInt(number)
    const checkpoint = checkpoints.get(wanted)
    if (!checkpoint && wanted >= 1n && wanted <= store.prunedCheckpoint) {
      throw nodeError('request.pruned', `Checkpoint ${wanted} is not kept here.`)
    }
    if (!checkpoint)
      throw nodeError('request.not_found', `That checkpoint is not closed; the newest is ${newest}.`)
    return describeCheckpoint({ ...checkpoint, signatures: checkpoints.signatures(checkpoint) })
  },
})

export function describeCheckpoint(checkpoint: StoredCheckpoint): z.input<typeof checkpointShape> {
  const { accepted } = checkpoint
  return {
    number: String(checkpoint.number),
    headerHash: checkpoint.headerHash,
    header: checkpoint.header,
    txCount: checkpoint.txCount,
    firstHeight: String(checkpoint.firstHeight),
    lastHeight: String(checkpoint.lastHeight),
    signatures: checkpoint.signatures,
    status: accepted ? 'committed' : 'closed',
    acceptedBlock: accepted ? String(accepted.block) : null,
    acceptedTime: accepted ? String(accepted.time) : null,
    acceptedTransaction: accepted?.transaction ?? null,
  }
}

export const getExitProof = method({
  name: 'omg_getExitProof',
  summary: 'What Ethereum needs to see to exit an output. Also for spent outputs, which exit games refer to.',
  params: z.strictObject({ outputId: hashParam }),
  result: z.union([
    z.object({
      kind: z.literal('deposit'),
      id: hash,
      output: outputShape,
      position: decimal,
      transaction: hex,
    }),
    z.object({
      kind: z.literal('transaction'),
      id: hash,
      output: outputShape,
      position: decimal,
      outputIndex: z.int(),
      path: z.int(),
      transaction: hex,
      txHash: hash,
      witnessHash: hash,
      inputPositions: hex,
      lanes: decimal,
      proof: hex,
      header: hex,
      checkpoint: decimal,
      committed: z.boolean(),
    }),
  ]),
  async handler({ proofs }, { outputId }) {
    const proof = await proofs.exitProof(outputId as OutputId)
    if (proof === 'unknown') throw nodeError('request.not_found', `No output ${outputId} is known.`)
    if (proof === 'open')
      throw nodeError('request.not_found', 'Its checkpoint is still open; ask again when it has closed.')
    if (proof === 'pruned')
      throw nodeError('request.pruned', `The block that made ${outputId} has been pruned.`)
    const output = describeOutput(proof.output)
    const position = String(proof.position)
    if (proof.kind === 'deposit') return { ...proof, output, position }
    return { ...proof, output, position, lanes: String(proof.lanes), checkpoint: String(proof.checkpoint) }
  },
})
