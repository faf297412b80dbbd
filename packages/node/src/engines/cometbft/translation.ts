import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt'
import { nodeError } from '../../errors.ts'
import type {
  EngineValidator,
  FinalizeBlockRequest,
  FinalizeBlockResponse,
  PrepareProposalRequest,
  ProposalRequest,
  Snapshot,
  VoteExtension,
} from '../engine.ts'
import {
  type ExtendedCommitInfo,
  type Misbehavior,
  MisbehaviorType,
  type RequestFinalizeBlock,
  type RequestPrepareProposal,
  type RequestProcessProposal,
  ResponseSchema,
  type Snapshot as SnapshotMessage,
  type ValidatorUpdate,
} from './gen/tendermint/abci/types_pb.js'
import { BlockIDFlag } from './gen/tendermint/types/validator_pb.js'
import { engineBlockBytes } from './genesis.ts'
import { validatorOf } from './keys.ts'
import type { ResponseValue } from './server.ts'

/** What CometBFT counts beside the bytes of the transactions of a block: a tag and a length for each. */
const PROPOSAL_MARGIN_BYTES = 4096

type ResponseInit = NonNullable<MessageInitShape<typeof ResponseSchema>['value']>

/** A response, with the defaults of what it leaves out. */
export function response(value: ResponseInit): ResponseValue {
  return create(ResponseSchema, { value }).value as ResponseValue
}

/** Block time in seconds; CometBFT has nanoseconds. */
export function seconds(time: Timestamp | undefined): bigint {
  return time?.seconds ?? 0n
}

export function milliseconds(time: Timestamp | undefined): number {
  return time ? timestampMs(time) : 0
}

export function prepareProposalRequest(request: RequestPrepareProposal): PrepareProposalRequest {
  return {
    height: request.height,
    time: seconds(request.time),
    maxTxBytes: Math.max(0, Number(request.maxTxBytes) - PROPOSAL_MARGIN_BYTES),
    localLastCommit: votes(request.localLastCommit),
  }
}

export function proposalRequest(
  request: Pick<RequestProcessProposal, 'height' | 'time' | 'txs'>,
): ProposalRequest {
  return { height: request.height, time: seconds(request.time), txs: request.txs }
}

export function finalizeBlockRequest(request: RequestFinalizeBlock): FinalizeBlockRequest {
  return {
    ...proposalRequest(request),
    lastCommit: (request.decidedLastCommit?.votes ?? []).flatMap(({ validator, blockIdFlag }) =>
      validator
        ? [{ validator: validator.address, voted: blockIdFlag === BlockIDFlag.BLOCK_ID_FLAG_COMMIT }]
        : [],
    ),
    misbehavior: request.misbehavior.flatMap(offence),
  }
}

export function finalizeBlockResponse(answer: FinalizeBlockResponse): ResponseValue {
  return response({
    case: 'finalizeBlock',
    value: {
      appHash: answer.appHash,
      txResults: answer.txResults.map(({ code }) => ({ code })),
      validatorUpdates: answer.validatorUpdates.map(validatorUpdate),
      ...(answer.blockBytes !== undefined && {
        // What is left out stays as it is.
        consensusParamUpdates: {
          block: { maxBytes: BigInt(engineBlockBytes(answer.blockBytes)), maxGas: -1n },
        },
      }),
    },
  })
}

/** The validators of a genesis, as CometBFT names them. */
export function engineValidators(updates: readonly ValidatorUpdate[]): EngineValidator[] {
  return updates.flatMap(({ pubKey, power }) =>
    pubKey?.sum.case === 'secp256k1eth' ? [validatorOf(pubKey.sum.value, power)] : [],
  )
}

export function engineSnapshot(snapshot: SnapshotMessage): Snapshot {
  const { height, format, chunks, hash, metadata } = snapshot
  return { height, format, chunks, hash, metadata }
}

/** Who voted for the block, with what the vote brought; validators that voted for nothing or not at all are left out. */
function votes(commit: ExtendedCommitInfo | undefined): VoteExtension[] {
  return (commit?.votes ?? []).flatMap(({ validator, blockIdFlag, voteExtension }) =>
    validator && blockIdFlag === BlockIDFlag.BLOCK_ID_FLAG_COMMIT
      ? [{ validator: validator.address, extension: voteExtension }]
      : [],
  )
}

function offence({ type, validator, height }: Misbehavior): FinalizeBlockRequest['misbehavior'][number][] {
  if (!validator || type === MisbehaviorType.UNKNOWN) return []
  const kind = type === MisbehaviorType.DUPLICATE_VOTE ? 'duplicate-vote' : 'light-client'
  return [{ validator: validator.address, height, kind }]
}

function validatorUpdate({ publicKey, power }: EngineValidator) {
  // CometBFT knows validators by their keys; every set of Ethereum is published with proofs that tell them.
  if (!publicKey) throw nodeError('node.internal', 'A validator without its public key.')
  return { pubKey: { sum: { case: 'secp256k1eth' as const, value: publicKey } }, power }
}
