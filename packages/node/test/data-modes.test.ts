import { decodeBlobs } from '@omg/ledger'
import { fromHex, type OutputId, toHex, unwrap } from '@omg/protocol'
import { type BlobSidecar, versionedHash } from '@omg/rootchain'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { alarms } from '../src/status.ts'
import { FakeEthereum } from './fake.ts'
import { FEE, ownerOf, pay, type TestNode, temporaryDirectory, testNode, until } from './harness.ts'
import { MARKET_TERMS, order, place, type TestOrder, TOKEN } from './orders.ts'

const ETH = 10n ** 18n
const TOKENS = 1_000_000n
/** Each blob takes seconds of a busy machine. */
const PATIENCE_MILLISECONDS = 240_000
/** Nothing closes a checkpoint but something on Ethereum that the chain wants to see. */
const SETTINGS = { 'checkpoint.dataMode': 'blob', 'checkpoint.intervalSeconds': 3_600 }

let directory: ReturnType<typeof temporaryDirectory>
let ethereum: FakeEthereum
let node: TestNode

vi.setConfig({ testTimeout: PATIENCE_MILLISECONDS })

beforeEach(() => {
  directory = temporaryDirectory()
  ethereum = new FakeEthereum()
})
afterEach(async () => {
  await node.close()
  directory.remove()
})

const start = async (settings = {}) => {
  node = await testNode({ directory: directory.path, ethereum, settings: { ...SETTINGS, ...settings } })
}
const tip = () => node.services.ledger.tip
const live = ({ guard }: TestOrder) => node.services.ledger.orders.holding(guard)?.live
const idle = () => node.until(() => !node.application.hasWork(), 'nothing is left to do')
const bytesOf = (sidecars: readonly BlobSidecar[]) => sidecars.map(({ blob }) => fromHex(blob))
const raised = () => alarms(node.services).map(({ code }) => code)

/** Something that the chain wants to see: it closes its checkpoint for that, and begins the next, with a payment in it. */
async function begin() {
  const coin = ethereum.deposit(ownerOf(7), ETH)
  const has = (id: OutputId) => node.services.outputs.get(id) !== undefined
  await until(() => has(coin), 'the deposit is in', PATIENCE_MILLISECONDS / 2)
  const { hex, outputs } = pay({ from: 7, inputs: [coin], outputs: [{ to: 7, amount: ETH - FEE }] })
  await node.call('omg_submit', [hex])
  await until(() => has(outputs[0]!), 'the payment is in', PATIENCE_MILLISECONDS / 2)
}

/** A guarded market, and the bid and ask that cross in it once they are sent. */
async function market() {
  const { inboxCursor } = tip()
  const id = ethereum.list({ ...MARKET_TERMS, tier: 'guarded' })
  const [eth, token, fees] = ethereum.depositMany([
    { owner: ownerOf(1), amount: ETH },
    { owner: ownerOf(2), amount: TOKENS, token: TOKEN },
    { owner: ownerOf(2), amount: ETH },
  ])
  await node.until(() => tip().inboxCursor === inboxCursor + 3n, 'the deposits are in')
  const bid = order(1, 'buy', 30, 10, { market: id })
  const ask = order(2, 'sell', 20, 10, { market: id })
  async function trade() {
    const ownEth = ETH - bid.output.amount - FEE
    const buy = place({ from: 1, inputs: [eth!], orders: [bid], change: [{ amount: ownEth }] })
    const change = [{ amount: ETH - FEE }, { token: TOKEN, amount: TOKENS - ask.output.amount }]
    const sell = place({ from: 2, inputs: [fees!, token!], orders: [ask], change })
    for (const { hex } of [buy, sell]) await node.call('omg_submit', [hex])
  }
  return { bid, ask, trade }
}

test('fresh orders of a guarded market trade at once, and the checkpoint goes to Ethereum with its transactions', async () => {
  await start()
  await node.until(() => node.services.dataModes.next(undefined) === 'blob', 'the fee is known')
  const { bid, ask, trade } = await market()
  await trade()
  await node.until(() => live(bid) === undefined && live(ask) === undefined, 'they trade')
  const { checkpoint } = tip()
  expect(tip()).toMatchObject({ daMode: 'blob', lastNonDA: 0n })

  await begin()
  await node.until(async () => (await ethereum.lastCheckpoint()) >= checkpoint, 'it is on Ethereum')
  const at = ethereum.submitted.findIndex(header => header.checkpoint === checkpoint)
  const [header, sidecars] = [ethereum.submitted[at]!, ethereum.blobs[at]!]
  expect(header).toMatchObject({ daMode: 'blob', daCommitments: sidecars.map(versionedHash) })
  // What is in the blob are the blocks: placed orders, and the settlement that followed.
  const rebuilt = unwrap(decodeBlobs(bytesOf(sidecars), Number(header.lastHeight - header.firstHeight) + 1))
  for (const [i, published] of rebuilt.entries()) {
    const { block } = (await node.services.blocks.block(header.firstHeight + BigInt(i)))!
    const { time, deposits, body } = block
    expect(published).toMatchObject({ time, deposits: deposits.length })
    expect(toHex(published.body)).toBe(toHex(body))
  }

  const { facts } = (await node.call('omg_getListings', {})) as { facts: { kind: string }[] }
  expect(facts.filter(({ kind }) => kind === 'accepted')).toContainEqual(
    expect.objectContaining({ checkpoint: String(checkpoint), lastNonDA: '0' }),
  )
})

test('refused blobs: the next checkpoint comes without, its market waits, and blobs come back by themselves', async () => {
  await start()
  await node.until(() => node.services.dataModes.next(undefined) === 'blob', 'the fee is known')
  const { bid, ask, trade } = await market()
  ethereum.refusesBlobs = true
  // A transaction in the open checkpoint, so that it has a blob.
  await trade()
  await node.until(() => live(bid) === undefined && live(ask) === undefined, 'they trade')
  await begin()
  await node.until(() => node.services.dataModes.next(undefined) === 'plasma', 'the blobs are refused')
  while (tip().daMode === 'blob') await begin()
  expect(raised()).toContain('checkpoint.unpublished')
  const plasma = tip().checkpoint

  const later = await market()
  await later.trade()
  await node.until(
    () => live(later.bid) !== undefined && live(later.ask) !== undefined,
    'both stand, crossed',
  )
  await idle()
  expect(live(later.bid)?.order.lots).toBe(10)

  ethereum.refusesBlobs = false
  await node.until(async () => (await ethereum.lastCheckpoint()) >= plasma - 1n, 'the blobs arrive')
  await node.until(() => node.services.dataModes.next(undefined) === 'blob', 'blobs are possible again')
  while (tip().daMode === 'plasma') await begin()
  expect(tip().lastNonDA).toBeGreaterThanOrEqual(plasma)
  await idle()
  expect(live(later.bid)?.order.lots).toBe(10)
  await node.until(
    async () => (await ethereum.lastCheckpoint()) >= tip().lastNonDA,
    'the fallback is accepted',
  )
  for (let second = 0; second < 30; second++) ethereum.mine()
  await begin()
  await node.until(() => live(later.bid) === undefined && live(later.ask) === undefined, 'they trade')
  expect(raised()).not.toContain('checkpoint.unpublished')
})

test('blobs that cost more than the limit, or a price that nobody names, make plasma checkpoints', async () => {
  ethereum.blobFee = 3_000_000_001n
  await start({ 'checkpoint.blobFeeGwei': 3 })
  await begin()
  expect(tip()).toMatchObject({ daMode: 'plasma' })
  expect(raised()).toContain('checkpoint.unpublished')
  ethereum.blobFee = 3_000_000_000n
  node.services.dataModes.sawFee(ethereum.blobFee)
  await begin()
  expect(tip()).toMatchObject({ daMode: 'blob' })
  const begun = tip().checkpoint

  // One that has begun with blobs reaches Ethereum with them, whatever they cost by then; the next one comes without.
  ethereum.blobFee = 3_000_000_001n
  node.services.dataModes.sawFee(ethereum.blobFee)
  await begin()
  expect(tip()).toMatchObject({ checkpoint: begun + 1n, daMode: 'plasma' })
  await node.until(async () => (await ethereum.lastCheckpoint()) >= begun, 'it is on Ethereum')
  const at = ethereum.submitted.findIndex(header => header.checkpoint === begun)
  const { daMode, daCommitments } = ethereum.submitted[at]!
  expect({ daMode, daCommitments }).toEqual({
    daMode: 'blob',
    daCommitments: ethereum.blobs[at]!.map(versionedHash),
  })

  ethereum.blobFee = undefined
  node.services.dataModes.sawFee(undefined)
  await begin()
  expect(tip()).toMatchObject({ daMode: 'plasma' })
})

test('a restart in the middle of a checkpoint goes on in its mode, and submits its blobs', async () => {
  await start()
  await node.until(() => node.services.dataModes.next(undefined) === 'blob', 'the fee is known')
  const { bid, trade } = await market()
  ethereum.down = true
  await trade()
  await node.until(() => tip().txCount > 0 && live(bid) === undefined, 'they trade')
  const before = tip()
  await node.close()
  ethereum.down = false
  await start()
  expect(node.services.ledger.tip.daMode).toBe('blob')
  expect(node.services.ledger.tip.lastNonDA).toBe(0n)
  await begin()
  await node.until(async () => (await ethereum.lastCheckpoint()) >= before.checkpoint, 'it is on Ethereum')
  const at = ethereum.submitted.findIndex(header => header.checkpoint === before.checkpoint)
  expect(ethereum.submitted[at]!.firstHeight).toBe(before.firstHeight)
  const { daCommitments, firstHeight, lastHeight } = ethereum.submitted[at]!
  expect(daCommitments).toEqual(ethereum.blobs[at]!.map(versionedHash))
  const rebuilt = unwrap(decodeBlobs(bytesOf(ethereum.blobs[at]!), Number(lastHeight - firstHeight) + 1))
  expect(rebuilt.reduce((count, { bounds }) => count + bounds.length / 2, 0)).toBeGreaterThan(0)
})

test('a checkpoint of more than one shard has a blob for each, the full ones worked out before it closes', async () => {
  await start({ 'checkpoint.intervalSeconds': 3_600 })
  await node.until(() => node.services.dataModes.next(undefined) === 'blob', 'the fee is known')
  const coins = ethereum.depositMany(Array.from({ length: 900 }, () => ({ owner: ownerOf(1), amount: ETH })))
  await node.until(() => tip().inboxCursor === 900n, 'the deposits are in')
  const { checkpoint } = tip()
  const payments = coins.map(coin => {
    return pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - FEE }] }).hex
  })
  for (let at = 0; at < payments.length; at += 100) {
    await Promise.all(payments.slice(at, at + 100).map(hex => node.call('omg_submit', [hex])))
  }
  await node.until(() => tip().txCount === 900, 'they are in')
  expect(tip().nextPath >>> 16).toBe(1)
  await begin()
  const isThere = async () => (await ethereum.lastCheckpoint()) >= checkpoint
  await until(isThere, 'it is on Ethereum', PATIENCE_MILLISECONDS / 2)
  const at = ethereum.submitted.findIndex(header => header.checkpoint === checkpoint)
  const sidecars = ethereum.blobs[at]!
  const { firstHeight, lastHeight, daCommitments } = ethereum.submitted[at]!
  expect(daCommitments).toEqual(sidecars.map(versionedHash))
  const rebuilt = unwrap(decodeBlobs(bytesOf(sidecars), Number(lastHeight - firstHeight) + 1))
  expect(rebuilt.reduce((count, { bounds }) => count + bounds.length / 2, 0)).toBe(900)
  expect(sidecars.length).toBe(2)
})
