import { type Guard, OmgError, type OutputId, ZERO_ADDRESS } from '@omg/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { GOLD } from '../../test/fakeExchange.ts'
import {
  alice,
  clientOf,
  ETH,
  exchange,
  GOLD_MARKET,
  lots,
  MARKET,
  node,
  open,
  stranger,
  trading,
} from '../../test/traders.ts'
import { createClient } from '../createClient.ts'

describe('a batch', () => {
  it('places, amends and cancels under one signature', async () => {
    const client = await trading(8)
    const [market] = await client.getMarkets()
    const place = (side: 'buy' | 'sell', price: bigint) => ({
      place: { market: market!, side, price, lots: 5n, postOnly: true },
    })
    const first = await client.batch({ steps: [place('buy', 99n), place('buy', 98n), place('sell', 101n)] })
    expect(exchange.instructions).toHaveLength(1)
    expect(first.orders.map(guard => lots(guard!))).toEqual([5n, 5n, 5n])
    const [a, b, c] = first.orders as Guard[]
    const second = await client.batch({
      steps: [
        { cancel: { order: a! } },
        { amend: { order: c!, price: 102n } },
        { amend: { order: b!, lots: 3n } },
        place('sell', 103n),
      ],
    })
    expect(second.orders.map(guard => guard && lots(guard))).toEqual([undefined, 5n, 3n, 5n])
    expect(second.orders[2]).toBe(b)
    expect([a, c].map(guard => lots(guard!))).toEqual([undefined, undefined])
    expect(await client.waitForInstruction(second.instruction)).toMatchObject({
      status: 'included',
      height: 7n,
    })
  })

  it('has 1 to 16 steps, and outputs of its own for each', async () => {
    const client = await trading(14)
    const [market] = await client.getMarkets()
    const place = { place: { market: market!, side: 'sell', price: 99n, lots: 5n } } as const
    await expect(client.batch({ steps: [] })).rejects.toMatchObject({ code: 'batch.size' })
    await expect(client.batch({ steps: Array(15).fill(place) })).rejects.toMatchObject({
      code: 'trading.insufficient',
    })
    const steps = [...Array(14).fill(place), ...Array(2).fill({ place: { ...place.place, side: 'buy' } })]
    const { instruction } = await client.batch({ steps })
    expect(instruction.steps).toHaveLength(16)
    const cancel = { cancel: { order: (await client.getOrders()).orders[0]! } }
    await expect(client.batch({ steps: Array(17).fill(cancel) })).rejects.toMatchObject({
      code: 'batch.size',
    })
  })

  it('cancels everything, sixteen at a time, page by page', async () => {
    const client = await trading(14)
    const [market, gold] = await client.getMarkets()
    for (let i = 0; i < 18; i++) {
      await client.placeOrder({
        market: market!,
        side: 'sell',
        price: 99n,
        lots: 5n,
        from: 'trading',
      })
    }
    const before = exchange.instructions.length
    expect((await client.cancelAll({ market: gold! })).orders).toEqual([])
    const { instructions, orders } = await client.cancelAll()
    expect([instructions.length, orders.length]).toEqual([2, 18])
    expect(exchange.instructions.length - before).toBe(2)
    expect((await client.getOrders()).orders).toEqual([])
    expect((await client.getTradingBalances()).find(({ token }) => token === ZERO_ADDRESS)!.amount).toBe(
      10n * ETH,
    )
  })
})

describe('an agent', () => {
  it('trades for the owner, and does nothing else', async () => {
    const owner = await open()
    const { account, scope, privateKey } = owner.createAgent()
    expect(privateKeyToAccount(privateKey).address).toBe(account.address)
    const { guard } = await owner.openTradingBalance({ amount: ETH, agent: scope.agent, parts: 2 })
    expect(guard).toBe(scope.guard)
    const agent = createClient({ node: node.url, account, owner: alice })
    const { guard: order } = await agent.placeOrder({ market: MARKET, side: 'sell', price: 99n, lots: 5n })
    expect(exchange.instructions.at(-1)!.signer).toBe(scope.agent)
    expect(exchange.order(order)!.terms).toMatchObject({ owner: alice, agent: scope.agent, receiver: alice })
    await agent.amendOrder({ order, price: 98n })
    expect((await agent.describeAgent({ agent: scope.agent })).text).toEqual([
      `${scope.agent} may place, amend and cancel orders for ${alice} in every market.`,
      'It trades with 0.995 ETH.',
      'It may amend and cancel 1 live order.',
      'It can lose money by trading badly. It can never withdraw, pay anybody, or change who gets the proceeds.',
      'The owner can take all of it back at any time.',
    ])
    const refused = { code: 'agent.owner_only' }
    await expect(agent.closeTradingBalance({ token: ZERO_ADDRESS, balance: guard })).rejects.toMatchObject(
      refused,
    )
    await expect(agent.openTradingBalance({ amount: 1n })).rejects.toMatchObject(refused)
    await expect(
      agent.placeOrder({ market: MARKET, side: 'sell', price: 99n, lots: 5n, from: 'coins' }),
    ).rejects.toMatchObject(refused)
    await expect(agent.revokeAgent({ agent: scope.agent })).rejects.toMatchObject(refused)
    await agent.cancelAll()
    expect((await agent.getOrders()).orders).toEqual([])
  })

  it('that is not named by an order cannot touch it', async () => {
    const owner = await trading()
    const { guard } = await owner.placeOrder({
      market: MARKET,
      side: 'sell',
      price: 99n,
      lots: 5n,
      from: 'trading',
    })
    const other = clientOf(3, alice)
    await expect(other.cancelOrder({ order: guard })).rejects.toMatchObject({ code: 'order.not_yours' })
    expect((await other.cancelAll()).orders).toEqual([])
    expect((await other.describeAgent({ agent: stranger })).text).toEqual([
      `${stranger} may do nothing for ${alice}.`,
    ])
  })

  it('A38b: loses all of it when the owner revokes it', async () => {
    const owner = await open()
    const { account, scope } = owner.createAgent()
    await owner.openTradingBalance({ amount: ETH, agent: scope.agent, parts: 14 })
    await owner.openTradingBalance({ amount: ETH, agent: scope.agent, parts: 3 })
    const agent = createClient({ node: node.url, account, owner: alice })
    for (let i = 0; i < 3; i++) await agent.placeOrder({ market: MARKET, side: 'sell', price: 99n, lots: 5n })
    settleAtOnce()
    const { payments } = await owner.revokeAgent({ agent: scope.agent })
    expect(payments.length).toBe(2)
    expect((await owner.describeAgent({ agent: scope.agent })).scopes).toEqual([])
    const [left] = await owner.getTradingBalances()
    expect(left).toMatchObject({ amount: 2n * ETH, terms: { agent: ZERO_ADDRESS } })
    await expect(
      agent.placeOrder({ market: MARKET, side: 'sell', price: 99n, lots: 5n }),
    ).rejects.toMatchObject({
      code: 'move.stale_guard',
    })
  })

  it('is revoked even if it moves something in the same moment', async () => {
    const owner = await open()
    const { account, scope } = owner.createAgent()
    await owner.openTradingBalance({ amount: ETH, agent: scope.agent })
    const agent = createClient({ node: node.url, account, owner: alice })
    await agent.placeOrder({ market: MARKET, side: 'sell', price: 99n, lots: 5n })
    settleAtOnce()
    const { omg_submit: take } = node.handlers
    node.handlers.omg_submit = () => {
      node.handlers.omg_submit = take!
      throw new OmgError('input.missing', 'spent', 'Refresh.')
    }
    await owner.revokeAgent({ agent: scope.agent })
    expect((await owner.describeAgent({ agent: scope.agent })).scopes).toEqual([])
  })

  /** Every payment that was taken is in a block. */
  function settleAtOnce(): void {
    node.handlers.omg_getTransaction = ({ txHash }) => ({
      txHash,
      status: 'included',
      height: '8',
      checkpoint: '1',
    })
  }
})

describe('safe retry of an instruction', () => {
  const sell = { market: MARKET, side: 'sell', price: 99n, lots: 5n, from: 'trading' } as const

  it('sends the same bytes again when the answer is lost: it is carried out once', async () => {
    const client = await trading()
    await client.getMarkets()
    const { omg_submit: take } = node.handlers
    node.handlers.omg_submit = params => {
      node.handlers.omg_submit = take!
      node.lose = 1
      return take!(params)
    }
    const before = node.calls.omg_submit!
    const placed = await client.placeOrder(sell)
    expect(node.calls.omg_submit! - before).toBe(2)
    expect(exchange.instructions).toHaveLength(1)
    expect(lots(placed.guard)).toBe(5n)
  })

  it('hands it over when no answer comes at all, and resubmits it without a second order', async () => {
    const client = await trading()
    const { omg_submit: take } = node.handlers
    node.handlers.omg_submit = params => {
      node.lose = 1
      return take!(params)
    }
    const error = await client.placeOrder(sell).catch(reason => reason)
    expect(error).toMatchObject({ code: 'instruction.unknown', instruction: { hash: expect.any(String) } })
    node.handlers.omg_submit = take!
    expect(await client.resubmit({ instruction: error.instruction })).toBe('included')
    expect(exchange.instructions.map(({ hash }) => hash)).toEqual([error.instruction.hash])
    expect((await client.getOrders()).orders).toHaveLength(1)
  })

  it('submits again what the node has forgotten, and says when it is too late', async () => {
    const client = await trading()
    const { omg_submit: take } = node.handlers
    node.handlers.omg_submit = () => {
      node.lose = 1
      return {}
    }
    const { instruction } = await client.placeOrder(sell).catch(reason => reason)
    node.handlers.omg_submit = take!
    expect(await client.resubmit({ instruction })).toBe('included')
    expect(await client.resubmit({ instruction })).toBe('included')
    expect(exchange.instructions).toHaveLength(1)
    node.handlers.omg_submit = () => {
      throw new OmgError('transaction.expired', 'late', 'Sign again.')
    }
    const other = { ...instruction, hash: GOLD_MARKET as never }
    await expect(client.resubmit({ instruction: other })).rejects.toMatchObject({
      code: 'instruction.expired',
    })
  })

  it('a rejection has its reason', async () => {
    const client = await trading()
    const placed = await client.placeOrder(sell)
    const error = { code: 'move.stale_guard', message: 'filled', action: 'Refresh.' }
    node.handlers.omg_getInstruction = () => ({ status: 'rejected', txHash: null, height: null, error })
    await expect(client.waitForOrder({ order: placed })).rejects.toMatchObject({
      code: 'receipt.rejected',
      cause: { code: 'move.stale_guard' },
    })
  })
})

it('a node cannot pass off other terms as an order', async () => {
  const client = await trading()
  const { guard } = await client.placeOrder({
    market: MARKET,
    side: 'sell',
    price: 99n,
    lots: 5n,
    from: 'trading',
  })
  const { omg_getOrder: real } = node.handlers
  for (const wrong of [
    { terms: '0x00' },
    { market: GOLD_MARKET },
    { guard: `0x${'1'.repeat(64)}` },
    { token: GOLD, lots: 5 },
  ]) {
    node.handlers.omg_getOrder = params => ({ ...(real!(params) as object), ...wrong })
    await expect(client.getOrder({ guard })).rejects.toMatchObject({ code: 'node.answer' })
  }
  expect(exchange.held.get(guard)!.outputs[0]!.id satisfies OutputId).toMatch(/^0x/)
})
