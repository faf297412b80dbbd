import {
  type Address,
  concat,
  encodeHeader,
  fromHex,
  type Hash,
  type Header,
  type Hex,
  keccak256,
  toHex,
} from '@omg/protocol'
import { encodeAbiParameters, type TransactionReceipt } from 'viem'
import { slashingAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { rootChainError } from '../error.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import type { DoubleVote } from '../votes/read.ts'
import { type ConsensusVote, invalidVote, VOTE_TYPES } from '../votes/vote.ts'

/** F1: two headers of one checkpoint number, each with the signature of one and the same key. */
export interface Equivocation {
  readonly headers: readonly [Header, Header]
  readonly signatures: readonly [Hex, Hex]
}

/** Two votes of one slot, and the accepted checkpoint with the block two heights before: there it was decided who votes. */
export interface ProvenDoubleVote {
  readonly votes: DoubleVote
  readonly header: Header
}

/** What a validator did. */
export type Offence =
  | ({ readonly kind: 'equivocation' } & Equivocation)
  | ({ readonly kind: 'doubleVote' } & ProvenDoubleVote)

/** An offence, and for whom it is proven. Whoever knows it can make the proof, and it pays the prover. */
export interface PlannedProof {
  readonly offence: Offence
  /** Who gets the prover's part of what is taken. */
  readonly prover: Address
  /** 32 random bytes, kept until the proof is in a block. */
  readonly salt: Hash
}

export interface ProofParameters extends SendOptions, PlannedProof {}

/** What a commitment hides: the offence, for whom it is proven, and a salt. */
export function commitmentOf({ offence, prover, salt }: PlannedProof): Hash {
  const evidence = keccak256(
    fromHex(encodeAbiParameters([inputOf(functionOf(offence))], [argumentOf(offence)])),
  )
  const padded = concat(new Uint8Array(12), fromHex(prover))
  return toHex(keccak256(concat(evidence, padded, fromHex(salt)))) as Hash
}

/** Commits to a proof, which can be shown `revealDelayBlocks` later (A39). Committing again changes nothing. */
export function commitProof(rootChain: RootChain, parameters: ProofParameters): Promise<TransactionReceipt> {
  const call = { functionName: 'commit', args: [commitmentOf(parameters)] } as const
  return writeContract(rootChain, { ...contractOf(rootChain), ...call }, parameters)
}

/**
 * Shows a proof that was committed to. The stake that answers for the offender is slashed, and she is jailed.
 *
 * @throws RevertedError `NotCommitted`, `AlreadyPunished`, `NotInSet`, `NotSlashable` (all that answered for it is free by now), and what
 * else ISlashing names for evidence of nothing.
 */
export function proveOffence(rootChain: RootChain, parameters: ProofParameters): Promise<TransactionReceipt> {
  const { offence, prover, salt } = parameters
  const contract = contractOf(rootChain)
  const who = { account: prover, salt }
  if (offence.kind === 'equivocation') {
    const call = { functionName: 'proveEquivocation', args: [equivocationOf(offence), who] } as const
    return writeContract(rootChain, { ...contract, ...call }, parameters)
  }
  const call = { functionName: 'proveDoubleVote', args: [doubleVoteOf(offence), who] } as const
  return writeContract(rootChain, { ...contract, ...call }, parameters)
}

/** The block from which a commitment can be shown; undefined while there is none. */
export async function getRevealBlock(
  rootChain: Pick<RootChain, 'ethereum' | 'deployment'>,
  proof: PlannedProof,
): Promise<bigint | undefined> {
  const { ethereum, deployment } = rootChain
  const call = { functionName: 'committedAt', args: [commitmentOf(proof)] } as const
  const block = await ethereum.readContract({ ...contractOf(rootChain), ...call })
  if (block === 0n) return undefined
  return block + BigInt(Math.max(1, deployment.parameters.revealDelayBlocks))
}

/** Whether a validator was punished for an offence in a set already. */
export function isPunished(
  rootChain: Pick<RootChain, 'ethereum' | 'deployment'>,
  { validator, kind, validatorSetId }: PunishmentQuery,
): Promise<boolean> {
  const args = [validator, kind === 'equivocation' ? 0 : 1, validatorSetId] as const
  return rootChain.ethereum.readContract({ ...contractOf(rootChain), functionName: 'isPunished', args })
}

export interface PunishmentQuery {
  readonly validator: Address
  readonly kind: Offence['kind']
  readonly validatorSetId: bigint
}

const contractOf = ({ deployment }: Pick<RootChain, 'deployment'>) =>
  ({ address: deployment.slashing, abi: slashingAbi }) as const

const functionOf = ({ kind }: Offence) => (kind === 'equivocation' ? 'proveEquivocation' : 'proveDoubleVote')

function inputOf(name: 'proveEquivocation' | 'proveDoubleVote') {
  const found = slashingAbi.find(item => item.type === 'function' && item.name === name)
  if (found?.type !== 'function') throw rootChainError('deployment.artifact', `there is no ${name}`)
  return found.inputs[0]!
}

const argumentOf = (offence: Offence) =>
  offence.kind === 'equivocation' ? equivocationOf(offence) : doubleVoteOf(offence)

function equivocationOf({ headers: [a, b], signatures: [signatureA, signatureB] }: Equivocation) {
  return {
    ...{ headerA: toHex(encodeHeader(a)), signatureA },
    ...{ headerB: toHex(encodeHeader(b)), signatureB },
  }
}

function doubleVoteOf({ votes: [a, b], header }: ProvenDoubleVote) {
  if (a.type !== b.type || a.height !== b.height || a.round !== b.round) {
    throw invalidVote('the two are of different heights, rounds or types')
  }
  const slot = { voteType: VOTE_TYPES.indexOf(a.type) + 1, height: a.height, round: a.round }
  return { slot, a: voteOf(a), b: voteOf(b), header: toHex(encodeHeader(header)) }
}

const NO_HASH = `0x${'00'.repeat(32)}` as const

function voteOf({ block, seconds, nanoseconds, signature }: ConsensusVote) {
  return {
    blockHash: block?.hash ?? NO_HASH,
    partsTotal: block?.partsTotal ?? 0,
    partsHash: block?.partsHash ?? NO_HASH,
    time: seconds,
    nanos: nanoseconds,
    signature,
  }
}
