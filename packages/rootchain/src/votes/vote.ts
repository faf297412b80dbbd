import {
  type Address,
  concat,
  fail,
  fromHex,
  type Hash,
  type Hex,
  keccak256,
  type OmgError,
  ok,
  type Result,
  recoverSigner,
  SIGNATURE_BYTES,
  toHex,
} from '@omg/protocol'
import { rootChainError } from '../error.ts'

/** The kinds of vote, as CometBFT counts them from 1. */
export const VOTE_TYPES = ['prevote', 'precommit'] as const
export type VoteType = (typeof VOTE_TYPES)[number]

/** What two conflicting votes have in common. */
export interface VoteSlot {
  readonly type: VoteType
  /** 1 to 2^63 - 1. */
  readonly height: bigint
  /** 0 to 2^31 - 1. */
  readonly round: number
}

/** The block of a vote, and the parts in which it was gossiped. */
export interface VotedBlock {
  readonly hash: Hash
  /** At least 1. */
  readonly partsTotal: number
  readonly partsHash: Hash
}

/** One vote of CometBFT, as its voter signed it. */
export interface ConsensusVote extends VoteSlot {
  /** Undefined: a vote for no block. */
  readonly block: VotedBlock | undefined
  /** The voter's time: seconds since 1970, before it negative. */
  readonly seconds: bigint
  readonly nanoseconds: number
  /** `r ‖ s ‖ v` of a secp256k1eth key, v 0 or 1. */
  readonly signature: Hex
}

const LENGTH = { height: 0x11, round: 0x19, block: 0x22, time: 0x2a, chainId: 0x32 } as const
const MAX_HEIGHT = 2n ** 63n - 1n
const MAX_ROUND = 2 ** 31 - 1
/** The years 1 to 9999, outside of which CometBFT encodes no time. */
const SECONDS = { first: -62_135_596_800n, last: 253_402_300_799n }
const NANOSECONDS = 1_000_000_000
const RECOVERY_OFFSET = 27

/**
 * The bytes that a validator signs when it votes: CometBFT's CanonicalVote in protobuf, behind its length (v0.40,
 * types/canonical.go). contracts/src/libraries/ConsensusVotes.sol makes the same ones.
 *
 * Errors: `vote.invalid`, for a vote that no validator could have made.
 */
export function voteSignBytes(vote: ConsensusVote, chainId: string): Result<Uint8Array> {
  const problem = voteProblem(vote)
  if (problem) return fail(invalidVote(problem))
  const name = new TextEncoder().encode(chainId)
  const message = concat(
    Uint8Array.of(0x08, VOTE_TYPES.indexOf(vote.type) + 1),
    fixed(LENGTH.height, vote.height),
    // proto3 writes no zeroes.
    vote.round === 0 ? Uint8Array.of() : fixed(LENGTH.round, BigInt(vote.round)),
    vote.block ? field(LENGTH.block, blockBytes(vote.block)) : Uint8Array.of(),
    field(LENGTH.time, concat(number(0x08, vote.seconds), number(0x10, BigInt(vote.nanoseconds)))),
    field(LENGTH.chainId, name),
  )
  return ok(concat(varint(BigInt(message.length)), message))
}

/** Who cast a vote on the chain `chainId` (`consensusChainId`). Errors: `vote.invalid`. */
export function recoverVoter(vote: ConsensusVote, chainId: string): Result<Address> {
  const message = voteSignBytes(vote, chainId)
  if (!message.ok) return message
  const signature = fromHex(vote.signature)
  const v = signature[SIGNATURE_BYTES - 1]
  if (signature.length !== SIGNATURE_BYTES || v === undefined || v > 1) {
    return fail(invalidVote('its signature is not r, s and a v of 0 or 1'))
  }
  signature[SIGNATURE_BYTES - 1] = v + RECOVERY_OFFSET
  const signer = recoverSigner(toHex(keccak256(message.value)) as Hash, toHex(signature))
  return signer.ok ? signer : fail(invalidVote('no key made its signature', signer.error))
}

export function invalidVote(reason: string, cause?: unknown): OmgError {
  return rootChainError('vote.invalid', `not a vote: ${reason}`, cause)
}

function voteProblem({ height, round, block, seconds, nanoseconds }: ConsensusVote): string | undefined {
  if (height < 1n || height > MAX_HEIGHT) return `height ${height}`
  if (!isWhole(round, MAX_ROUND)) return `round ${round}`
  if (seconds < SECONDS.first || seconds > SECONDS.last) return `time ${seconds}`
  if (!isWhole(nanoseconds, NANOSECONDS - 1)) return `${nanoseconds} nanoseconds`
  if (block && (block.partsTotal === 0 || !isWhole(block.partsTotal, 0xffff_ffff)))
    return `${block.partsTotal} parts`
  return undefined
}

const isWhole = (value: number, most: number) => Number.isInteger(value) && value >= 0 && value <= most

function blockBytes({ hash, partsTotal, partsHash }: VotedBlock): Uint8Array {
  const parts = concat(number(0x08, BigInt(partsTotal)), field(0x12, fromHex(partsHash)))
  return concat(field(0x0a, fromHex(hash)), field(0x12, parts))
}

/** A field of bytes behind their length. */
function field(key: number, bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(key), varint(BigInt(bytes.length)), bytes)
}

/** A field with a varint; proto3 writes no zeroes. */
function number(key: number, value: bigint): Uint8Array {
  return value === 0n ? Uint8Array.of() : concat(Uint8Array.of(key), varint(value))
}

/** A field with eight bytes, the lowest first. */
function fixed(key: number, value: bigint): Uint8Array {
  const bytes = new Uint8Array(9)
  bytes[0] = key
  new DataView(bytes.buffer).setBigUint64(1, value, true)
  return bytes
}

/** Seven bits a byte, the lowest first; a negative number as its two's complement of 64 bits. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
