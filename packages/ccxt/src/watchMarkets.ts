import {
  BadRequest,
  BadResponse,
  ChecksumError,
  type Dict,
  type Int,
  type OHLCV,
  type OrderBook,
  type Strings,
  type Ticker,
  type Tickers,
  type Trade,
} from 'ccxt'
import { type Candle, CandleCache, ItemCache } from './cache.ts'
import { type Level, Levels, uncrossed } from './levels.ts'
import type { LoadedMarket } from './rest.ts'
import { integerIn, timestampIn } from './rows.ts'
import { type Listener, StreamExchange } from './stream.ts'

/** Blocks whose times are remembered, to say when a book was. */
const REMEMBERED_BLOCKS = 256

interface KnownTrade extends Trade {
  id: string
  symbol: string
}

/** Books, tickers, trades and candles as they change. */
export abstract class MarketStreamExchange extends StreamExchange {
  readonly #levels = new Map<string, Levels>()
  readonly #times = new Map<bigint, number>()

  override async watchOrderBook(symbol: string, limit?: Int, params: Dict = {}): Promise<OrderBook> {
    await this.loadMarkets()
    return this.watchOrderBookForSymbols([symbol], limit, params)
  }

  override async watchOrderBookForSymbols(
    symbols: string[],
    limit?: Int,
    params: Dict = {},
  ): Promise<OrderBook> {
    await this.loadMarkets()
    const markets = this.#marketsOf(symbols)
    // A book says its height; blocks say when that was. They come first.
    this.watchChannel('blocks', 'blocks', this.#onBlock).catch(() => {})
    const listeners = markets.map(market => [`book:${market.id}`, this.#onBook(market)] as const)
    const book = (await this.watchAny(new Map(listeners))) as OrderBook
    return this.#shownBook(book, limit, params)
  }

  override async unWatchOrderBook(symbol: string): Promise<boolean> {
    await this.loadMarkets()
    const market = this.market(symbol)
    const name = `book:${market.id}`
    const done = await this.unwatchChannel(name)
    this.#levels.delete(market.id)
    delete this.orderbooks[market.symbol]
    return done
  }

  override async watchTicker(symbol: string): Promise<Ticker> {
    await this.loadMarkets()
    return this.#nextTicker([symbol])
  }

  override async watchTickers(symbols?: Strings): Promise<Tickers> {
    await this.loadMarkets()
    const wanted = this.marketSymbols(symbols) ?? this.symbols
    const ticker = await this.#nextTicker(wanted)
    if (this.newUpdates) return { [ticker.symbol as string]: ticker }
    return this.filterByArray(this.tickers, 'symbol', wanted)
  }

  override async watchBidsAsks(symbols?: Strings): Promise<Tickers> {
    return this.watchTickers(symbols)
  }

  override async unWatchTicker(symbol: string): Promise<boolean> {
    await this.loadMarkets()
    const market = this.market(symbol)
    const name = `ticker:${market.id}`
    delete this.tickers[market.symbol]
    return this.unwatchChannel(name)
  }

  override async unWatchTickers(symbols?: Strings): Promise<boolean> {
    await this.loadMarkets()
    const wanted = this.marketSymbols(symbols) ?? this.symbols
    await Promise.all(wanted.map(symbol => this.unWatchTicker(symbol)))
    return true
  }

  override async unWatchBidsAsks(symbols?: Strings): Promise<boolean> {
    return this.unWatchTickers(symbols)
  }

  override async watchTrades(symbol: string, since?: Int, limit?: Int): Promise<Trade[]> {
    return this.watchTradesForSymbols([symbol], since, limit)
  }

  override async watchTradesForSymbols(symbols: string[], since?: Int, limit?: Int): Promise<Trade[]> {
    await this.loadMarkets()
    const listeners = this.#marketsOf(symbols).map(
      market => [`trades:${market.id}`, this.#onTrades(market)] as const,
    )
    const trades = (await this.watchAny(new Map(listeners))) as ItemCache<KnownTrade>
    const count = this.#limitOf(trades, trades.at(-1)!.symbol, limit)
    return this.filterBySinceLimit(trades, since, count, 'timestamp', true)
  }

  override async unWatchTrades(symbol: string): Promise<boolean> {
    await this.loadMarkets()
    const market = this.market(symbol)
    const name = `trades:${market.id}`
    delete this.trades[market.symbol]
    return this.unwatchChannel(name)
  }

  override async watchOHLCV(symbol: string, timeframe = '1m', since?: Int, limit?: Int): Promise<OHLCV[]> {
    await this.loadMarkets()
    const market = this.market(symbol)
    const interval = this.safeString(this.timeframes, timeframe)
    if (interval === undefined) throw new BadRequest(`${this.id} has no candles of ${timeframe}`)
    const name = `candles:${market.id}:${interval}`
    const candles = (await this.watchChannel(name, name, this.#onCandles(market, timeframe))) as CandleCache
    return this.filterBySinceLimit(candles, since, this.#limitOf(candles, market.symbol, limit), 0, true)
  }

  override async unWatchOHLCV(symbol: string, timeframe = '1m'): Promise<boolean> {
    await this.loadMarkets()
    const market = this.market(symbol)
    const name = `candles:${market.id}:${timeframe}`
    delete this.ohlcvs[market.symbol]?.[timeframe]
    return this.unwatchChannel(name)
  }

  async #nextTicker(symbols: readonly string[]): Promise<Ticker> {
    const listeners = this.#marketsOf(symbols).map(
      market => [`ticker:${market.id}`, this.#onTicker(market)] as const,
    )
    return (await this.watchAny(new Map(listeners))) as Ticker
  }

  /** @throws BadSymbol, ArgumentsRequired */
  #marketsOf(symbols: readonly string[]): LoadedMarket[] {
    return this.marketSymbols([...symbols], undefined, false).map(symbol => this.market(symbol))
  }

  /** With `newUpdates`, only what nobody has seen yet. */
  #limitOf(cache: ItemCache<KnownTrade> | CandleCache, symbol: string, limit: Int): Int {
    return this.newUpdates ? cache.getLimit(symbol, limit) : limit
  }

  readonly #onBlock: Listener = (client, { data }) => {
    this.#times.set(integerIn(data, 'height'), timestampIn(data))
    const [oldest] = this.#times.keys()
    if (this.#times.size > REMEMBERED_BLOCKS && oldest !== undefined) this.#times.delete(oldest)
    this.tellAll(client, 'blocks', data)
  }

  #onBook(market: LoadedMarket): Listener {
    return (client, { type, sequence, data }) => {
      const known = type === 'snapshot' ? undefined : this.#levels.get(market.id)
      const levels = known ?? new Levels()
      levels.apply(levelsOf(data, 'bids'), levelsOf(data, 'asks'))
      this.#levels.set(market.id, levels)
      const isChecked = this.options.watchOrderBook?.checksum !== false
      if (isChecked && levels.checksum() !== data.checksum) {
        this.#levels.delete(market.id)
        delete this.orderbooks[market.symbol]
        throw new ChecksumError(`${this.id} ${this.orderbookChecksumMessage(market.symbol)}`)
      }
      const { bids, asks } = uncrossed(levels.bids, levels.asks)
      const book = this.orderbooks[market.symbol] ?? this.orderBook({})
      this.orderbooks[market.symbol] = book
      book.reset({
        bids: this.pricesOf(market, bids),
        asks: this.pricesOf(market, asks),
        timestamp: this.#times.get(sequence) ?? [...this.#times.values()].at(-1) ?? this.milliseconds(),
        nonce: Number(sequence),
        symbol: market.symbol,
      })
      this.tellAll(client, `book:${market.id}`, book)
    }
  }

  #shownBook(book: OrderBook, limit: Int, params: Dict): OrderBook {
    const copy = book.copy()
    const market = this.market(book.symbol)
    const levels = this.#levels.get(market.id)
    if (levels && this.isRaw(params)) {
      Object.assign(copy, {
        bids: this.pricesOf(market, levels.bids),
        asks: this.pricesOf(market, levels.asks),
      })
    }
    if (limit === undefined) return copy
    return Object.assign(copy, { bids: copy.bids.slice(0, limit), asks: copy.asks.slice(0, limit) })
  }

  #onTicker(market: LoadedMarket): Listener {
    return async (client, { data }) => {
      const ticker = await this.settledTicker(data, market)
      this.tickers[market.symbol] = ticker
      this.tellAll(client, `ticker:${market.id}`, ticker)
    }
  }

  #onTrades(market: LoadedMarket): Listener {
    return async (client, { type, before, data }) => {
      const known = this.trades[market.symbol] as unknown as ItemCache<KnownTrade> | undefined
      const trades = known ?? new ItemCache<KnownTrade>()
      this.trades[market.symbol] = trades as never
      const rows: Dict[] = type === 'update' ? [data] : [...(data as Dict[])].reverse()
      const oldest = rows[0]
      // The stream has forgotten more than a snapshot holds: the rest is in the tape.
      const isGap =
        type === 'snapshot' && before !== undefined && oldest && integerIn(oldest, 'height') > before + 1n
      const missed = isGap ? await this.#tapeAfter(market, before, integerIn(oldest, 'height')) : []
      for (const row of [...missed, ...rows]) {
        if (before !== undefined && integerIn(row, 'height') <= before) continue
        trades.append(this.parseTrade(row, market) as KnownTrade)
      }
      if (trades.length > 0) this.tellAll(client, `trades:${market.id}`, trades)
    }
  }

  async #tapeAfter(market: LoadedMarket, after: bigint, until: bigint): Promise<Dict[]> {
    const height = (row: Dict) => integerIn(row, 'height')
    const path = 'markets/{market}/trades'
    const rows = await this.pages(path, { market: market.id }, rows => height(rows.at(-1)!) > after)
    return rows.filter(row => height(row) > after && height(row) < until).reverse()
  }

  #onCandles(market: LoadedMarket, timeframe: string): Listener {
    return async (client, { type, before, data }) => {
      this.ohlcvs[market.symbol] ??= {}
      const own = this.ohlcvs[market.symbol] as never as Record<string, CandleCache>
      const known = own[timeframe]
      const candles = known ?? new CandleCache()
      own[timeframe] = candles
      const rows: Dict[] = type === 'update' ? (data as Dict[]) : [...(data as Dict[])].reverse()
      const fresh = rows.map(row => this.parseOHLCV(row, market))
      const last = candles.at(-1)?.[0]
      if (
        type === 'snapshot' &&
        before !== undefined &&
        last !== undefined &&
        fresh[0] &&
        fresh[0][0] > last
      ) {
        const missed = (await this.fetchOHLCV(market.symbol, timeframe, last, undefined, {
          until: fresh[0][0],
        })) as Candle[]
        for (const candle of missed) candles.append(candle)
      }
      for (const candle of fresh) if (last === undefined || candle[0] >= last) candles.append(candle)
      if (candles.length > 0) this.tellAll(client, `candles:${market.id}:${timeframe}`, candles)
    }
  }
}

function levelsOf(data: Dict, side: 'bids' | 'asks'): Level[] {
  const levels = data?.[side] as Level[]
  const isRight = Array.isArray(levels) && levels.every(isLevel)
  if (isRight) return levels
  throw new BadResponse('omg a book of the stream has levels that are no integers')
}

function isLevel(level: unknown): boolean {
  return (
    Array.isArray(level) && level.length >= 2 && level.every(each => Number.isSafeInteger(each) && each >= 0)
  )
}
