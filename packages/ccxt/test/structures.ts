import type { Exchange } from 'ccxt'

// The unified structures of CCXT's manual as tables: every key that it names, of which type, whether it may be empty, and what holds
// between them. A finding is a sentence; an answer that satisfies the manual has none.

type Row = Record<string, unknown>
type Type = 'string' | 'number' | 'boolean' | 'object' | 'list' | 'any'

/** `?` behind a type: the key must be there, and may be undefined. */
type Shape = Readonly<Record<string, Type | `${Type}?`>>

const ORDER_STATUS = ['open', 'closed', 'canceled', 'expired', 'rejected']
const TIME_IN_FORCE = ['GTC', 'IOC', 'FOK', 'PO']

const TIMED: Shape = { timestamp: 'number', datetime: 'string' }
const ORDER: Shape = {
  ...{ info: 'object', id: 'string', clientOrderId: 'string?', ...TIMED, lastTradeTimestamp: 'number?' },
  ...{ status: 'string', symbol: 'string', type: 'string', timeInForce: 'string', side: 'string' },
  ...{ price: 'number', average: 'number?', amount: 'number', filled: 'number', remaining: 'number' },
  ...{
    cost: 'number',
    trades: 'list',
    fee: 'object',
    fees: 'list',
    postOnly: 'boolean',
    reduceOnly: 'boolean?',
  },
  ...{ triggerPrice: 'number?', stopPrice: 'number?', takeProfitPrice: 'number?', stopLossPrice: 'number?' },
  lastUpdateTimestamp: 'number?',
}
const TRADE: Shape = {
  ...{ info: 'object', id: 'string', ...TIMED, symbol: 'string', order: 'string?', type: 'string?' },
  ...{ side: 'string', takerOrMaker: 'string?', price: 'number', amount: 'number', cost: 'number' },
  ...{ fee: 'object', fees: 'list' },
}
const TICKER: Shape = {
  ...{ symbol: 'string', info: 'object', ...TIMED, high: 'number?', low: 'number?', bid: 'number?' },
  ...{ bidVolume: 'number?', ask: 'number?', askVolume: 'number?', vwap: 'number?', open: 'number?' },
  ...{
    close: 'number?',
    last: 'number?',
    previousClose: 'number?',
    change: 'number?',
    percentage: 'number?',
  },
  ...{ average: 'number?', baseVolume: 'number', quoteVolume: 'number' },
}
const MARKET: Shape = {
  ...{ id: 'string', symbol: 'string', base: 'string', quote: 'string', baseId: 'string', quoteId: 'string' },
  ...{
    active: 'boolean',
    type: 'string',
    spot: 'boolean',
    margin: 'boolean',
    swap: 'boolean',
    future: 'boolean',
  },
  ...{
    option: 'boolean',
    contract: 'boolean',
    settle: 'string?',
    settleId: 'string?',
    contractSize: 'number?',
  },
  ...{
    linear: 'boolean?',
    inverse: 'boolean?',
    expiry: 'number?',
    expiryDatetime: 'string?',
    strike: 'number?',
  },
  ...{ optionType: 'string?', taker: 'number', maker: 'number', percentage: 'boolean', tierBased: 'boolean' },
  ...{ feeSide: 'string', precision: 'object', limits: 'object', info: 'object' },
}
const CURRENCY: Shape = {
  ...{ id: 'string', code: 'string', name: 'string', active: 'boolean', fee: 'number?', precision: 'number' },
  ...{
    deposit: 'boolean',
    withdraw: 'boolean',
    limits: 'object',
    networks: 'object',
    info: 'object',
    type: 'string',
  },
}
const FEE: Shape = { cost: 'number', currency: 'string' }
const TRADING_FEE: Shape = {
  ...{
    info: 'object',
    symbol: 'string',
    maker: 'number',
    taker: 'number',
    percentage: 'boolean',
    tierBased: 'boolean',
  },
}
const STATUS: Shape = { status: 'string', updated: 'number', eta: 'number?', url: 'string?', info: 'object' }
const BOOK: Shape = { symbol: 'string', bids: 'list', asks: 'list', ...TIMED, nonce: 'number' }

function typeOf(value: unknown): Type | 'undefined' | 'null' {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  return typeof value as Type
}

function shapeFindings(what: string, value: unknown, shape: Shape): string[] {
  if (typeof value !== 'object' || value === null) return [`${what} is ${typeOf(value)}`]
  return Object.entries(shape).flatMap(([key, wanted]) => {
    if (!(key in value)) return [`${what}.${key} is missing`]
    const own = (value as Row)[key]
    const type = wanted.replace('?', '')
    if (own === undefined) return wanted.endsWith('?') ? [] : [`${what}.${key} is undefined`]
    if (typeof own === 'number' && !Number.isFinite(own)) return [`${what}.${key} is ${own}`]
    return type === 'any' || typeOf(own) === type ? [] : [`${what}.${key} is ${typeOf(own)}, not ${type}`]
  })
}

function must(holds: boolean, sentence: string): string[] {
  return holds ? [] : [sentence]
}

function oneOf(what: string, value: unknown, list: readonly unknown[]): string[] {
  return must(list.includes(value), `${what} is ${String(value)}, none of ${list.join(', ')}`)
}

/** The first block of Bitcoin, and the end of signed 32-bit seconds: CCXT's own bounds of a time. */
const TIME_RANGE = [1_230_940_800_000, 2_147_483_648_000] as const

function timeFindings(exchange: Exchange, what: string, value: Row): string[] {
  const { timestamp, datetime } = value as { timestamp: number; datetime: string }
  return [
    ...must(Number.isInteger(timestamp), `${what}.timestamp is no integer`),
    ...must(
      timestamp > TIME_RANGE[0] && timestamp < TIME_RANGE[1],
      `${what}.timestamp is not in milliseconds`,
    ),
    ...must(datetime === exchange.iso8601(timestamp), `${what}.datetime is not that of its timestamp`),
  ]
}

/** Whether `a` is `b` but for what a float of both cannot say. */
function isAbout(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))
}

function feeFindings(exchange: Exchange, what: string, fee: unknown): string[] {
  const { cost, currency } = fee as { cost: number; currency: string }
  return [
    ...shapeFindings(what, fee, FEE),
    ...must(cost >= 0, `${what}.cost is negative`),
    ...must(currency in exchange.currencies, `${what}.currency ${currency} is unknown`),
  ]
}

export function orderFindings(exchange: Exchange, value: unknown): string[] {
  const order = value as Row &
    Record<'amount' | 'filled' | 'remaining' | 'price' | 'cost' | 'average', number>
  const findings = shapeFindings('order', value, ORDER)
  if (findings.length > 0) return findings
  return [
    ...timeFindings(exchange, 'order', order),
    ...oneOf('order.status', order.status, ORDER_STATUS),
    ...oneOf('order.side', order.side, ['buy', 'sell']),
    ...oneOf('order.type', order.type, ['limit', 'market']),
    ...oneOf('order.timeInForce', order.timeInForce, TIME_IN_FORCE),
    ...must(order.postOnly === (order.timeInForce === 'PO'), 'order.postOnly is not what timeInForce says'),
    ...must((order.symbol as string) in exchange.markets!, 'order.symbol is not listed'),
    ...must(order.price > 0, 'order.price is not positive'),
    ...must(order.amount > 0 || order.status !== 'open', 'order.amount is not positive'),
    ...must(order.filled >= 0 && order.remaining >= 0, 'order has less than nothing filled or remaining'),
    ...must(isAbout(order.amount, order.filled + order.remaining), 'order.amount is not filled + remaining'),
    ...must(order.status !== 'closed' || order.remaining === 0, 'a closed order has something remaining'),
    ...must(
      order.filled === 0 || isAbout(order.cost, order.filled * order.average),
      'order.cost is not filled * average',
    ),
    ...must(
      order.filled > 0 || (order.cost === 0 && order.average === undefined),
      'an unfilled order has a cost',
    ),
    ...feeFindings(exchange, 'order.fee', order.fee),
    ...(order.fees as unknown[]).flatMap(fee => feeFindings(exchange, 'order.fees[]', fee)),
    ...(order.trades as unknown[]).flatMap(trade => tradeFindings(exchange, trade, true)),
  ]
}

/** `isOwn`: a fill of the account, which has an order, a role and a fee. */
export function tradeFindings(exchange: Exchange, value: unknown, isOwn: boolean): string[] {
  const trade = value as Row & Record<'price' | 'amount' | 'cost', number>
  const findings = shapeFindings('trade', value, TRADE)
  if (findings.length > 0) return findings
  const own = isOwn
    ? [
        ...must(typeof trade.order === 'string', 'trade.order is missing of an own trade'),
        ...oneOf('trade.takerOrMaker', trade.takerOrMaker, ['taker', 'maker']),
        ...feeFindings(exchange, 'trade.fee', trade.fee),
        ...must((trade.fees as unknown[]).length === 1, 'trade.fees is not a list of its fee'),
      ]
    : []
  return [
    ...timeFindings(exchange, 'trade', trade),
    ...oneOf('trade.side', trade.side, ['buy', 'sell']),
    ...must((trade.symbol as string) in exchange.markets!, 'trade.symbol is not listed'),
    ...must(trade.price > 0 && trade.amount > 0, 'trade.price or amount is not positive'),
    ...must(isAbout(trade.cost, trade.price * trade.amount), 'trade.cost is not price * amount'),
    ...own,
  ]
}

export function tickerFindings(exchange: Exchange, value: unknown): string[] {
  const ticker = value as Row &
    Record<'bid' | 'ask' | 'high' | 'low' | 'open' | 'last' | 'close', number | undefined>
  const findings = shapeFindings('ticker', value, TICKER)
  if (findings.length > 0) return findings
  const { bid, ask, high, low, open, last, close } = ticker
  return [
    ...timeFindings(exchange, 'ticker', ticker),
    ...must((ticker.symbol as string) in exchange.markets!, 'ticker.symbol is not listed'),
    ...must(last === close, 'ticker.last is not close'),
    ...must(bid === undefined || ask === undefined || bid < ask, 'ticker.bid is not below ask'),
    ...must(high === undefined || low === undefined || high >= low, 'ticker.high is below low'),
    ...must(open === undefined || (open <= high! && open >= low!), 'ticker.open is not between low and high'),
    ...must((ticker.baseVolume as number) >= 0, 'ticker.baseVolume is negative'),
  ]
}

export function bookFindings(exchange: Exchange, value: unknown): string[] {
  const book = value as { bids: number[][]; asks: number[][] }
  const findings = shapeFindings('book', value, BOOK)
  if (findings.length > 0) return findings
  const side = (name: 'bids' | 'asks', isWorse: (a: number, b: number) => boolean) =>
    book[name].flatMap((level, i) => [
      ...must(
        level.length >= 2 && level.every(each => typeof each === 'number'),
        `book.${name} has no [price, amount]`,
      ),
      ...must(level[0]! > 0 && level[1]! > 0, `book.${name} has an empty level`),
      ...must(
        i === 0 || isWorse(level[0]!, book[name][i - 1]![0]!),
        `book.${name} is not sorted, the best first`,
      ),
    ])
  const [bid, ask] = [book.bids[0]?.[0], book.asks[0]?.[0]]
  return [
    ...timeFindings(exchange, 'book', value as Row),
    ...side('bids', (price, better) => price < better),
    ...side('asks', (price, better) => price > better),
    ...must(bid === undefined || ask === undefined || bid < ask, 'book crosses'),
  ]
}

export function candleFindings(candles: readonly unknown[]): string[] {
  return candles.flatMap((candle, i) => {
    if (!Array.isArray(candle) || candle.length !== 6) return ['a candle is not [start, o, h, l, c, volume]']
    const [start, open, high, low, close, volume] = candle as number[]
    return [
      ...must(
        candle.every(each => typeof each === 'number' && Number.isFinite(each)),
        'a candle has no numbers',
      ),
      ...must(Number.isInteger(start) && start! > TIME_RANGE[0], 'a candle does not start in milliseconds'),
      ...must(
        low! <= Math.min(open!, close!) && high! >= Math.max(open!, close!),
        'a candle is not within its high and low',
      ),
      ...must(volume! > 0, 'a candle has no volume'),
      ...must(i === 0 || (candles[i - 1] as number[])[0]! < start!, 'candles are not ascending'),
    ]
  })
}

export function marketFindings(exchange: Exchange, value: unknown): string[] {
  const findings = shapeFindings('market', value, MARKET)
  if (findings.length > 0) return findings
  const market = value as Row & { precision: Row; limits: Record<string, { min?: number; max?: number }> }
  const { precision, limits, symbol, base, quote, baseId, quoteId } = market
  return [
    ...must(symbol === `${base}/${quote}`, 'market.symbol is not base/quote'),
    ...must(
      market.spot === true && market.type === 'spot' && market.contract === false,
      'market is not spot',
    ),
    ...must(exchange.currency(base as string).id === baseId, 'market.baseId is not that of its currency'),
    ...must(exchange.currency(quote as string).id === quoteId, 'market.quoteId is not that of its currency'),
    ...['price', 'amount'].flatMap(key =>
      must((precision[key] as number) > 0, `market.precision.${key} is not positive`),
    ),
    ...['amount', 'price', 'cost'].flatMap(key => {
      const { min, max } = limits[key] ?? {}
      return [
        ...must(typeof min === 'number' && min >= 0, `market.limits.${key}.min is no number`),
        ...must(max === undefined || max >= min!, `market.limits.${key}.max is below min`),
      ]
    }),
  ]
}

export function currencyFindings(exchange: Exchange, value: unknown): string[] {
  const { id, code, precision } = value as { id: string; code: string; precision: number }
  return [
    ...shapeFindings('currency', value, CURRENCY),
    ...must(exchange.currencies[code]?.id === id, 'currency.code does not lead to its id'),
    ...must(exchange.safeCurrency(id)?.code === code, 'currency.id does not lead to its code'),
    ...must(precision > 0, 'currency.precision is not positive'),
  ]
}

export function balanceFindings(exchange: Exchange, value: unknown): string[] {
  const balance = value as Row & Record<'free' | 'used' | 'total', Record<string, number>>
  const shape: Shape = { info: 'any', free: 'object', used: 'object', total: 'object', ...TIMED }
  const findings = shapeFindings('balance', value, shape)
  if (findings.length > 0) return findings
  return Object.keys(balance.total).flatMap(code => {
    const { free, used, total } = balance[code] as Record<'free' | 'used' | 'total', number>
    return [
      ...must(code in exchange.currencies, `balance.${code} is no currency`),
      ...must(
        [free, used, total].every(each => typeof each === 'number' && each >= 0),
        `balance.${code} has no numbers`,
      ),
      ...must(isAbout(total!, free! + used!), `balance.${code}.total is not free + used`),
      ...must(
        balance.free[code] === free && balance.used[code] === used,
        `balance.free.${code} is not ${code}.free`,
      ),
    ]
  })
}

export const tradingFeeFindings = (value: unknown) => shapeFindings('trading fee', value, TRADING_FEE)

export function statusFindings(value: unknown): string[] {
  const findings = shapeFindings('status', value, STATUS)
  return findings.length > 0
    ? findings
    : oneOf('status', (value as Row).status, ['ok', 'shutdown', 'error', 'maintenance'])
}

/** Trades, orders: the oldest first. */
export function orderingFindings(items: readonly { timestamp?: number | undefined }[]): string[] {
  return items.flatMap((item, i) =>
    must(i === 0 || items[i - 1]!.timestamp! <= item.timestamp!, 'a list is not ascending'),
  )
}
