import { readFileSync } from 'node:fs'
import { address, consensusChainId, toHex } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { readConsensusVote, readDoubleVote } from './read.ts'
import { type ConsensusVote, recoverVoter, VOTE_TYPES, voteSignBytes } from './vote.ts'

interface Vector {
  readonly name: string
  readonly type: number
  readonly height: string
  readonly round: number
  readonly block: ConsensusVote['block'] | null
  readonly seconds: string
  readonly nanos: number
  readonly signBytes: string
  readonly signature: ConsensusVote['signature']
  readonly printed: Record<string, unknown>
}

// Made by CometBFT itself: tools/votes.
const vectors = JSON.parse(
  readFileSync(new URL('../../../protocol/vectors/votes.vectors.json', import.meta.url), 'utf8'),
) as {
  readonly domain: { readonly chainId: string; readonly verifyingContract: string }
  readonly chainId: string
  readonly signer: string
  readonly votes: readonly Vector[]
  readonly evidence: readonly unknown[]
}
const { chainId, signer } = vectors

const voteOf = (vector: Vector): ConsensusVote => ({
  type: VOTE_TYPES[vector.type - 1]!,
  height: BigInt(vector.height),
  round: vector.round,
  block: vector.block ?? undefined,
  seconds: BigInt(vector.seconds),
  nanoseconds: vector.nanos,
  signature: vector.signature,
})

const valid = voteOf(vectors.votes[0]!)

test('the chain id of the vectors is that of their deployment', () => {
  const { chainId: ethereum, verifyingContract } = vectors.domain
  const domain = { chainId: BigInt(ethereum), verifyingContract: address(verifyingContract) }
  expect(consensusChainId(domain)).toBe(chainId)
})

describe.each(vectors.votes)('$name', vector => {
  test('is signed over the bytes that CometBFT signs', () => {
    const bytes = voteSignBytes(voteOf(vector), chainId)
    expect(bytes.ok && toHex(bytes.value)).toBe(vector.signBytes)
    expect(recoverVoter(voteOf(vector), chainId)).toEqual({ ok: true, value: signer })
  })

  test('is read from what CometBFT prints', () => {
    expect(readConsensusVote(vector.printed)).toEqual({ ok: true, value: voteOf(vector) })
  })
})

test('evidence of a double vote is two votes of one voter; other evidence is none', () => {
  const found = readDoubleVote(vectors.evidence[0])
  expect(found).toEqual({ ok: true, value: [voteOf(vectors.votes[2]!), voteOf(vectors.votes[3]!)] })
  expect(readDoubleVote({ type: 'tendermint/LightClientAttackEvidence', value: {} })).toEqual({
    ok: true,
    value: undefined,
  })
})

test('a vote of another chain has another voter', () => {
  const other = recoverVoter(valid, `${chainId.slice(0, -1)}0`)
  expect(other.ok && other.value).not.toBe(signer)
})

test.each<[string, Partial<ConsensusVote>]>([
  ['height 0', { height: 0n }],
  ['height above 63 bits', { height: 2n ** 63n }],
  ['round above 31 bits', { round: 2 ** 31 }],
  ['half a round', { round: 0.5 }],
  ['a second of nanoseconds', { nanoseconds: 1_000_000_000 }],
  ['the year 0', { seconds: -62_135_596_801n }],
  ['the year 10000', { seconds: 253_402_300_800n }],
  ['no parts', { block: { ...valid.block!, partsTotal: 0 } }],
  ['parts above 32 bits', { block: { ...valid.block!, partsTotal: 2 ** 32 } }],
  ['v of Ethereum', { signature: `${valid.signature.slice(0, -2)}1b` as `0x${string}` }],
  ['a short signature', { signature: valid.signature.slice(0, -2) as `0x${string}` }],
  ['r = s = 0', { signature: `0x${'00'.repeat(65)}` }],
])('no voter is found of a vote with %s', (_, change) => {
  const found = recoverVoter({ ...valid, ...change }, chainId)
  expect(found.ok || found.error.code).toBe('vote.invalid')
})

const printed = vectors.votes[0]!.printed
const blockId = printed.block_id as Record<string, unknown>

test.each<[string, unknown]>([
  ['nothing', null],
  ['a list', [printed]],
  ['type 3', { ...printed, type: 3 }],
  ['type 0', { ...printed, type: 0 }],
  ['a height that is a number', { ...printed, height: 7 }],
  ['a height with a sign', { ...printed, height: '-7' }],
  ['a height with a leading zero', { ...printed, height: '07' }],
  ['a round as text', { ...printed, round: '0' }],
  ['no block_id', { ...printed, block_id: undefined }],
  [
    'a hash in lower case',
    { ...printed, block_id: { ...blockId, hash: String(blockId.hash).toLowerCase() } },
  ],
  ['a hash without parts', { ...printed, block_id: { ...blockId, parts: { total: 0, hash: '' } } }],
  ['a time zone', { ...printed, timestamp: '2026-09-21T14:13:20+00:00' }],
  ['the 30th of February', { ...printed, timestamp: '2026-02-30T14:13:20Z' }],
  ['ten digits of a second', { ...printed, timestamp: '2026-09-21T14:13:20.1234567890Z' }],
  ['a signature in hex', { ...printed, signature: valid.signature }],
  ['a signature of 64 bytes', { ...printed, signature: btoa('x'.repeat(64)) }],
])('%s is not read as a vote', (_, json) => {
  const read = readConsensusVote(json)
  // A block without parts is read, and refused where it is encoded.
  const problem = read.ok ? recoverVoter(read.value, chainId) : read
  expect(problem.ok || problem.error.code).toBe('vote.invalid')
})
