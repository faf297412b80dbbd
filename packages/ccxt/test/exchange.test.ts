import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { omg } from '@omg/ccxt'
import { configurationSchema, type RunningIndexer, startIndexer } from '@omg/indexer'
import { type Address, type MarketTerms, ZERO_ADDRESS } from '@omg/protocol'
import { listMarket } from '@omg/rootchain'
import { DEPLOYER, mintUsd, startAnvil, testPrivateKey } from '@omg/rootchain/testing'
import type { Exchange } from 'ccxt'
import * as ccxt from 'ccxt'
import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startNetwork, type TestNetwork } from '../../../test/scenarios/network.ts'
import { badInputs } from './bad-inputs.ts'
import { trade } from './bot.ts'
import * as check from './structures.ts'
import { watchingTests } from './watching.ts'

const [MAKER, BOT, OTHER] = [1, 2, 3]
const dollars = (whole: bigint) => whole * 10n ** 6n
const SYMBOL = 'ETH/TUSD'
// Nothing here is about speed, and the machine may be busy with other tests.
vi.setConfig({ testTimeout: 180_000 })

describe('the exchange class on a whole network', () => {
  let network: TestNetwork
  let indexer: RunningIndexer
  let maker: omg
  const opened: Exchange[] = []

  const database = mkdtempSync(join(tmpdir(), 'omg-ccxt-'))

  function indexerAt(port: number): Promise<RunningIndexer> {
    const settings = { node: [network.node.url], database, port, workers: 0, logLevel: 'silent' }
    return startIndexer({ ...configurationSchema.parse(settings), requestsPerSecond: 10_000 })
  }

  function exchangeOf(settings: ccxt.Dict = {}, endpoints: ccxt.Dict = {}): omg {
    const api = {
      public: indexer.url,
      ws: `${indexer.url.replace('http', 'ws')}/stream`,
      node: network.node.url,
      ethereum: network.ethereum.url,
    }
    const exchange = new omg({
      enableRateLimit: false,
      // The machine of a test can be busy for seconds.
      timeout: 30_000,
      ...settings,
      urls: { api: { ...api, ...endpoints } },
    })
    opened.push(exchange)
    return exchange
  }
  const trader = (index: number, endpoints: ccxt.Dict = {}) =>
    exchangeOf({ privateKey: testPrivateKey(index) }, endpoints)

  beforeAll(async () => {
    network = await startNetwork(() => startAnvil({ blockTime: 1 }))
    indexer = await indexerAt(0)
    const usd: Address = network.deployment.testTokens!.usd
    // A tick is 0.01 dollars for one ether, a lot 0.001 ether.
    const units = { base: ZERO_ADDRESS, quote: usd, tick: 10n, lot: 10n ** 15n, minimumSize: 2n } as const
    const terms: MarketTerms = { ...units, tier: 'bonded' }
    await listMarket(network.rootChain(DEPLOYER), { terms })
    const wallets = [MAKER, BOT, OTHER].map(index => network.wallet(index))
    const ids = []
    for (const [i, wallet] of wallets.entries()) {
      await mintUsd(network.rootChain(i + 1), dollars(100_000n))
      ids.push((await wallet.deposit({ amount: parseEther('10') })).id)
      ids.push((await wallet.deposit({ token: usd, amount: dollars(50_000n) })).id)
    }
    for (const id of ids) await wallets[0]!.waitForOutput({ id, until: 'committed' })
    maker = trader(MAKER)
    await vi.waitFor(async () => expect(Object.keys(await maker.loadMarkets(true))).toEqual([SYMBOL]), 60_000)
    const ask = (price: number) =>
      ({ symbol: SYMBOL, type: 'limit', side: 'sell', amount: 0.5, price }) as const
    const bid = (price: number) =>
      ({ symbol: SYMBOL, type: 'limit', side: 'buy', amount: 0.5, price }) as const
    await maker.createOrders([ask(2010), ask(2011), ask(2012), bid(1990), bid(1989), bid(1988)])
  }, 400_000)
  afterAll(async () => {
    for (const exchange of opened) await exchange.close()
    await indexer?.stop()
    await network?.stop()
    rmSync(database, { recursive: true, force: true })
  })

  const until = (holds: () => Promise<void> | void) => vi.waitFor(holds, { timeout: 60_000, interval: 100 })
  const none: string[] = []

  it('a bot that knows only CCXT trades, and every structure is that of the manual', async () => {
    const bot = trader(BOT)
    const report = await trade(bot, SYMBOL)
    expect(report.markets).toEqual([SYMBOL])
    for (const order of [...report.orders, ...report.canceled, ...report.heard]) {
      expect(check.orderFindings(bot, order)).toEqual(none)
    }
    for (const fill of report.fills) expect(check.tradeFindings(bot, fill, true)).toEqual(none)
    const [bid, ask, moved, taken] = report.orders
    expect(bid).toMatchObject({ clientOrderId: 'quote-1', amount: 0.004, type: 'limit', status: 'open' })
    expect(ask).toMatchObject({ side: 'sell', timeInForce: 'PO', postOnly: true, status: 'open' })
    expect(moved).toMatchObject({ clientOrderId: 'quote-1', amount: 0.008, price: 1950.2 })
    expect(taken).toMatchObject({ type: 'market', timeInForce: 'IOC' })
    expect(report.canceled.map(({ id }) => id).sort()).toEqual([ask!.id, moved!.id].sort())
    const ended = report.heard.filter(({ id }) => id === bid!.id).at(-1)
    expect(ended).toMatchObject({ status: 'canceled', filled: 0 })
  })

  it('public answers have every key, type, unit and order of the manual', async () => {
    const exchange = exchangeOf()
    await until(async () => expect((await exchange.fetchTicker(SYMBOL)).last).toBeGreaterThan(0))
    for (const market of await exchange.fetchMarkets()) {
      expect(check.marketFindings(exchange, exchange.market(market!.symbol))).toEqual(none)
    }
    expect(exchange.market(SYMBOL)).toMatchObject({
      precision: { price: 0.01, amount: 0.001 },
      limits: { amount: { min: 0.002 } },
      active: true,
    })
    const currencies = Object.values(await exchange.fetchCurrencies())
    for (const currency of currencies) expect(check.currencyFindings(exchange, currency)).toEqual(none)
    expect(currencies.map(({ code }) => code)).toEqual(expect.arrayContaining(['ETH', 'TUSD']))
    expect(check.statusFindings(await exchange.fetchStatus())).toEqual(none)
    expect(Math.abs((await exchange.fetchTime())! - Date.now())).toBeLessThan(3_600_000)
    for (const book of [
      await exchange.fetchOrderBook(SYMBOL),
      await exchange.fetchOrderBook(SYMBOL, 1),
      ...Object.values(await exchange.fetchOrderBooks()),
    ]) {
      expect(check.bookFindings(exchange, book)).toEqual(none)
    }
    expect((await exchange.fetchOrderBook(SYMBOL, 2)).asks).toHaveLength(2)
    const tickers = { ...(await exchange.fetchTickers()), one: await exchange.fetchTicker(SYMBOL) }
    for (const ticker of Object.values(tickers)) expect(check.tickerFindings(exchange, ticker)).toEqual(none)
    const trades = await exchange.fetchTrades(SYMBOL)
    expect(trades.length).toBeGreaterThan(0)
    for (const trade of trades) expect(check.tradeFindings(exchange, trade, false)).toEqual(none)
    expect(check.orderingFindings(trades)).toEqual(none)
    expect(await exchange.fetchTrades(SYMBOL, trades.at(-1)!.timestamp! + 1)).toEqual([])
    expect(await exchange.fetchTrades(SYMBOL, trades[0]!.timestamp!, 1)).toEqual(trades.slice(0, 1))
  })

  it('candles come from any time on, however quiet it was', async () => {
    const exchange = exchangeOf()
    for (const timeframe of Object.keys(exchange.timeframes)) {
      const candles = await exchange.fetchOHLCV(SYMBOL, timeframe)
      expect(candles.length, timeframe).toBeGreaterThan(0)
      expect(check.candleFindings(candles), timeframe).toEqual(none)
    }
    const newest = await exchange.fetchOHLCV(SYMBOL, '1s')
    expect(await exchange.fetchOHLCV(SYMBOL, '1s', newest[0]![0]! - 86_400_000, 500)).toEqual(newest)
    expect(await exchange.fetchOHLCV(SYMBOL, '1s', newest[0]![0], 1)).toEqual(newest.slice(0, 1))
    expect(await exchange.fetchOHLCV(SYMBOL, '1s', 1_300_000_000_000, 1)).toEqual(newest.slice(0, 1))
    expect(await exchange.fetchOHLCV(SYMBOL, '1s', undefined, 1)).toEqual(newest.slice(-1))
    await expect(exchange.fetchOHLCV(SYMBOL, '2m')).rejects.toBeInstanceOf(ccxt.BadRequest)
  })

  it('private answers have every key, type, unit and order of the manual', async () => {
    const bot = trader(BOT)
    const balance = await bot.fetchBalance()
    expect(check.balanceFindings(bot, balance)).toEqual(none)
    const lists = [
      await bot.fetchOrders(SYMBOL),
      await bot.fetchOpenOrders(),
      await bot.fetchClosedOrders(SYMBOL),
      await bot.fetchCanceledOrders(SYMBOL),
    ]
    for (const orders of lists) {
      for (const order of orders) expect(check.orderFindings(bot, order)).toEqual(none)
      expect(check.orderingFindings(orders)).toEqual(none)
    }
    const [all, open, closed, canceled] = lists.map(({ length }) => length)
    expect(all).toBe(open! + closed! + canceled!)
    expect(lists[2]!.every(({ lastTradeTimestamp }) => lastTradeTimestamp! > 0)).toBe(true)
    const fills = await bot.fetchMyTrades(SYMBOL)
    for (const fill of fills) expect(check.tradeFindings(bot, fill, true)).toEqual(none)
    expect(check.orderingFindings(fills)).toEqual(none)
    const order = await bot.fetchOrder(fills[0]!.order!, SYMBOL)
    expect(check.orderFindings(bot, order)).toEqual(none)
    expect(order.trades).toEqual(await bot.fetchOrderTrades(order.id!))
    expect(order.lastTradeTimestamp).toBe(order.trades.at(-1)!.timestamp)
    const fees = Object.values(await bot.fetchTradingFees())
    for (const fee of [...fees, await bot.fetchTradingFee(SYMBOL)])
      expect(check.tradingFeeFindings(fee)).toEqual(none)
    // Whoever has the address can look, and do nothing.
    const watcher = exchangeOf({ walletAddress: network.wallet(BOT).address() })
    expect(await watcher.fetchMyTrades(SYMBOL)).toEqual(
      fills.map(fill => ({ ...fill, type: expect.anything() })),
    )
    await expect(watcher.createOrder(SYMBOL, 'limit', 'buy', 1, 1000)).rejects.toBeInstanceOf(
      ccxt.AuthenticationError,
    )
  })

  it('every order type does what its name says', async () => {
    const bot = trader(OTHER)
    const ended = async (id: string | undefined) => {
      await until(async () => expect((await bot.fetchOrder(id)).status).not.toBe('open'))
      return bot.fetchOrder(id)
    }
    const { asks, bids } = await bot.fetchOrderBook(SYMBOL)
    const [ask, bid] = [asks[0]![0]!, bids[0]![0]!]
    const crossing = await bot.createPostOnlyOrder(SYMBOL, 'limit', 'buy', 0.01, ask + 1)
    expect(await ended(crossing.id)).toMatchObject({ status: 'rejected', filled: 0 })
    const worse = await bot.createOrder(SYMBOL, 'limit', 'buy', 0.01, bid, { timeInForce: 'IOC' })
    expect(await ended(worse.id)).toMatchObject({ status: 'canceled', timeInForce: 'IOC', filled: 0 })
    const filled = await bot.createOrder(SYMBOL, 'limit', 'buy', 0.01, ask, { timeInForce: 'FOK' })
    expect(await ended(filled.id)).toMatchObject({ status: 'closed', timeInForce: 'FOK', filled: 0.01 })
    const killed = await bot.createOrder(SYMBOL, 'limit', 'buy', 4, ask, { timeInForce: 'FOK' })
    expect(await ended(killed.id)).toMatchObject({ status: 'canceled', filled: 0 })
    const soon = (await bot.fetchTime())! + 3_000
    const dated = await bot.createOrder(SYMBOL, 'limit', 'buy', 0.01, bid - 9, {
      timeInForce: 'GTD',
      goodTillDate: soon,
    })
    expect(await ended(dated.id)).toMatchObject({ status: 'expired', timeInForce: 'GTC' })
    const stop = await bot.createStopLossOrder(SYMBOL, 'limit', 'sell', 0.01, bid - 20, bid - 10)
    expect(stop).toMatchObject({ status: 'open', triggerPrice: bid - 10, stopPrice: bid - 10 })
    const wakes = await bot.createOrder(SYMBOL, 'market', 'buy', 0.01, undefined, { triggerPrice: ask + 50 })
    expect(wakes).toMatchObject({
      status: 'open',
      type: 'market',
      timeInForce: 'IOC',
      triggerPrice: ask + 50,
    })
    const entry = await bot.createOrderWithTakeProfitAndStopLoss(
      SYMBOL,
      'limit',
      'buy',
      0.01,
      bid - 5,
      ask + 40,
      bid - 40,
    )
    expect(check.orderFindings(bot, entry)).toEqual(none)
    await expect(bot.cancelOrders([stop.id!, wakes.id!, entry.id!])).resolves.toMatchObject(
      Array(3).fill({ status: 'canceled' }),
    )
  })

  it('a smaller size alone keeps the place; an order is found by the name that its client gave it', async () => {
    const bot = trader(OTHER)
    const params = { clientOrderId: 'näme 1' }
    const order = await bot.createOrder(SYMBOL, 'limit', 'buy', 0.05, 1700, params)
    const smaller = await bot.editOrder(order.id!, SYMBOL, 'limit', 'buy', 0.02, 1700)
    expect(smaller).toMatchObject({ id: order.id, amount: 0.02, price: 1700, timestamp: order.timestamp })
    const larger = await bot.editOrder(order.id!, SYMBOL, 'limit', 'buy', 2.5, 1701.004)
    expect(larger).toMatchObject({ amount: 2.5, price: 1701, clientOrderId: 'näme 1' })
    expect(larger.id).not.toBe(order.id)
    expect(await bot.fetchOrder(order.id)).toMatchObject({ status: 'canceled' })
    expect(await bot.fetchOrder(undefined, SYMBOL, params)).toMatchObject({ id: larger.id })
    await expect(bot.cancelOrder(larger.id!)).resolves.toMatchObject({ status: 'canceled', remaining: 2.5 })
    await expect(bot.cancelOrder(larger.id!)).rejects.toBeInstanceOf(ccxt.OrderNotFound)
  })

  it('what an order trades flows into the order that waits for it', async () => {
    const bot = trader(OTHER)
    const { asks } = await bot.fetchOrderBook(SYMBOL)
    const ask = asks[0]![0]!
    const entry = await bot.createOrderWithTakeProfitAndStopLoss(
      SYMBOL,
      'limit',
      'buy',
      0.02,
      ask,
      ask + 300,
      ask - 300,
    )
    await until(async () => expect((await bot.fetchOrder(entry.id)).status).toBe('closed'))
    const exit = { side: 'sell', price: ask + 300, amount: 0.02, triggerPrice: ask - 300 }
    await until(async () => expect(await bot.fetchOpenOrders(SYMBOL)).toMatchObject([exit]))
    const [order] = await bot.cancelAllOrders(SYMBOL)
    expect(check.orderFindings(bot, order)).toEqual(none)
  })

  it('money moves between coins and the trading balance', async () => {
    const bot = trader(OTHER)
    const tradable = async () => {
      const balances = await network.wallet(OTHER).getTradingBalances()
      return (
        balances.find(({ token, terms }) => token === ZERO_ADDRESS && terms.agent === ZERO_ADDRESS)?.amount ??
        0n
      )
    }
    const before = await tradable()
    const there = await bot.transfer('ETH', 0.5, 'funding', 'trading')
    expect(there).toMatchObject({
      currency: 'ETH',
      amount: 0.5,
      status: 'ok',
      datetime: bot.iso8601(there.timestamp),
    })
    expect(await tradable()).toBe(before + parseEther('0.5'))
    const total = (await bot.fetchBalance()).ETH!.total!
    await bot.transfer('ETH', 0.25, 'trading', 'funding')
    expect(await tradable()).toBeLessThanOrEqual(before + parseEther('0.25'))
    expect((await bot.fetchBalance()).ETH!.total).toBeCloseTo(total, 2)
    await expect(bot.transfer('ETH', 1, 'funding', 'margin')).rejects.toBeInstanceOf(ccxt.BadRequest)
    await expect(bot.transfer('ETH', 900, 'trading', 'funding')).rejects.toBeInstanceOf(
      ccxt.InsufficientFunds,
    )
  })

  it('orders are taken back when nobody is there any more', async () => {
    const bot = trader(OTHER)
    const orders = await bot.createOrders(
      [1200, 1201].map(price => ({ symbol: SYMBOL, type: 'limit', side: 'buy', amount: 0.01, price })),
    )
    const armed = await bot.cancelAllOrdersAfter(3_600_000)
    expect(armed.orders.sort()).toEqual(orders.map(({ id }) => id).sort())
    expect(armed.triggerTime).toBeGreaterThan(1_500_000_000_000)
    expect(await bot.cancelAllOrdersAfter(0)).toEqual({ timeout: 0, disarmed: true })
    await bot.cancelAllOrdersAfter(1_000)
    await until(async () => expect(await bot.fetchOpenOrders(SYMBOL)).toEqual([]))
    expect(await bot.fetchOrder(orders[0]!.id)).toMatchObject({ status: 'canceled' })
    await expect(bot.cancelAllOrdersAfter(10)).rejects.toBeInstanceOf(ccxt.BadRequest)
  })

  it('an agent trades what she was given, and no more', async () => {
    const owner = network.wallet(OTHER)
    const { privateKey, scope } = owner.createAgent()
    const [amount, finality] = [parseEther('0.3'), 'fast'] as const
    const { payment } = await owner.openTradingBalance({ amount, agent: scope.agent, finality })
    await owner.waitForReceipt({ hash: payment.hash })
    const agent = exchangeOf({ apiKey: owner.address(), secret: privateKey })
    await until(async () =>
      expect((await agent.fetchBalance()).ETH).toEqual({ free: 0.3, used: 0, total: 0.3 }),
    )
    const order = await agent.createOrder(SYMBOL, 'limit', 'sell', 0.1, 2500)
    expect((await agent.fetchBalance()).ETH).toEqual({ free: 0.2, used: 0.1, total: 0.3 })
    await expect(agent.createOrder(SYMBOL, 'limit', 'sell', 0.25, 2500)).rejects.toBeInstanceOf(
      ccxt.InsufficientFunds,
    )
    expect(await agent.cancelAllOrders(SYMBOL)).toMatchObject([{ id: order.id, status: 'canceled' }])
  })

  it('many orders at once are signed together, or one by one where the money is in one piece', async () => {
    const bot = trader(OTHER)
    const quote = (price: number) =>
      ({ symbol: SYMBOL, type: 'limit', side: 'buy', amount: 0.01, price }) as const
    const prices = Array.from({ length: 17 }, (_, i) => 1500 + i)
    const orders = await bot.createOrders(prices.map(quote))
    expect(orders.map(({ price }) => price)).toEqual(prices)
    const more = await Promise.all([1, 2].map(i => bot.createOrder(SYMBOL, 'limit', 'buy', 0.01, 1400 + i)))
    expect(await bot.cancelAllOrders()).toHaveLength(orders.length + more.length)
    expect(await bot.fetchOpenOrders()).toEqual([])
  })

  describe('bad input becomes the exception that CCXT has for it', () => {
    it.each(badInputs(SYMBOL))('%s', async (_, Class, act) => {
      const error = await act(trader(OTHER)).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(Class)
    })

    it.each([
      ['no credentials', {}],
      ['half a key', { privateKey: '0x12' }],
      ['a key that is none', { privateKey: `0x${'00'.repeat(32)}` }],
      ['no address', { walletAddress: 'bob' }],
    ])('%s', async (_, credentials) => {
      await expect(exchangeOf(credentials).fetchBalance()).rejects.toBeInstanceOf(ccxt.AuthenticationError)
    })

    it('dead servers are a NetworkError, and nothing hangs', async () => {
      const nobody = 'http://127.0.0.1:9'
      const blind = trader(OTHER, { public: nobody, ws: 'ws://127.0.0.1:9/stream' })
      await expect(blind.fetchTicker(SYMBOL)).rejects.toBeInstanceOf(ccxt.NetworkError)
      expect(await blind.fetchStatus()).toMatchObject({ status: 'error' })
      const deaf = trader(OTHER, { ws: 'ws://127.0.0.1:9/stream' })
      await expect(deaf.watchTrades(SYMBOL)).rejects.toBeInstanceOf(ccxt.NetworkError)
      await expect(deaf.watchOrderBook(SYMBOL)).rejects.toBeInstanceOf(ccxt.NetworkError)
      const mute = trader(OTHER)
      await mute.loadMarkets()
      Object.assign(mute.urls.api, { node: nobody })
      await expect(mute.createOrder(SYMBOL, 'limit', 'buy', 1, 1_300)).rejects.toBeInstanceOf(
        ccxt.NetworkError,
      )
      await expect(trader(OTHER, { node: nobody }).loadMarkets()).rejects.toBeInstanceOf(ccxt.NetworkError)
    })
  })

  it('the example in docs/ccxt.md runs', async () => {
    const root = join(import.meta.dirname, '..', '..', '..')
    const [, program] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs', 'ccxt.md'), 'utf8'))!
    // The account of the example is the one that makes the market here.
    const code = program!
      .replace(/0x[0-9a-f]{64}/, testPrivateKey(BOT))
      .replace('http://127.0.0.1:8800', indexer.url)
      .replace('ws://127.0.0.1:8800', indexer.url.replace('http', 'ws'))
      .replace('http://127.0.0.1:8600', network.node.url)
      .replace('http://127.0.0.1:8545', network.ethereum.url)
    const options = ['--input-type=module-typescript', '--eval', code]
    const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: root, timeout: 120_000 })
    expect(stdout).toMatch(
      /^[\d.]+ ETH and [\d.]+ TUSD to trade with, at least 0\.002 ETH an order\nclosed: bought 0\.02 at 20\d\d(\.\d+)?, as taker\n1 order canceled: the quote\n$/,
    )
  })

  watchingTests({
    ...{ symbol: SYMBOL, exchangeOf, until },
    bot: () => trader(BOT),
    wallet: () => network.wallet(BOT),
    stopIndexer: () => indexer.stop(),
    startIndexer: async () => {
      indexer = await indexerAt(Number(new URL(indexer.url).port))
    },
  })
})
