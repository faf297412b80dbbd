import { type Hash, type Hex, ZERO_ADDRESS } from '@omg/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RESTART_GRACE_SECONDS } from '../src/dead-man/switches.ts'
import { FEE, ownerOf, type TestNode, temporaryDirectory, testNode } from './harness.ts'
import { balance, instruct, MARKET_TERMS, order, place, type TestOrder } from './orders.ts'

const ETH = 10n ** 18n
const ID = `0x${'1d'.repeat(32)}` as Hash
let directory: ReturnType<typeof temporaryDirectory>
let node: TestNode
/** Seconds that the clock of the node is ahead. */
let ahead = 0n

const clock = () => BigInt(Math.floor(Date.now() / 1000)) + ahead

beforeEach(async () => {
  ahead = 0n
  directory = temporaryDirectory()
  node = await testNode({ directory: directory.path, clock })
})
afterEach(async () => {
  await node.close()
  directory.remove()
})

const live = ({ guard }: TestOrder) => node.services.ledger.orders.holding(guard)?.live
const arm = (parameters: object) => node.call('omg_armDeadMan', { id: ID, ...parameters })
const disarm = () => node.call('omg_disarmDeadMan', { id: ID })

/** Two buys of owner 1, and a cancel of each that is valid for a while. */
async function twoOrders(validFor = 3_000n) {
  node.ethereum.list(MARKET_TERMS)
  const [coin] = node.ethereum.depositMany([{ owner: ownerOf(1), amount: ETH }])
  await node.until(() => node.services.ledger.tip.inboxCursor === 1n, 'the deposit is in')
  const orders = [order(1, 'buy', 30, 10), order(1, 'buy', 20, 10)]
  const left = orders.reduce((rest, { output }) => rest - output.amount, ETH - FEE)
  const change = [{ amount: left }]
  await node.call('omg_submit', [place({ from: 1, inputs: [coin as never], orders, change }).hex])
  await node.until(() => orders.every(each => live(each) !== undefined), 'the orders stand')
  return { orders, cancels: cancelsOf(orders, validFor) }
}

function cancelsOf(orders: readonly TestOrder[], validFor = 3_000n): Hex[] {
  const validUntil = node.services.schedule.origin(node.services.ledger.tip).originTime + validFor
  return orders.map(({ guard }) => instruct(1, [{ from: guard }], { validUntil }).hex)
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'taken',
    (error: Error) => error.message.split(':')[0],
  )

test('orders are cancelled when nobody refreshes in time, one by one, whatever became of the others', async () => {
  const { orders, cancels } = await twoOrders()
  expect(await arm({ instructions: cancels, seconds: 600 })).toMatchObject({ instructions: 2 })
  // One is gone by then.
  await node.call('omg_submit', [instruct(1, [{ from: orders[0]!.guard }]).hex])
  await node.until(() => live(orders[0]!) === undefined, 'the first is cancelled')
  ahead = 500n
  expect(await arm({ seconds: 600 })).toMatchObject({ instructions: 2 })
  ahead = 1_000n
  expect(live(orders[1]!)).toBeDefined()
  ahead = 1_300n
  await node.until(() => live(orders[1]!) === undefined, 'the second is cancelled')
  await node.until(() => node.services.deadMan.size === 0, 'the switch is gone')
  expect(await disarm()).toEqual({ disarmed: false })
  expect(await codeOf(arm({ seconds: 60 }))).toBe('deadman.unknown')
})

test('a disarmed switch does nothing', async () => {
  const { orders, cancels } = await twoOrders()
  await arm({ instructions: cancels, seconds: 1 })
  expect(await disarm()).toEqual({ disarmed: true })
  ahead = 100n
  const waits = cancelsOf([orders[0]!])
  await node.call('omg_submit', [waits[0]])
  await node.until(() => live(orders[0]!) === undefined, 'the chain goes on')
  expect(live(orders[1]!)).toBeDefined()
})

test('switches survive a restart, after which their owners have time to show up', async () => {
  const { orders, cancels } = await twoOrders()
  await arm({ instructions: cancels, seconds: 30 })
  const { ethereum } = node
  await node.close()
  ahead = 600n
  node = await testNode({ directory: directory.path, ethereum, clock })
  expect(node.services.deadMan.size).toBe(1)
  expect(live(orders[0]!)).toBeDefined()
  ahead += RESTART_GRACE_SECONDS + 1n
  await node.until(() => orders.every(each => live(each) === undefined), 'both are cancelled')
})

test('only cancels of live orders of one signer are held, and only as long as they are valid', async () => {
  const { orders, cancels } = await twoOrders()
  const seconds = 60
  const funds = balance(1, ZERO_ADDRESS, 1n)
  const wrong = [
    [instruct(2, [{ from: orders[0]!.guard }]).hex],
    [instruct(1, [{ from: orders[0]!.guard, to: order(1, 'buy', 31, 10) }]).hex],
    [instruct(1, [{ from: orders[0]!.guard, amount: 5n }]).hex],
    [instruct(1, [{ from: funds.guard }]).hex],
    [instruct(1, [{ from: orders[0]!.guard }, { from: funds.guard }]).hex],
  ]
  for (const instructions of wrong) {
    expect(await codeOf(arm({ instructions, seconds }))).toBe('deadman.instruction')
  }
  expect(await codeOf(arm({ instructions: ['0x00'], seconds }))).toMatch(/^encoding\./)
  expect(await codeOf(arm({ instructions: cancels, seconds: 3_600 }))).toBe('deadman.lifetime')
  expect(await codeOf(arm({ instructions: cancels, seconds: 7_201 }))).toBe('request.params')
  expect(await codeOf(arm({ instructions: [], seconds }))).toBe('request.params')
  for (let i = 0; i < 4; i++) {
    await node.call('omg_armDeadMan', { id: `0x0${i}${'00'.repeat(31)}`, instructions: cancels, seconds })
  }
  expect(await codeOf(arm({ instructions: cancels, seconds }))).toBe('deadman.full')
})
