import {
  BadRequest,
  type Dict,
  type Int,
  type Market,
  type MarketInterface,
  type OHLCV,
  type OrderBook,
  type OrderBooks,
  type Strings,
  type Ticker,
  type Tickers,
  type Trade,
} from 'ccxt'
import type { Candle } from './cache.ts'
import { type Level, uncrossed } from './levels.ts'
import { MarketDataExchange } from './marketData.ts'
import { PAGE_ROWS } from './rest.ts'
import { integerIn, integerOrNone, listIn, timestampIn } from './rows.ts'

/** Levels of a side that the indexer gives at most. */
const MAX_LEVELS = 1_000
/** Trades and candles that are given without asking for a number. */
const DEFAULT_ROWS = 100

/** Prices, books, trades and candles of the indexer. */
export abstract class PublicDataExchange extends MarketDataExchange {
  override async fetchOrderBook(symbol: string, limit?: Int, params: Dict = {}): Promise<OrderBook> {
    await this.loadMarkets()
    const market = this.market(symbol)
    // Levels that meet in the coming batch take others' places: twice as many are enough for all but a crash.
    const levels = Math.min(MAX_LEVELS, limit === undefined ? MAX_LEVELS : 2 * limit)
    const row = await this.get('markets/{market}/book', { market: market.id, levels })
    const height = integerIn(row, 'height')
    const block = await this.get('blocks/{height}', { height: String(height) })
    const [bids, asks] = [levelsIn(row, 'bids'), levelsIn(row, 'asks')]
    const shown = this.isRaw(params) ? { bids, asks } : uncrossed(bids, asks)
    const prices = (side: readonly Level[]) => this.pricesOf(market, side).slice(0, limit)
    const book = { bids: prices(shown.bids), asks: prices(shown.asks) }
    return { ...this.parseOrderBook(book, market.symbol, timestampIn(block)), nonce: Number(height) }
  }

  override async fetchOrderBooks(symbols?: Strings, limit?: Int, params: Dict = {}): Promise<OrderBooks> {
    await this.loadMarkets()
    const wanted = this.marketSymbols(symbols) ?? this.symbols
    const books = await Promise.all(wanted.map(symbol => this.fetchOrderBook(symbol, limit, params)))
    return Object.fromEntries(books.map((book, i) => [wanted[i]!, book]))
  }

  override async fetchTicker(symbol: string): Promise<Ticker> {
    await this.loadMarkets()
    const market = this.market(symbol)
    return this.settledTicker(await this.get('markets/{market}/ticker', { market: market.id }), market)
  }

  override async fetchTickers(symbols?: Strings): Promise<Tickers> {
    await this.loadMarkets()
    const wanted = new Set(this.marketSymbols(symbols) ?? this.symbols)
    const rows = await this.pages('tickers', {}, () => true)
    const tickers: Tickers = {}
    for (const row of rows) {
      const market = this.marketOfRow(row)
      if (market && wanted.has(market.symbol)) tickers[market.symbol] = await this.settledTicker(row, market)
    }
    return tickers
  }

  override async fetchBidsAsks(symbols?: Strings): Promise<Tickers> {
    return this.fetchTickers(symbols)
  }

  override async fetchTrades(symbol: string, since?: Int, limit?: Int, params: Dict = {}): Promise<Trade[]> {
    await this.loadMarkets()
    const market = this.market(symbol)
    const path = 'markets/{market}/trades'
    const rows = await this.pages(path, { market: market.id }, this.goesOn(since, limit ?? DEFAULT_ROWS))
    const newest = since === undefined ? (limit ?? DEFAULT_ROWS) : limit
    const trades = this.ascending(rows.map(row => this.parseTrade(row, market)))
    return this.filterBySinceLimit(this.filterUntil(trades, params), since, newest)
  }

  override async fetchOHLCV(
    symbol: string,
    timeframe = '1m',
    since?: Int,
    limit?: Int,
    params: Dict = {},
  ): Promise<OHLCV[]> {
    await this.loadMarkets()
    const market = this.market(symbol)
    const interval = this.safeString(this.timeframes, timeframe)
    if (interval === undefined) throw new BadRequest(`${this.id} has no candles of ${timeframe}`)
    const query = { market: market.id, interval }
    const until = this.safeInteger(params, 'until')
    const count = Math.min(limit ?? DEFAULT_ROWS, PAGE_ROWS)
    const rows =
      since === undefined
        ? await this.#newestCandles(query, count, until)
        : await this.#candlesSince(query, { since, count, until, length: this.parseTimeframe(timeframe) })
    return rows.map(row => this.parseOHLCV(row, market)).sort(([a], [b]) => a - b)
  }

  async #newestCandles(query: Dict, limit: number, until: Int): Promise<Dict[]> {
    const to = until === undefined ? {} : { to: Math.floor(until / 1000) }
    return listIn(await this.get('markets/{market}/candles', { ...query, ...to, limit }), 'items')
  }

  /**
   * The first candles from a time on. Times without a trade have none, so it looks into longer and longer spans until there are enough:
   * a quiet night does not look like the end.
   */
  async #candlesSince(
    query: Dict,
    wanted: { since: number; count: number; until: Int; length: number },
  ): Promise<Dict[]> {
    const { count, length, until } = wanted
    const end = Math.floor((until ?? this.milliseconds()) / 1000) + (until === undefined ? length : 0)
    const found: Dict[] = []
    let from = Math.ceil(wanted.since / 1000)
    for (let span = count * length; from <= end && found.length < count; ) {
      const to = Math.min(end, from + span - 1)
      const answer = await this.get('markets/{market}/candles', { ...query, from, to, limit: PAGE_ROWS })
      // A page has the newest of a span that holds more, so the span was too long; one of as many lengths as a page has rows never is.
      if (answer.next !== null && span > PAGE_ROWS * length) {
        span = Math.max(Math.floor(span / 4), PAGE_ROWS * length)
        continue
      }
      found.push(...listIn(answer, 'items').reverse())
      from = to + 1
      span *= 2
    }
    return found.slice(0, count)
  }

  override parseTicker(row: Dict, market?: Market): Ticker {
    const known = this.safeMarket(row.market, market)
    const { priceText, sizeText, terms } = this.unitsOf(known)
    const price = (key: string) => textOr(integerOrNone(row, key), priceText)
    const size = (key: string) => textOr(integerOrNone(row, key), sizeText)
    const timestamp = timestampIn(row)
    const ticker = {
      symbol: known.symbol,
      timestamp,
      datetime: this.iso8601(timestamp),
      high: price('high'),
      low: price('low'),
      bid: price('bid'),
      bidVolume: size('bidLots'),
      ask: price('ask'),
      askVolume: size('askLots'),
      open: price('open'),
      close: price('last'),
      last: price('last'),
      previousClose: undefined,
      baseVolume: sizeText(integerIn(row, 'lots')),
      quoteVolume: this.amountText(known.quote, integerIn(row, 'value') * terms.tick),
      info: row,
    }
    return this.safeTicker(ticker, known)
  }

  /** A ticker whose bid is below its ask: where the book crosses until the coming batch, it has what that leaves. */
  protected async settledTicker(row: Dict, market: MarketInterface): Promise<Ticker> {
    const [bid, ask] = [integerOrNone(row, 'bid'), integerOrNone(row, 'ask')]
    const ticker = this.parseTicker(row, market)
    if (bid === undefined || ask === undefined || bid < ask) return ticker
    const book = await this.fetchOrderBook(market.symbol, 1)
    const [[bidPrice, bidVolume] = [], [askPrice, askVolume] = []] = [book.bids[0], book.asks[0]]
    return { ...ticker, bid: bidPrice, bidVolume, ask: askPrice, askVolume }
  }

  /** One trade for each batch: all that traded in a block traded at one price. Its side is that of most of the orders that came for it. */
  override parseTrade(row: Dict, market?: Market): Trade {
    const known = this.safeMarket(row.market, market)
    return 'guard' in row ? this.parseFill(row, known) : this.#parseTapeTrade(row, known)
  }

  /** A fill of the account's own. */
  protected abstract parseFill(row: Dict, market: MarketInterface): Trade

  #parseTapeTrade(row: Dict, market: MarketInterface): Trade {
    const { priceText, sizeText } = this.unitsOf(market)
    const timestamp = timestampIn(row)
    const isSale = integerIn(row, 'takerSellLots') > integerIn(row, 'takerBuyLots')
    return this.safeTrade(
      {
        id: String(integerIn(row, 'height')),
        order: undefined,
        info: row,
        timestamp,
        datetime: this.iso8601(timestamp),
        symbol: market.symbol,
        type: undefined,
        side: isSale ? 'sell' : 'buy',
        takerOrMaker: undefined,
        price: priceText(integerIn(row, 'price')),
        amount: sizeText(integerIn(row, 'lots')),
        cost: this.amountText(market.quote, integerIn(row, 'value')),
        fee: undefined,
      },
      market,
    )
  }

  override parseOHLCV(row: Dict, market?: Market): Candle {
    const { priceText, sizeText } = this.unitsOf(this.safeMarket(row.market, market))
    const price = (key: string) => this.parseNumber(priceText(integerIn(row, key))) as number
    const volume = this.parseNumber(sizeText(integerIn(row, 'lots'))) as number
    return [timestampIn(row, 'start'), price('open'), price('high'), price('low'), price('close'), volume]
  }

  /** Whether somebody wants the book with orders that meet in the coming batch. */
  protected isRaw(params: Dict): boolean {
    return params.crossed === true
  }

  /** Levels as CCXT's `[price, amount]`. */
  protected pricesOf(market: MarketInterface, levels: readonly Level[]): [number, number][] {
    const { priceText, sizeText } = this.unitsOf(market)
    const number = (text: string) => this.parseNumber(text) as number
    return levels.map(([tick, lots]) => [number(priceText(BigInt(tick))), number(sizeText(BigInt(lots)))])
  }

  /** Reads on until a page reaches `since`, or until there are enough rows if there is none. */
  protected goesOn(since: Int, limit: number): (rows: Dict[]) => boolean {
    if (since === undefined) return rows => rows.length < limit
    return rows => timestampIn(rows.at(-1)!) >= since
  }

  /** What the indexer lists the newest first, the oldest first: many blocks can be of one second, and keep their sequence. */
  protected ascending<T extends { timestamp: Int }>(newestFirst: readonly T[]): T[] {
    return [...newestFirst].reverse().sort((a, b) => a.timestamp! - b.timestamp!)
  }

  protected filterUntil<T extends { timestamp: Int }>(items: T[], params: Dict): T[] {
    const until = this.safeInteger(params, 'until')
    return until === undefined ? items : items.filter(({ timestamp }) => timestamp! <= until)
  }
}

function levelsIn(row: Dict, side: 'bids' | 'asks'): Level[] {
  return listIn(row, side).map(level => [Number(integerIn(level, 'tick')), Number(integerIn(level, 'lots'))])
}

function textOr(value: bigint | undefined, text: (value: bigint) => string): string | undefined {
  return value === undefined ? undefined : text(value)
}
