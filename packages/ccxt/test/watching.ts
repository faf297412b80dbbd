import type { omg } from '@omg/ccxt'
import type { OmgClient } from '@omg/sdk'
import * as ccxt from 'ccxt'
import { describe, expect, it } from 'vitest'
import * as check from './structures.ts'

export interface WatchingSetUp {
  readonly symbol: string
  /** An exchange of nobody's account. */
  readonly exchangeOf: () => omg
  /** An exchange of the account that trades, and its wallet. */
  readonly bot: () => omg
  readonly wallet: () => OmgClient
  readonly until: (holds: () => Promise<void> | void) => Promise<void>
  readonly stopIndexer: () => Promise<void>
  /** At the address that it had. */
  readonly startIndexer: () => Promise<void>
}

const none: string[] = []

/** The watch* family on a whole network. */
export function watchingTests(setUp: WatchingSetUp): void {
  const { symbol, exchangeOf, bot, wallet, until, stopIndexer, startIndexer } = setUp
  describe('watching', () => {
    /** What the network itself does to every connection at some time. */
    const cut = (exchange: omg) => {
      for (const client of Object.values(exchange.clients)) client.connection.terminate()
    }
    /** One batch with a trade. */
    async function oneTrade(): Promise<void> {
      const seller = bot()
      const order = await seller.createOrder(symbol, 'market', 'sell', 0.003)
      await until(async () => expect((await seller.fetchOrder(order.id)).status).toBe('closed'))
    }

    it('books, tickers, trades and candles are those of the manual, and arrive', async () => {
      const exchange = exchangeOf()
      expect(check.bookFindings(exchange, await exchange.watchOrderBook(symbol, 2))).toEqual(none)
      expect(check.tickerFindings(exchange, await exchange.watchTicker(symbol))).toEqual(none)
      const trades = await exchange.watchTrades(symbol)
      for (const trade of trades) expect(check.tradeFindings(exchange, trade, false)).toEqual(none)
      expect(check.orderingFindings(trades)).toEqual(none)
      expect(check.candleFindings(await exchange.watchOHLCV(symbol, '1s'))).toEqual(none)
      const next = Promise.all([
        exchange.watchTrades(symbol),
        exchange.watchTickers([symbol]),
        exchange.watchOHLCV(symbol, '1s'),
        exchange.watchOrderBookForSymbols([symbol]),
      ])
      await oneTrade()
      const [fresh, tickers, candles, book] = await next
      expect(fresh).toHaveLength(1)
      expect(tickers[symbol]!.last).toBeGreaterThan(0)
      expect(check.candleFindings(candles)).toEqual(none)
      expect(check.bookFindings(exchange, book)).toEqual(none)
      expect(await exchange.unWatchTrades(symbol)).toBe(true)
      const left = exchange.watchTicker(symbol)
      const unwatched = expect(left).rejects.toBeInstanceOf(ccxt.UnsubscribeError)
      await until(() => expect(Object.keys(exchange.clients)).toHaveLength(1))
      await exchange.unWatchTickers([symbol])
      await unwatched
      const waiting = expect(exchange.watchOrderBook(symbol)).rejects.toBeInstanceOf(
        ccxt.ExchangeClosedByUser,
      )
      await until(() =>
        expect(Object.keys(Object.values(exchange.clients)[0]!.futures).length).toBeGreaterThan(0),
      )
      await exchange.close()
      await waiting
    })

    it('after a lost connection nothing is missing and nothing comes twice', async () => {
      const exchange = bot()
      const known = new Map((await exchange.watchTrades(symbol)).map(trade => [trade.id, trade]))
      await exchange.watchOrderBook(symbol)
      await exchange.watchBalance()
      const waiting = [exchange.watchTrades(symbol), exchange.watchMyTrades(symbol), exchange.watchBalance()]
      const lost = waiting.map(wait => expect(wait).rejects.toBeInstanceOf(ccxt.NetworkError))
      // Everybody waits on the connection before it is cut.
      await exchange.sleep(0)
      cut(exchange)
      await Promise.all(lost)
      for (let i = 0; i < 3; i++) await oneTrade()
      const tape = await exchange.fetchTrades(symbol, undefined, 500)
      while (known.size < tape.length) {
        for (const trade of await exchange.watchTrades(symbol)) {
          expect(known.has(trade.id)).toBe(false)
          known.set(trade.id, trade)
        }
      }
      expect([...known.values()]).toEqual(tape)
      const own = (await exchange.fetchMyTrades(symbol)).slice(-3).map(({ id }) => id)
      const heard: unknown[] = []
      while (heard.length < own.length)
        heard.push(...(await exchange.watchMyTrades(symbol)).map(({ id }) => id))
      expect(heard).toEqual(own)
      // The book goes on from its last block, and its checksum says that it is whole.
      const book = await exchange.watchOrderBook(symbol)
      const { bids, asks, nonce } = await exchange.fetchOrderBook(symbol)
      if (book.nonce === nonce) expect({ bids: [...book.bids], asks: [...book.asks] }).toEqual({ bids, asks })
    })

    it('balances, orders and fills of the account are told with the block', async () => {
      const exchange = bot()
      const first = await exchange.watchBalance()
      expect(check.balanceFindings(exchange, first)).toEqual(none)
      const next = [exchange.watchBalance(), exchange.watchOrders(), exchange.watchMyTrades()] as const
      await oneTrade()
      const [balance, orders, fills] = await Promise.all(next)
      expect(check.balanceFindings(exchange, balance)).toEqual(none)
      for (const order of orders) expect(check.orderFindings(exchange, order)).toEqual(none)
      for (const fill of fills) expect(check.tradeFindings(exchange, fill, true)).toEqual(none)
      expect(fills).toHaveLength(1)
      // What waits for a balance, an order or a fill waits no longer for its end.
      const isClosed = () =>
        exchange.orders!.some(({ id, status }) => id === fills[0]!.order && status === 'closed')
      while (!isClosed()) await exchange.watchOrders()
      const order = await exchange.fetchOrder(fills[0]!.order)
      expect(order).toMatchObject({ status: 'closed', filled: 0.003 })
    })

    it('an indexer that was away brings what happened meanwhile', async () => {
      const exchange = bot()
      const known = new Map((await exchange.watchTrades(symbol)).map(trade => [trade.id, trade]))
      await exchange.watchBalance()
      const waiting = [
        exchange.watchTrades(symbol),
        exchange.watchMyTrades(symbol),
        exchange.watchOrders(symbol),
      ]
      const lost = waiting.map(wait => expect(wait).rejects.toBeInstanceOf(ccxt.NetworkError))
      await exchange.sleep(0)
      await stopIndexer()
      await Promise.all(lost)
      // Its connections are gone, and the chain goes on without it.
      const seller = wallet()
      const [market] = await seller.getMarkets()
      const order = { market: market!, side: 'sell', type: 'market', slippageBps: 100, lots: 3n } as const
      const placed = [await seller.placeOrder({ ...order, finality: 'fast' })]
      await seller.waitForOrder({ order: placed[0]!, until: 'gone' })
      await expect(exchange.watchTrades(symbol)).rejects.toBeInstanceOf(ccxt.NetworkError)
      await startIndexer()
      await until(async () =>
        expect(await exchange.fetchOrder(placed[0]!.guard)).toMatchObject({ status: 'closed' }),
      )
      const tape = await exchange.fetchTrades(symbol, undefined, 500)
      while (known.size < tape.length) {
        for (const trade of await exchange.watchTrades(symbol)) known.set(trade.id, trade)
      }
      expect([...known.values()]).toEqual(tape)
      const [fill] = await exchange.watchMyTrades(symbol)
      expect(fill).toEqual((await exchange.fetchMyTrades(symbol)).at(-1))
      const heard = exchange.orders!.find(({ id }) => id === placed[0]!.guard)
      expect(heard).toMatchObject({ status: 'closed', filled: 0.003, lastTradeTimestamp: fill!.timestamp })
    })
  })
}
