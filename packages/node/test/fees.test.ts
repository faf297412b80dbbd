import type { Address, OutputId } from '@omg/protocol'
import type { FeeSchedule } from '@omg/stake'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeEthereum } from './fake.ts'
import {
  DEPLOYMENT,
  FEE,
  ownerOf,
  pay,
  type TestNode,
  temporaryDirectory,
  testNode,
  UNIT,
} from './harness.ts'

const ETH = 10n ** 18n
const EPOCH = BigInt(DEPLOYMENT.parameters.epoch)
const STAKER = ownerOf(5)

let directory: ReturnType<typeof temporaryDirectory>
let node: TestNode

beforeEach(() => {
  directory = temporaryDirectory()
})

afterEach(async () => {
  await node.close()
  directory.remove()
})

/** The one staker there is wants payments to cost so many lane units. */
function vote(block: bigint, payment: bigint, takerBps: number) {
  const preference: FeeSchedule = {
    payment: [payment, 1n, 1n, 1n],
    item: [2_000n, 1n, 1n, 1n],
    accepted: [true, false, false, false],
    ...{ makerBps: [0, 0, 0], takerBps: [takerBps, 0, 0] },
    ...{ steps: 32, unitsPerStep: 1_000_000_000n, cancels: 256 },
  }
  return { kind: 'preferred', block, account: STAKER, preference } as const
}

/** A deposit on Ethereum, which the chain takes with a new origin. */
async function deposited(owner: Address): Promise<OutputId> {
  const { inboxCursor } = node.services.ledger.tip
  const id = node.ethereum.deposit(owner, ETH)
  await node.until(() => node.services.ledger.tip.inboxCursor > inboxCursor, 'the deposit is taken')
  return id
}

test('a vote on Ethereum moves the fees of the next epoch: quoted before, enforced with what is due, kept over a restart', async () => {
  // At the beginning of an epoch, so that none ends by itself meanwhile.
  const now = BigInt(Math.floor(Date.now() / 1000)) - 1_000n
  const ethereum = new FakeEthereum(now - (now % EPOCH))
  node = await testNode({ directory: directory.path, ethereum })
  const coin = await deposited(ownerOf(1))
  const block = BigInt(ethereum.blocks.length)
  const staked = { kind: 'staked', block, validator: STAKER, holder: STAKER, amount: 7n, shares: 7n } as const
  ethereum.mine({ stakes: [staked, vote(block, 5_000n, 100)] })
  await node.until(() => node.services.view.newest!.number >= block, 'the vote is read')
  expect(await node.call('omg_quoteFee')).toMatchObject({
    now: String(FEE),
    nextEpoch: String((FEE / 4n) * 5n),
  })
  expect(await node.call('omg_getFees')).toMatchObject({
    voted: { payment: ['1000', '0', '0', '0'], takerBps: [0, 0, 0] },
    nextEpoch: { payment: ['1250', '1', '1', '1'], takerBps: [1, 0, 0] },
    epoch: { seconds: String(EPOCH) },
  })

  ethereum.pass(EPOCH)
  await deposited(ownerOf(2))
  expect(node.services.ledger.tip.fees.schedule).toMatchObject({ payment: [1_250n, 1n, 1n, 1n] })
  expect(await node.call('omg_quoteFee')).toMatchObject({ now: String(1_250n * UNIT) })
  // R7: nobody is told what something costs that no block may have any more.
  const { validUntil } = (await node.call('omg_quoteFee')) as { validUntil: string }
  const origin = BigInt(validUntil) - 1_800n
  const past = node.call('omg_quoteFee', { validUntil: String(origin - 1n) })
  await expect(past).rejects.toThrow('transaction.expired')
  const later = { validUntil: String(origin + 600n) }
  expect(await node.call('omg_quoteFee', later)).toMatchObject(later)
  const old = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - FEE }] })
  await expect(node.call('omg_submit', [old.hex])).rejects.toThrow(
    /fee.too_low; due for 1 signature: 1250 units of 0x0{40}/,
  )
  const paid = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - 1_250n * UNIT }] })
  await node.call('omg_submit', [paid.hex])
  await node.until(() => node.services.mempool.size === 0, 'it is included')

  const { facts } = (await node.call('omg_getListings', {})) as { facts: { kind: string }[] }
  expect(facts.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['staked', 'preferred']))
  const { fees } = node.services.ledger.tip
  await node.close()
  node = await testNode({ directory: directory.path, ethereum })
  expect(node.services.ledger.tip.fees).toEqual(fees)
  expect(await node.call('omg_getMarkets')).toMatchObject({ makerBps: 0, takerBps: 1 })
})
