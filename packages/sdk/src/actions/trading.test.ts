import {
  type Address,
  address,
  type Guard,
  marketId,
  OmgError,
  type OutputId,
  orderGuard,
  tradingTerms,
  ZERO_ADDRESS,
} from '@omg/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, describe, expect, it } from 'vitest'
import { addExchange, ETH_USD, type FakeExchange, GOLD, GOLD_USD, worth } from '../../test/fakeExchange.ts'
import { type FakeNode, type FakeOutput, startFakeNode, USD } from '../../test/fakeNode.ts'
import { createClient, type OmgClient } from '../createClient.ts'
import { http } from '../node/http.ts'

const accountOf = (n: number) => privateKeyToAccount(`0x${n.toString(16).padStart(64, '0')}`)
const [alice, bob, stranger] = [1, 2, 3].map(n => address(accountOf(n).address)) as [
  Address,
  Address,
  Address,
]
const ETH = 10n ** 18n
const [MARKET, GOLD_MARKET] = [marketId(ETH_USD), marketId(GOLD_USD)]

let node: FakeNode
let exchange: FakeExchange
afterEach(() => node[Symbol.asyncDispose]())

async function open(outputs: Omit<FakeOutput, 'owner'>[] = []): Promise<OmgClient> {
  const given =
    outputs.length > 0
      ? outputs
      : [...Array(6).fill({ amount: 20n * ETH }), ...Array(6).fill({ amount: 10n ** 12n, token: USD })]
  node = await startFakeNode(given.map(output => ({ owner: alice, ...output })))
  exchange = addExchange(node)
  return clientOf(1)
}

const clientOf = (n: number, owner?: Address) =>
  createClient({
    node: http(node.url, { retries: 1, timeout: 2_000 }),
    account: accountOf(n),
    ...(owner && { owner }),
  })

const lots = (guard: Guard) => exchange.order(guard)?.lots

/** A client with a trading balance of both tokens. */
async function trading(parts = 4, agent?: Address): Promise<OmgClient> {
  const client = await open()
  for (const [token, amount] of [
    [ZERO_ADDRESS, 10n * ETH],
    [USD, 10n ** 11n],
  ] as const) {
    await client.openTradingBalance({ token, amount, parts, ...(agent && { agent }) })
  }
  return client
}

describe('markets and books', () => {
  it('are read with their units', async () => {
    const client = await open()
    const [market] = await client.getMarkets()
    expect(market).toMatchObject({ id: MARKET, symbol: 'ETH/TUSD', makerBps: 10, takerBps: 20, feeUnit: 1n })
    expect(market!.priceOf('2000.5')).toBe(200_050n)
    exchange.books.set(MARKET, { bids: [[199n, 5n]], asks: [[201n, 7n]] })
    const book = await client.getBook({ market: market! })
    expect(book).toMatchObject({ bids: [{ price: 199n, lots: 5n, orders: 1 }], asks: [{ price: 201n }] })
    expect((await client.getMarkets())[0]).toMatchObject({ bestBid: 199n, bestAsk: 201n })
  })

  it('are refused where terms are not those of the id, or levels not in order', async () => {
    const client = await open()
    exchange.books.set(MARKET, {
      bids: [
        [1n, 5n],
        [2n, 5n],
      ],
      asks: [],
    })
    await expect(client.getBook({ market: MARKET })).rejects.toMatchObject({ code: 'node.answer' })
    const { omg_getMarkets: real } = node.handlers
    node.handlers.omg_getMarkets = params => {
      const answer = real!(params) as { markets: object[] }
      return { ...answer, markets: answer.markets.map(market => ({ ...market, tick: '11' })) }
    }
    await expect(client.getMarkets()).rejects.toMatchObject({ code: 'node.answer' })
  })
})

describe('an order from coins', () => {
  it('locks its size at its worst price with the highest fee, and goes into one payment', async () => {
    const client = await open()
    const placed = await client.placeOrder({ market: MARKET, side: 'buy', price: 200_000n, lots: 500n })
    expect(placed.terms).toMatchObject({ owner: alice, receiver: alice, proceedsKind: 'coin', maxFeeBps: 20 })
    // 0.5 ETH at 2000 is 1000 USD, and the fee 2.
    expect(placed.amount).toBe(1_002_000_000n)
    expect('payment' in placed && placed.payment.outputs[0]).toMatchObject({
      type: 'order',
      guard: placed.guard,
      token: USD,
    })
    expect(await client.getOrder({ guard: placed.guard })).toMatchObject({
      lots: 500n,
      market: MARKET,
    })
    expect(await client.getOrder({ guard: orderGuard({ ...placed.terms, limit: 1n }) })).toBeUndefined()
  })

  it('may pay somebody else, wait for a price, end by itself, and flow into another', async () => {
    const client = await open()
    const [eth, gold] = await client.getMarkets()
    const { terms, guard } = await client.placeOrder({
      market: eth!,
      side: 'sell',
      price: eth!.priceOf('1900'),
      lots: eth!.lotsOf('1.5'),
      trigger: { type: 'stop', at: eth!.priceOf('1950') },
      expiry: { height: 99n },
      clientId: 'stop 7',
      next: { market: gold!, side: 'buy', price: 5n, receiver: bob },
    })
    expect(terms).toMatchObject({
      proceedsKind: 'chained',
      triggerKind: 'wakeBelow',
      triggerPrice: 195_000n,
      expiry: 99n,
    })
    expect(lots(guard)).toBe(1_500n)
    await expect(
      client.placeOrder({
        market: eth!,
        side: 'buy',
        price: 1n,
        lots: 2n,
        next: { market: gold!, side: 'buy', price: 5n },
      }),
    ).rejects.toMatchObject({ code: 'order.invalid' })
  })

  it('at the market takes the best price and so much worse, never more', async () => {
    const client = await open()
    const sell = { market: MARKET, side: 'sell', type: 'market', slippageBps: 50, lots: 10n } as const
    await expect(client.placeOrder(sell)).rejects.toMatchObject({ code: 'order.no_price' })
    exchange.books.set(MARKET, { bids: [[199_999n, 5n]], asks: [[200_001n, 7n]] })
    expect((await client.placeOrder(sell)).terms).toMatchObject({
      limit: 199_000n,
      timeInForce: 'immediateOrCancel',
    })
    expect((await client.placeOrder({ ...sell, side: 'buy' })).terms.limit).toBe(201_001n)
    await expect(client.placeOrder({ ...sell, postOnly: true })).rejects.toMatchObject({
      code: 'order.invalid',
    })
    await expect(client.placeOrder({ ...sell, slippageBps: 1.5 })).rejects.toMatchObject({
      code: 'order.invalid',
    })
  })

  it('is refused before anything is signed where it cannot be', async () => {
    const client = await open()
    const order = { market: MARKET, side: 'buy', price: 5n, lots: 1n } as const
    await expect(client.placeOrder(order)).rejects.toMatchObject({ code: 'order.invalid' })
    await expect(
      client.placeOrder({ ...order, market: orderGuard(tradingTerms(alice, alice, alice)) }),
    ).rejects.toMatchObject({
      code: 'market.unknown',
    })
    await expect(client.placeOrder({ ...order, lots: 10_000_000n, price: 1_000_000n })).rejects.toMatchObject(
      {
        code: 'coins.insufficient',
      },
    )
    expect(node.taken).toEqual([])
  })
})

describe('a trading balance', () => {
  it('is opened in parts and closed again, less the fee', async () => {
    const client = await open()
    const { guard, terms } = await client.openTradingBalance({ token: USD, amount: 1_000n, parts: 3 })
    expect(guard).toBe(orderGuard(tradingTerms(alice, ZERO_ADDRESS, alice)))
    const [balance] = await client.getTradingBalances()
    expect(balance).toMatchObject({ guard, terms, token: USD, amount: 1_000n })
    expect(balance!.outputs.map(({ amount }) => amount)).toEqual([334n, 333n, 333n])
    const closed = await client.closeTradingBalance({ token: USD })
    expect(closed).toMatchObject({ amount: 995n, left: 0n, payment: { fee: { token: USD, amount: 5n } } })
    expect(await client.getTradingBalances()).toEqual([])
    await expect(client.closeTradingBalance({ token: USD })).rejects.toMatchObject({
      code: 'trading.unknown',
    })
    await expect(client.openTradingBalance({ amount: 2n, parts: 3 })).rejects.toMatchObject({
      code: 'payment.invalid',
    })
    await expect(client.openTradingBalance({ amount: 99n, parts: 15 })).rejects.toMatchObject({
      code: 'payment.invalid',
    })
  })

  it('is opened in several tokens under one signature', async () => {
    const client = await open()
    const amounts = [
      { amount: ETH, parts: 2 },
      { token: USD, amount: 1_000n },
    ]
    const { payment, guard } = await client.openTradingBalance({ amounts })
    expect(payment.outputs.filter(output => output.guard === guard)).toHaveLength(3)
    const balances = await client.getTradingBalances()
    expect(balances.find(({ token }) => token === USD)?.amount).toBe(1_000n)
    expect(balances.find(({ token }) => token === ZERO_ADDRESS)?.amount).toBe(ETH)
    await expect(
      client.openTradingBalance({
        amounts: [
          { amount: ETH, parts: 14 },
          { token: USD, amount: 1_000n },
        ],
      }),
    ).rejects.toMatchObject({ code: 'payment.invalid' })
  })

  it('gives a part back: a coin of exactly that, and the rest stays', async () => {
    const client = await open()
    const { guard } = await client.openTradingBalance({ token: USD, amount: 1_000n, parts: 2 })
    const part = await client.closeTradingBalance({ token: USD, amount: 600n })
    expect(part).toMatchObject({ amount: 600n, left: 395n })
    expect(part.payment.outputs[0]).toMatchObject({ type: 'coin', amount: 600n })
    const [balance] = await client.getTradingBalances()
    expect(balance).toMatchObject({ guard, amount: 395n })
    await expect(client.closeTradingBalance({ token: USD, amount: 391n })).rejects.toMatchObject({
      code: 'trading.insufficient',
    })
  })

  it('takes orders by instruction, with proceeds that come back to it', async () => {
    const client = await trading()
    const placed = await client.placeOrder({
      market: MARKET,
      side: 'buy',
      price: 100_000n,
      lots: 20n,
      from: 'trading',
    })
    expect(placed.terms.proceedsKind).toBe('trading')
    expect('instruction' in placed && placed.instruction.made).toEqual([placed.guard])
    expect(await client.waitForOrder({ order: placed })).toMatchObject({ height: 7n, order: { lots: 20n } })
    await client.cancelOrder({ order: placed.guard })
    expect(await client.waitForOrder({ order: placed.guard, until: 'gone' })).toMatchObject({
      order: undefined,
    })
    const usd = (await client.getTradingBalances()).find(({ token }) => token === USD)
    expect(usd!.amount).toBe(10n ** 11n)
    await expect(client.cancelOrder({ order: placed.guard })).rejects.toMatchObject({ code: 'order.gone' })
    await expect(
      client.placeOrder({ market: MARKET, side: 'buy', price: 1n, lots: 2n, from: 'trading', receiver: bob }),
    ).rejects.toMatchObject({ code: 'order.invalid' })
    await expect(
      client.placeOrder({ market: MARKET, side: 'buy', price: 1n, lots: 2n, from: placed.guard }),
    ).rejects.toMatchObject({ code: 'trading.unknown' })
  })
})

describe('an amendment', () => {
  const sell = { market: MARKET, side: 'sell', price: 100_000n, lots: 20n, from: 'trading' } as const

  it('to fewer lots keeps the name, and so the place', async () => {
    const client = await trading()
    for (const side of ['buy', 'sell'] as const) {
      const { guard } = await client.placeOrder({ ...sell, side })
      const amended = await client.amendOrder({ order: guard, lots: 7n })
      expect(amended.guard).toBe(guard)
      expect(lots(guard)).toBe(7n)
      await expect(client.amendOrder({ order: guard, lots: 7n })).rejects.toMatchObject({
        code: 'order.invalid',
      })
    }
  })

  it('to another price moves all of it where that makes the same lots', async () => {
    const client = await trading()
    const { guard } = await client.placeOrder(sell)
    const amended = await client.amendOrder({ order: guard, price: 99_000n, postOnly: true })
    expect(amended.instruction.steps).toHaveLength(1)
    expect(lots(guard)).toBeUndefined()
    expect(exchange.order(amended.guard)).toMatchObject({
      lots: 20n,
      terms: { limit: 99_000n, postOnly: true },
    })
  })

  it('that needs other money goes through the trading balance, in one signature', async () => {
    const client = await trading()
    const { guard } = await client.placeOrder({ ...sell, side: 'buy' })
    for (const [price, count] of [
      [90_000n, 20n],
      [120_000n, 20n],
      [120_000n, 30n],
    ] as const) {
      const live = (await client.getOrders()).orders[0]!
      const amended = await client.amendOrder({ order: live, price, lots: count })
      expect(amended.instruction.steps).toHaveLength(2)
      expect(exchange.order(amended.guard)).toMatchObject({
        lots: count,
        amount: worth(exchange.order(amended.guard)!.terms, count),
      })
    }
    expect(lots(guard)).toBeUndefined()
    const live = (await client.getOrders()).orders[0]!
    const all = await client.amendOrder({ order: live, price: 60_000n, lots: 'all' })
    expect(lots(all.guard)).toBe(60n)
    await expect(
      client.amendOrder({ order: all.guard, lots: 4_000_000n, price: 60_000n }),
    ).rejects.toMatchObject({
      code: 'trading.insufficient',
    })
  })
})

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
