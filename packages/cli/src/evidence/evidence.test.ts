import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  addressOfKey,
  checkpointDigest,
  encodeHeader,
  fromHex,
  type Hash,
  type Header,
  type Hex,
  hash,
  headerHash,
  signDigest,
  toHex,
} from '@omg/protocol'
import {
  type AskNode,
  type ConsensusVote,
  domainOf,
  findOffences,
  findTwoHeaders,
  offenceOfShown,
  type RootChain,
  submitCheckpoint,
} from '@omg/rootchain'
import {
  deployTestNetwork,
  type Ethereum,
  rootChainOf,
  signHeader,
  signVote,
  startAnvil,
  testPrivateKey,
  VALIDATOR,
} from '@omg/rootchain/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { OffenceWatch } from '../keeper/offences.ts'
import type { OffenceStep } from '../keeper/step.ts'
import { withPlan } from './plans.ts'
import { MAX_SHOWN_BYTES, readShownFile, ShownHeaders, shownFolder } from './shown.ts'
import { submitOffence } from './submission.ts'

vi.setConfig({ testTimeout: 180_000 })

const KEY = testPrivateKey(VALIDATOR)
const SIGNER = addressOfKey(KEY).toLowerCase()
const OTHER = hash(`0x${'5a'.repeat(32)}`)
const data = mkdtempSync(join(tmpdir(), 'omg-evidence-'))

let ethereum: Ethereum
let mining: NodeJS.Timeout
let alice: RootChain
let accepted: Header
/** What the node has under number 1, and what its blocks hold. */
let own: Header
let items: unknown[] = []
/** Pairs of headers that the node knows. */
let pairs: unknown[] = []
/** Ethereum before anything was proven. */
let untouched: unknown

beforeAll(async () => {
  ethereum = await startAnvil()
  alice = rootChainOf(ethereum, await deployTestNetwork(ethereum), 1)
  const signed = await signHeader(alice, undefined)
  accepted = signed.header
  own = accepted
  await submitCheckpoint(alice, signed)
  untouched = await rpc('evm_snapshot', [])
  // A proof is shown some blocks after it was announced (A39).
  mining = setInterval(() => void ethereum.mine(1).catch(() => undefined), 100)
})
afterAll(async () => {
  clearInterval(mining)
  await ethereum[Symbol.asyncDispose]()
  rmSync(data, { recursive: true, force: true })
})

const rpc = (method: string, params: unknown[]): Promise<unknown> =>
  ethereum.client.request({ method, params } as never)

const sign = (header: Header): Hex =>
  signDigest(checkpointDigest(headerHash(header), domainOf(alice.deployment)), KEY)

/** A node that has one block, one checkpoint and `items`. */
const ask = (async (method: string) => {
  if (method === 'omg_getEvidence') return { evidence: [{ height: '9', items }], twoHeaders: pairs }
  if (method === 'omg_getBlock') return { checkpoint: '1' }
  const signatures = [{ validator: SIGNER, signature: sign(own) }]
  return { header: toHex(encodeHeader(own)), headerHash: headerHash(own), signatures }
}) as AskNode

const found = async () =>
  Promise.all((await findOffences(alice, ask)).map(each => withPlan(alice, data, each)))

/** A precommit at height 3 as CometBFT prints it; the block of height 1 decided who votes there. */
function printedVote(block: ConsensusVote['block']) {
  const { signature, seconds } = signVote(alice.deployment, { who: VALIDATOR, height: 3n, block })
  const text = (value: Hash) => value.slice(2).toUpperCase()
  return {
    ...{ type: 2, height: '3', round: 0, timestamp: new Date(Number(seconds) * 1_000).toISOString() },
    block_id: block
      ? { hash: text(block.hash), parts: { total: block.partsTotal, hash: text(block.partsHash) } }
      : { hash: '', parts: { total: 0, hash: '' } },
    signature: Buffer.from(fromHex(signature)).toString('base64'),
  }
}

function printedDoubleVote() {
  const value = {
    vote_a: printedVote(undefined),
    vote_b: printedVote({ hash: OTHER, partsTotal: 1, partsHash: OTHER }),
  }
  return { type: 'tendermint/DuplicateVoteEvidence', value }
}

test('a double vote in a block is found, announced under a salt that is kept, and slashed once', async () => {
  expect(await found()).toEqual([])
  const item = printedDoubleVote()
  // Two blocks may hold the same, and attacks on light clients are nothing to Ethereum.
  items = [item, item, { type: 'tendermint/LightClientAttackEvidence', value: {} }]
  const [vote, ...others] = await found()
  expect(others).toEqual([])
  expect(vote).toMatchObject({ id: `double-vote:3:${SIGNER}`, validator: SIGNER, at: 3n, state: 'found' })
  const { state, slashed } = await submitOffence(alice, data, vote!)
  expect([state, slashed]).toEqual(['slashed', 50n * 10n ** 18n])
  expect(await found()).toMatchObject([{ id: vote!.id, state: 'slashed' }])
  await expect(submitOffence(alice, data, vote!)).rejects.toMatchObject({ code: 'ethereum.reverted' })
})

test('F1: a header that renews the accepted one is no offence, on the chain or in a file; one with a nearer origin is', async () => {
  items = []
  const age = BigInt(alice.deployment.parameters.maxOriginAgeBlocks)
  const later = (blocks: bigint): Header => ({
    ...accepted,
    origin: accepted.origin + blocks,
    originHash: OTHER,
  })
  own = later(age + 1n)
  expect(await found()).toEqual([])
  const pair = [own, accepted].map(header => ({ header, signature: sign(header) }))
  expect(await offenceOfShown(alice, ask, [pair[0]!, pair[1]!])).toBeUndefined()
  expect(await offenceOfShown(alice, ask, [pair[1]!])).toBeUndefined()
  own = later(age)
  expect(await found()).toMatchObject([{ id: `two-headers:1:${SIGNER}`, state: 'found' }])
})

test('F1: Ethereum has accepted another header than the chain has, and both are signed', async () => {
  items = []
  own = { ...accepted, feeLanes: 1n }
  const [theft] = await found()
  expect(theft).toMatchObject({ id: `two-headers:1:${SIGNER}`, state: 'found' })
  const file = (headers: readonly Header[], signatures: readonly Hex[]) =>
    JSON.stringify({ headers: headers.map(header => toHex(encodeHeader(header))), signatures })
  const shown = async (text: string) => {
    const file = join(shownFolder(data), 'shown.json')
    mkdirSync(shownFolder(data), { recursive: true })
    writeFileSync(file, text)
    return readShownFile(alice, ask, file)
  }
  // The same evidence from a file is the same offence, and so is one header of which the chain has the other.
  expect(await shown(file([own, accepted], [sign(own), sign(accepted)]))).toEqual(theft)
  const alone = JSON.stringify({ header: toHex(encodeHeader(accepted)), signature: sign(accepted) })
  expect(await shown(alone)).toMatchObject({ id: theft!.id, state: 'found' })
  const same = JSON.stringify({ header: toHex(encodeHeader(own)), signature: sign(own) })
  expect(await shown(same)).toBeUndefined()
  const refused = [
    'no JSON',
    '{"headers":["0x00"],"signatures":[]}',
    '{"header":"0x00","signature":"0x00"}',
    file([own, own], [sign(own), sign(own)]),
    file([own, accepted], [sign(own), sign(own)]),
    file([own, { ...own, checkpoint: 2n }], [sign(own), sign({ ...own, checkpoint: 2n })]),
  ]
  for (const text of refused) {
    await expect(shown(text)).rejects.toMatchObject({ code: 'evidence.invalid' })
  }
  await expect(shown(' '.repeat(MAX_SHOWN_BYTES + 1))).rejects.toMatchObject({ code: 'request.argument' })
  const told: string[] = []
  const folder = new ShownHeaders(data)
  const look = () => folder.find(alice, ask, name => told.push(name))
  expect(await look()).toEqual([])
  expect(await look()).toEqual([])
  expect(told).toEqual(['shown.json'])
  // Half a file is read again when it has changed, and what proves nothing yet at every look.
  await shown(same)
  expect(await look()).toEqual([])
  await shown(alone)
  expect(await look()).toMatchObject([{ id: theft!.id }])
  expect(await look()).toEqual([])
  expect(told).toEqual(['shown.json'])
  expect(await submitOffence(alice, data, theft!)).toMatchObject({
    state: 'slashed',
    slashed: 950n * 10n ** 18n,
  })
  expect(await found()).toMatchObject([{ state: 'slashed' }])
})

/** As a node shows two headers under the one key. */
const pairOf = (...headers: readonly Header[]) => {
  return { headers: headers.map(header => toHex(encodeHeader(header))), signatures: headers.map(sign) }
}

test('two headers that any node has seen are found, whatever else nodes say, and one that is away keeps nobody waiting', async () => {
  await rpc('evm_revert', [untouched])
  untouched = await rpc('evm_snapshot', [])
  ;[own, items] = [accepted, []]
  const seen: Header = { ...accepted, txRoot: OTHER }
  const offence = { id: `two-headers:1:${SIGNER}`, validator: SIGNER, at: 1n, state: 'found' }
  const later = { ...seen, origin: seen.origin + 10_000n, txRoot: accepted.txRoot }
  const useless = [null, 7, 'x', {}, { headers: ['0x00', '0x'], signatures: [] }, pairOf(accepted, accepted)]
  pairs = [
    ...useless,
    pairOf(accepted, later),
    pairOf(accepted, { ...seen, checkpoint: 2n }),
    pairOf(seen, accepted),
  ]
  expect(await findTwoHeaders(alice, ask)).toMatchObject([offence])
  expect(await findTwoHeaders(alice, ask, { known: new Set([offence.id]) })).toEqual([])
  expect(await found()).toMatchObject([offence])
  // Ours has not seen it, another one has.
  pairs = []
  const { folder, steps } = watchOf(5)
  const away: AskNode = () => Promise.reject(new Error('away'))
  const other = (async () => ({ evidence: [], twoHeaders: [pairOf(seen, accepted)] })) as unknown as AskNode
  const rootChain = rootChainOf(ethereum, alice.deployment, 5)
  const tell = (step: OffenceStep) => void steps.push(step)
  const watch = new OffenceWatch({ rootChain, ask, others: [away, other], folder, tell })
  await watch.round({})
  expect(steps).toMatchObject([
    { kind: 'failed', duty: 'offences' },
    { kind: 'announced', offence: offence.id },
  ])
})

/** A keeper of a test account with a folder of its own, and what it has told. */
function watchOf(who: number) {
  const folder = join(data, `keeper${who}`)
  const steps: OffenceStep[] = []
  const rootChain = rootChainOf(ethereum, alice.deployment, who)
  const watch = () => new OffenceWatch({ rootChain, ask, folder, tell: step => void steps.push(step) })
  return { folder, steps, watch }
}

test('keepers prove all of it by themselves: one is paid for each, and a restart goes on with what was announced', async () => {
  await rpc('evm_revert', [untouched])
  const [bob, carol] = [watchOf(3), watchOf(4)]
  own = accepted
  // What cannot be read is no evidence, and keeps nothing waiting.
  items = [{ type: 'tendermint/DuplicateVoteEvidence', value: 'nothing' }, printedDoubleVote()]
  // Somebody has seen a second header, which neither Ethereum nor the chain has.
  const seen: Header = { ...accepted, txRoot: OTHER }
  mkdirSync(shownFolder(bob.folder), { recursive: true })
  const text = JSON.stringify({ header: toHex(encodeHeader(seen)), signature: sign(seen) })
  writeFileSync(join(shownFolder(bob.folder), 'seen.json'), text)
  writeFileSync(join(shownFolder(bob.folder), 'torn.json'), text.slice(0, 99))

  await bob.watch().round({})
  expect(bob.steps).toMatchObject([
    { kind: 'failed', duty: 'offences', error: { code: 'evidence.invalid' } },
    { kind: 'announced', offence: `double-vote:3:${SIGNER}` },
    { kind: 'announced', offence: `two-headers:1:${SIGNER}` },
  ])
  bob.steps.length = 0
  // A new one has the folder; another keeper sees the double vote, too.
  const [again, other] = [bob.watch(), carol.watch()]
  const slashed = () => [...bob.steps, ...carol.steps].filter(step => step.kind === 'slashed')
  await vi.waitFor(
    async () => {
      await Promise.all([again.round({}), other.round({})])
      expect(slashed()).toHaveLength(2)
    },
    { timeout: 120_000, interval: 50 },
  )
  expect(slashed().toSorted((a, b) => (a.offence < b.offence ? -1 : 1))).toMatchObject([
    { offence: `double-vote:3:${SIGNER}`, validator: SIGNER, slashed: 50n * 10n ** 18n },
    { offence: `two-headers:1:${SIGNER}`, validator: SIGNER, slashed: 950n * 10n ** 18n },
  ])
  // What is punished costs no transaction, also of a keeper that has just begun.
  pairs = [pairOf(accepted, seen)]
  const late = watchOf(6)
  await late.watch().round({})
  await again.round({})
  expect(late.steps).toEqual([])
  expect(slashed()).toHaveLength(2)
  expect(carol.steps.filter(({ kind }) => kind === 'failed')).toEqual([])
})
