import { orderGuard, tradingTerms, ZERO_ADDRESS } from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import { worth } from '../../test/fakeExchange.ts'
import { USD } from '../../test/fakeNode.ts'
import { alice, bob, ETH, exchange, lots, MARKET, node, open, trading } from '../../test/traders.ts'

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
