import { fail, type Hash, type Hex, ok, type Result, toHex } from '@omg/protocol'
import { type ConsensusVote, invalidVote, VOTE_TYPES, type VotedBlock } from './vote.ts'

/** Two votes of one slot by one validator for different blocks. */
export type DoubleVote = readonly [ConsensusVote, ConsensusVote]

const EVIDENCE_TYPE = 'tendermint/DuplicateVoteEvidence'

/** What CometBFT's JSON is made of. Anything else in it throws, and the readers make that an error. */
type Fields = Record<string, unknown>

/**
 * Reads an item of `block.evidence.evidence` of CometBFT's RPC. Undefined: it is evidence of another kind (an attack on light
 * clients), of which Ethereum knows nothing. Errors: `vote.invalid`.
 */
export function readDoubleVote(json: unknown): Result<DoubleVote | undefined> {
  return reading(() => {
    const { type, value } = fieldsOf(json, 'the evidence')
    if (type !== EVIDENCE_TYPE) return undefined
    const { vote_a: a, vote_b: b } = fieldsOf(value, 'the evidence')
    return [voteOf(a), voteOf(b)]
  })
}

/** Reads a vote as CometBFT's RPC prints it. Errors: `vote.invalid`. */
export function readConsensusVote(json: unknown): Result<ConsensusVote> {
  return reading(() => voteOf(json))
}

function reading<T>(read: () => T): Result<T> {
  try {
    return ok(read())
  } catch (error) {
    return fail(invalidVote(error instanceof Error ? error.message : String(error)))
  }
}

function voteOf(json: unknown): ConsensusVote {
  const vote = fieldsOf(json, 'the vote')
  const type = typeof vote.type === 'number' ? VOTE_TYPES[vote.type - 1] : undefined
  if (!type) throw new Error('its type is neither prevote nor precommit')
  return {
    type,
    height: heightOf(vote.height),
    round: numberOf(vote.round, 'round'),
    block: blockOf(vote.block_id),
    ...timeOf(vote.timestamp),
    signature: base64Of(vote.signature),
  }
}

function blockOf(json: unknown): VotedBlock | undefined {
  const { hash, parts } = fieldsOf(json, 'block_id')
  const { total, hash: partsHash } = fieldsOf(parts, 'parts')
  if (hash === '' && total === 0 && partsHash === '') return undefined
  return {
    hash: hashOf(hash, 'hash'),
    partsTotal: numberOf(total, 'total'),
    partsHash: hashOf(partsHash, 'hash of the parts'),
  }
}

/** RFC 3339 in UTC with at most nanoseconds, as Go prints it. */
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/

function timeOf(value: unknown): Pick<ConsensusVote, 'seconds' | 'nanoseconds'> {
  const [, whole, fraction = ''] = (typeof value === 'string' && TIME.exec(value)) || []
  const milliseconds = whole === undefined ? Number.NaN : Date.parse(`${whole}Z`)
  if (Number.isNaN(milliseconds) || !new Date(milliseconds).toISOString().startsWith(`${whole}`)) {
    throw new Error('its timestamp is no time')
  }
  return { seconds: BigInt(milliseconds / 1000), nanoseconds: Number(fraction.padEnd(9, '0')) }
}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${name} is not an object`)
  return value as Fields
}

function heightOf(value: unknown): bigint {
  if (typeof value !== 'string' || !/^[1-9]\d{0,18}$/.test(value)) throw new Error('its height is no number')
  return BigInt(value)
}

function numberOf(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Error(`no ${name}`)
  return value
}

function hashOf(value: unknown, name: string): Hash {
  if (typeof value !== 'string' || !/^[0-9A-F]{64}$/.test(value)) throw new Error(`its ${name} is no hash`)
  return `0x${value.toLowerCase()}` as Hash
}

/** The signature: 65 bytes, of which base64 makes 88 characters. */
function base64Of(value: unknown): Hex {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]{86}[AEIMQUYcgkosw048]=$/.test(value)) {
    throw new Error('its signature is not 65 bytes in base64')
  }
  return toHex(Uint8Array.from(atob(value), character => character.charCodeAt(0)))
}
