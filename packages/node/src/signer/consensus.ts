import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { fromHex, type Hash, type Hex, keccak256, type OmgError, signDigest, toHex } from '@omg/protocol'
import { frameHead } from '../engines/cometbft/frames.ts'
import { type Message, MessageSchema } from '../engines/cometbft/gen/tendermint/privval/types_pb.js'
import {
  CanonicalProposalSchema,
  CanonicalVoteExtensionSchema,
  CanonicalVoteSchema,
} from '../engines/cometbft/gen/tendermint/types/canonical_pb.js'
import {
  type BlockID,
  type Proposal,
  SignedMsgType,
  type Vote,
} from '../engines/cometbft/gen/tendermint/types/types_pb.js'
import { publicKeyOf } from '../engines/cometbft/keys.ts'
import { nodeError } from '../errors.ts'
import { type SignedStep, STEPS, type VoteRecord } from './vote-record.ts'

/** Longest message of CometBFT to its signer, and back, in bytes. */
export const MAX_CONSENSUS_MESSAGE_BYTES = 10 * 1024
/** Ethereum counts v from 27, CometBFT from 0. */
const RECOVERY_OFFSET = 27

type Answer = NonNullable<MessageInitShape<typeof MessageSchema>['sum']>

/**
 * Answers CometBFT's protocol for remote signers: who signs, and signatures of proposals, votes and their extensions, of one chain, through the
 * record of what was signed.
 */
export class ConsensusSigner {
  readonly #key: Hex
  readonly #chainId: string
  readonly #record: VoteRecord
  readonly #onRefused: (error: OmgError) => void

  constructor(options: {
    key: Hex
    chainId: string
    record: VoteRecord
    onRefused: (error: OmgError) => void
  }) {
    this.#key = options.key
    this.#chainId = options.chainId
    this.#record = options.record
    this.#onRefused = options.onRefused
  }

  /** The bytes of an answer. Errors (thrown): engine.frame, for bytes that are no request. */
  answer(bytes: Uint8Array): Uint8Array {
    return toBinary(MessageSchema, create(MessageSchema, { sum: this.#answer(requestOf(bytes)) }))
  }

  #answer(sum: Message['sum']): Answer {
    switch (sum.case) {
      case 'pingRequest':
        return { case: 'pingResponse', value: {} }
      case 'pubKeyRequest':
        return this.#guarded(
          sum.value.chainId,
          () => ({ case: 'pubKeyResponse', value: { pubKey: this.#publicKey() } }),
          error => ({ case: 'pubKeyResponse', value: { pubKey: {}, error } }),
        )
      case 'signVoteRequest':
        return this.#guarded(
          sum.value.chainId,
          () => ({ case: 'signedVoteResponse', value: { vote: this.#vote(sum.value.vote) } }),
          error => ({ case: 'signedVoteResponse', value: { vote: {}, error } }),
        )
      case 'signProposalRequest':
        return this.#guarded(
          sum.value.chainId,
          () => ({ case: 'signedProposalResponse', value: { proposal: this.#proposal(sum.value.proposal) } }),
          error => ({ case: 'signedProposalResponse', value: { proposal: {}, error } }),
        )
      default:
        throw nodeError('engine.frame', 'CometBFT sent its signer what is no request.')
    }
  }

  /** What is refused is told by its code, and nothing is signed. */
  #guarded(
    chainId: string,
    work: () => Answer,
    refuse: (error: { code: number; description: string }) => Answer,
  ): Answer {
    try {
      if (chainId !== this.#chainId)
        throw nodeError('signer.chain', `This key signs for ${this.#chainId}, not ${chainId}.`)
      return work()
    } catch (error) {
      const known = error as OmgError
      if (typeof known.code !== 'string') throw error
      this.#onRefused(known)
      return refuse({ code: 1, description: `${known.code}: ${known.message}` })
    }
  }

  #publicKey() {
    return { sum: { case: 'secp256k1eth' as const, value: publicKeyOf(this.#key) } }
  }

  #vote(vote: Vote | undefined): Vote {
    const step = vote && VOTE_STEPS[vote.type]
    if (!vote || !step) throw refusedMessage('a vote of no kind')
    const isForBlock = !isNil(vote.blockId)
    const mayExtend = step === STEPS.precommit && isForBlock
    if (!mayExtend && vote.extension.length > 0) throw refusedMessage('an extension where there can be none')
    const signBytes = (timestamp: Vote['timestamp']) =>
      delimited(
        toBinary(
          CanonicalVoteSchema,
          create(CanonicalVoteSchema, {
            ...{ type: vote.type, height: vote.height, round: BigInt(vote.round), chainId: this.#chainId },
            ...(isForBlock && { blockId: canonicalBlock(vote.blockId!) }),
            timestamp: timestamp ?? {},
          }),
        ),
      )
    const { seconds, nanos, signature } = this.#signed(vote, step, signBytes)
    // Extensions differ from one attempt to the next, and cost nothing to sign again.
    const extension = mayExtend ? this.#extension(vote) : new Uint8Array()
    const timestamp = { ...vote.timestamp!, seconds, nanos }
    return { ...vote, timestamp, signature: fromHex(signature), extensionSignature: extension }
  }

  #extension({ extension, height, round }: Vote): Uint8Array {
    const canonical = { extension, height, round: BigInt(round), chainId: this.#chainId }
    const bytes = toBinary(CanonicalVoteExtensionSchema, create(CanonicalVoteExtensionSchema, canonical))
    return fromHex(this.#sign(delimited(bytes)))
  }

  #proposal(proposal: Proposal | undefined): Proposal {
    if (proposal?.type !== SignedMsgType.PROPOSAL || isNil(proposal.blockId))
      throw refusedMessage('no proposal')
    const signBytes = (timestamp: Proposal['timestamp']) =>
      delimited(
        toBinary(
          CanonicalProposalSchema,
          create(CanonicalProposalSchema, {
            ...{ type: proposal.type, height: proposal.height, round: BigInt(proposal.round) },
            ...{ polRound: BigInt(proposal.polRound), blockId: canonicalBlock(proposal.blockId!) },
            ...{ timestamp: timestamp ?? {}, chainId: this.#chainId },
          }),
        ),
      )
    const { seconds, nanos, signature } = this.#signed(proposal, STEPS.proposal, signBytes)
    return {
      ...proposal,
      timestamp: { ...proposal.timestamp!, seconds, nanos },
      signature: fromHex(signature),
    }
  }

  /** One message of a height, round and step; at whatever time it comes again. */
  #signed(
    message: Pick<Vote, 'height' | 'round' | 'timestamp'>,
    step: SignedStep['step'],
    signBytes: (timestamp: Vote['timestamp']) => Uint8Array,
  ) {
    const { height, round, timestamp } = message
    if (height < 1n || round < 0 || !timestamp) throw refusedMessage('no height, round or time')
    const identity = toHex(keccak256(signBytes(undefined))) as Hash
    const { seconds, nanos } = timestamp
    return this.#record.sign({ height, round, step, identity, seconds, nanos }, () =>
      this.#sign(signBytes(timestamp)),
    )
  }

  #sign(bytes: Uint8Array): Hex {
    const signature = fromHex(signDigest(toHex(keccak256(bytes)) as Hash, this.#key))
    signature[64]! -= RECOVERY_OFFSET
    return toHex(signature)
  }
}

const VOTE_STEPS: { readonly [type: number]: SignedStep['step'] } = {
  [SignedMsgType.PREVOTE]: STEPS.prevote,
  [SignedMsgType.PRECOMMIT]: STEPS.precommit,
}

function requestOf(bytes: Uint8Array): Message['sum'] {
  try {
    return fromBinary(MessageSchema, new Uint8Array(bytes)).sum
  } catch (cause) {
    throw nodeError('engine.frame', 'CometBFT sent its signer bytes that are no message.', cause)
  }
}

const refusedMessage = (what: string) =>
  nodeError('signer.message', `CometBFT asked for a signature over ${what}.`)

/** A vote for no block. */
function isNil(block: BlockID | undefined): boolean {
  const parts = block?.partSetHeader
  return !block || (block.hash.length === 0 && (parts?.total ?? 0) === 0 && (parts?.hash.length ?? 0) === 0)
}

function canonicalBlock({ hash, partSetHeader }: BlockID) {
  return {
    hash,
    partSetHeader: { total: partSetHeader?.total ?? 0, hash: partSetHeader?.hash ?? new Uint8Array() },
  }
}

function delimited(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([frameHead(bytes.length), bytes])
}
