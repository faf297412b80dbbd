import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  addressOfKey,
  checkpointDigest,
  consensusChainId,
  type Hash,
  type Header,
  headerHash,
  recoverSigner,
  toHex,
} from '@omg/protocol'
import { type ConsensusVote, recoverVoter, VOTE_TYPES } from '@omg/rootchain'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DOMAIN, keyOf, temporaryDirectory } from '../../test/harness.ts'
import { headerOf, MAX_ORIGIN_AGE, renewalOf } from '../../test/headers.ts'
import { type Message, MessageSchema } from '../engines/cometbft/gen/tendermint/privval/types_pb.js'
import { SignedMsgType } from '../engines/cometbft/gen/tendermint/types/types_pb.js'
import { ConsensusSigner } from './consensus.ts'
import { RemoteSigner } from './remote.ts'
import { SignerService } from './service.ts'
import { VOTE_FILE, VoteRecord } from './vote-record.ts'

vi.setConfig({ testTimeout: 240_000 })

const KEY = keyOf(7)
const ADDRESS = addressOfKey(KEY)
const CHAIN = consensusChainId(DOMAIN)

let directory: ReturnType<typeof temporaryDirectory>
let socket: string
let closers: (() => Promise<void> | void)[]
beforeEach(() => {
  directory = temporaryDirectory()
  socket = join(directory.path, 'signer')
  closers = []
})
afterEach(async () => {
  for (const close of closers) await close()
  directory.remove()
})

const signer = () =>
  new ConsensusSigner({
    key: KEY,
    chainId: CHAIN,
    record: new VoteRecord(directory.path),
    onRefused: () => {},
  })

type Sum = NonNullable<MessageInitShape<typeof MessageSchema>['sum']>

function asked(of: ConsensusSigner, sum: Sum): Message['sum'] {
  return fromBinary(MessageSchema, of.answer(toBinary(MessageSchema, create(MessageSchema, { sum })))).sum
}

const block = (fill: number) => {
  const hash = new Uint8Array(32).fill(fill)
  return { hash, partSetHeader: { total: 1, hash } }
}
const time = { seconds: 1_790_000_000n, nanos: 5 }
const vote = { type: SignedMsgType.PRECOMMIT, height: 9n, round: 2, blockId: block(1), timestamp: time }

function signed(of: ConsensusSigner, changes: object = {}, chainId = CHAIN) {
  const answer = asked(of, { case: 'signVoteRequest', value: { vote: { ...vote, ...changes }, chainId } })
  if (answer.case !== 'signedVoteResponse') throw new Error(`an answer of another kind: ${answer.case}`)
  const { error, vote: made } = answer.value
  return error ? error.description.split(':')[0] : made!
}

test('votes are those that Ethereum knows from CometBFT, with extensions where they may be', () => {
  const made = signed(signer(), { extension: Uint8Array.of(1, 2, 3) })
  if (typeof made !== 'object') throw new Error(made)
  const hash = toHex(made.blockId!.hash) as Hash
  const known: ConsensusVote = {
    ...{ type: VOTE_TYPES[1], height: 9n, round: 2, block: { hash, partsTotal: 1, partsHash: hash } },
    ...{ seconds: time.seconds, nanoseconds: time.nanos, signature: toHex(made.signature) },
  }
  expect(recoverVoter(known, CHAIN)).toEqual({ ok: true, value: ADDRESS })
  expect(made.extensionSignature).toHaveLength(65)
  const nil = signed(signer(), { height: 10n, blockId: { hash: new Uint8Array(), partSetHeader: {} } })
  if (typeof nil !== 'object') throw new Error(nil)
  const forNothing = { ...known, height: 10n, block: undefined, signature: toHex(nil.signature) }
  expect(recoverVoter(forNothing, CHAIN)).toEqual({ ok: true, value: ADDRESS })
  expect(nil.extensionSignature).toHaveLength(0)
  expect(signed(signer(), { type: SignedMsgType.PREVOTE, height: 11n, extension: Uint8Array.of(1) })).toBe(
    'signer.message',
  )
})

test('no second message of a height, round and step, no earlier one, after a restart neither; another time is no other message', () => {
  const first = signed(signer())
  if (typeof first !== 'object') throw new Error(first)
  const later = signed(signer(), { timestamp: { ...time, seconds: time.seconds + 9n } })
  if (typeof later !== 'object') throw new Error(later)
  expect([later.signature, later.timestamp?.seconds]).toEqual([first.signature, time.seconds])
  expect(signed(signer(), { blockId: block(2) })).toBe('signer.equivocation')
  const earlier = [{ type: SignedMsgType.PREVOTE }, { round: 1 }, { height: 8n, round: 7 }]
  for (const change of earlier) expect(signed(signer(), change)).toBe('signer.regression')
  for (const change of [{ round: 3 }, { height: 10n, round: 0 }])
    expect(typeof signed(signer(), change)).toBe('object')
  const proposal = {
    type: SignedMsgType.PROPOSAL,
    height: 11n,
    round: 0,
    polRound: -1,
    blockId: block(1),
    timestamp: time,
  }
  const propose = (changes: object) => {
    const value = { proposal: { ...proposal, ...changes }, chainId: CHAIN }
    const answer = asked(signer(), { case: 'signProposalRequest', value })
    if (answer.case !== 'signedProposalResponse') throw new Error('an answer of another kind')
    return answer.value.error?.description.split(':')[0] ?? 'signed'
  }
  expect(propose({})).toBe('signed')
  expect(propose({ blockId: block(2) })).toBe('signer.equivocation')
  expect(propose({ height: 10n })).toBe('signer.regression')
})

test('only for its chain; a record that is damaged stops it', () => {
  expect(signed(signer(), {}, 'omg-other')).toBe('signer.chain')
  signed(signer())
  const file = join(directory.path, VOTE_FILE)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const text = readFileSync(file, 'utf8')
  appendFileSync(file, 'x')
  expect(signer).toThrowError(expect.objectContaining({ code: 'signer.record' }))
  writeFileSync(file, text.replace('"round":2', '"round":-2'))
  expect(signer).toThrowError(expect.objectContaining({ code: 'signer.record' }))
})

const SERVICE = { domain: DOMAIN, maxOriginAgeBlocks: MAX_ORIGIN_AGE, onRefused: () => {} }

async function serving(key = KEY): Promise<SignerService> {
  const service = new SignerService({ ...SERVICE, directory: join(directory.path, key), key, socket })
  await service.start()
  closers.push(() => service.close())
  return service
}

function remote(): RemoteSigner {
  const found = new RemoteSigner({ address: ADDRESS, socket, milliseconds: 60_000 })
  closers.push(() => found.close())
  return found
}

async function sign(of: RemoteSigner, header: Header) {
  const digest = checkpointDigest(headerHash(header), DOMAIN)
  return of.sign(header, digest).then(
    signature => recoverSigner(digest, signature),
    (error: { code: string }) => error.code,
  )
}

test('a signer that is away signs nothing, and is found when it is back, with what it has signed', async () => {
  const node = remote()
  const own = { ok: true, value: ADDRESS }
  expect(await sign(node, headerOf('aa', 1n))).toBe('signer.unavailable')
  expect(node.problem?.code).toBe('signer.unavailable')
  const service = await serving()
  expect(await sign(node, headerOf('aa', 1n))).toEqual(own)
  expect(node.problem).toBeUndefined()
  // Several at once go one after the other.
  expect(await Promise.all([2n, 3n, 4n].map(number => sign(node, headerOf('aa', number))))).toEqual([
    own,
    own,
    own,
  ])
  await service.close()
  expect(await sign(node, headerOf('aa', 5n))).toBe('signer.unavailable')
  await serving()
  expect(await sign(node, headerOf('bb', 4n))).toBe('signer.equivocation')
  // What it refuses is no failure of the line.
  expect(node.problem).toBeUndefined()
  // Ethereum has accepted what this key does not remember: it is told first.
  const accepted = headerOf('cc', 6n)
  node.note([{ number: 6n, headerHash: headerHash(accepted) }])
  expect(await sign(node, headerOf('aa', 6n))).toBe('signer.equivocation')
  expect(await sign(node, accepted)).toEqual(own)
  expect(
    () => new SignerService({ ...SERVICE, directory: join(directory.path, KEY), key: KEY, socket }),
  ).toThrowError(expect.objectContaining({ code: 'store.locked' }))
})

test('F1: a signer of its own judges itself what renews a header, over a restart too', async () => {
  const own = { ok: true, value: ADDRESS }
  const first = headerOf('aa', 3n)
  const service = await serving()
  const node = remote()
  expect(await sign(node, first)).toEqual(own)
  expect(await sign(node, renewalOf(first, MAX_ORIGIN_AGE))).toBe('signer.equivocation')
  await service.close()
  await serving()
  const after = remote()
  expect(await sign(after, { ...renewalOf(first), txCount: 2 })).toBe('signer.equivocation')
  expect(await sign(after, renewalOf(first))).toEqual(own)
  expect(await sign(after, first)).toBe('signer.equivocation')
})

test('another key at the socket, and something that is no signer', async () => {
  const other = await serving(keyOf(8))
  expect(await sign(remote(), headerOf('aa', 1n))).toBe('signer.unavailable')
  await other.close()
  const answers = [Buffer.of(0x80), Buffer.of(2, 1, 1), Buffer.of(1, 0), Buffer.alloc(9, 0xff)]
  for (const answer of answers) {
    const liar = createServer(line => line.on('data', () => line.write(answer)).on('error', () => {}))
    await new Promise<void>(resolve => liar.listen(socket, resolve))
    const node = new RemoteSigner({ address: ADDRESS, socket, milliseconds: 200 })
    expect(await sign(node, headerOf('aa', 1n))).toBe('signer.unavailable')
    node.close()
    await new Promise(resolve => liar.close(resolve))
  }
})
