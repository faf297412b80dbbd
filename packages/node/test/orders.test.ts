import { afterEach, beforeEach, expect, test } from 'vitest'
import { FEE, ownerOf, type TestNode, temporaryDirectory, testNode } from './harness.ts'
import { balance, instruct, MARKET, MARKET_TERMS, order, place, TOKEN } from './orders.ts'

const ETH = 10n ** 18n
let directory: ReturnType<typeof temporaryDirectory>
let node: TestNode

beforeEach(async () => {
  directory = temporaryDirectory()
  node = await testNode({ directory: directory.path })
})
afterEach(async () => {
  await node.close()
  directory.remove()
})

const submit = (hex: string) => node.call('omg_submit', [hex])
const live = (guard: string) => node.services.ledger.orders.holding(guard as never)?.live

/** A listed market; owner 1 has ETH, owner 2 has TOKEN and ETH. */
async function market() {
  node.ethereum.list(MARKET_TERMS)
  const [eth, token, fees] = node.ethereum.depositMany([
    { owner: ownerOf(1), amount: ETH },
    { owner: ownerOf(2), amount: 1_000_000n, token: TOKEN },
    { owner: ownerOf(2), amount: ETH },
  ])
  await node.until(() => node.services.ledger.tip.inboxCursor === 3n, 'the deposits are in')
  return { eth: eth!, token: token!, fees: fees! }
}

test('two orders of payments trade, and an idle book makes no blocks', async () => {
  const { eth, token, fees } = await market()
  const buy = order(1, 'buy', 30, 10)
  const cost = buy.output.amount
  await submit(place({ from: 1, inputs: [eth], orders: [buy], change: [{ amount: ETH - cost - FEE }] }).hex)
  await node.until(() => live(buy.guard) !== undefined, 'the buy order stands')
  expect(live(buy.guard)?.order).toMatchObject({ lots: 10, limit: 30 })

  const sell = order(2, 'sell', 20, 4)
  const change = [{ amount: ETH - FEE }, { token: TOKEN, amount: 1_000_000n - 4_000n }]
  await submit(place({ from: 2, inputs: [fees, token], orders: [sell], change }).hex)
  await node.until(() => live(buy.guard)?.order.lots === 6, 'they trade')
  expect(live(sell.guard)).toBeUndefined()
  expect(node.services.ledger.orders.lastPrice(MARKET.id)).toBe(25)

  // What stands in the book now waits for others.
  await node.until(() => !node.application.hasWork(), 'nothing is left to do')
  expect(live(buy.guard)?.order.lots).toBe(6)
})

test('instructions place, amend and cancel from a trading balance', async () => {
  const { eth } = await market()
  const funds = balance(1, '0x0000000000000000000000000000000000000000' as never, ETH / 2n, 7)
  await submit(place({ from: 1, inputs: [eth], orders: [funds], change: [{ amount: ETH / 2n - FEE }] }).hex)
  await node.until(() => node.services.ledger.orders.holding(funds.guard) !== undefined, 'the balance')

  const agent = { agent: ownerOf(7), proceedsKind: 'trading' as const }
  const first = order(1, 'buy', 30, 10, agent)
  const placed = instruct(7, [{ from: funds.guard, amount: first.output.amount, to: first }])
  expect(await submit(placed.hex)).toEqual({ txHash: null, instruction: placed.hash })
  await node.until(() => live(first.guard) !== undefined, 'the order stands')

  const second = order(1, 'buy', 31, 9, agent)
  await submit(instruct(7, [{ from: first.guard, to: second }]).hex)
  await node.until(() => live(second.guard) !== undefined, 'the order is amended')
  expect(live(first.guard)).toBeUndefined()

  await submit(instruct(1, [{ from: second.guard }]).hex)
  await node.until(() => live(second.guard) === undefined, 'the order is cancelled')
})
