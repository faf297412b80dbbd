import type { CandleInterval } from '@omg/exchange'
import { Fields } from '@omg/sdk'

/** What an indexer answers, field by field: what is not as promised is an error, never a guess. Prices are ticks, sizes lots, times seconds. */

export const INTERVALS = [
  '1s',
  '5s',
  '15s',
  '1m',
  '5m',
  '15m',
  '1h',
  '4h',
  '1d',
] as const satisfies readonly CandleInterval[]

/** Rows of a list that are read: what an indexer sends at most in a page or a snapshot. */
export const MAX_ROWS = 500
/** Price levels of one side that are read. */
export const MAX_LEVELS = 100_000

export function pageFrom<T>(answer: unknown, read: (item: unknown) => T): Page<T> {
  const fields = new Fields(answer, 'page')
  return {
    items: rowsFrom(fields.raw('items'), read),
    next: fields.has('next') ? fields.text('next') : undefined,
  }
}

/** Rows, the newest first, and the cursor of those behind them. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | undefined
}

/** A list of at most `MAX_ROWS` rows. */
export function rowsFrom<T>(value: unknown, read: (item: unknown) => T): T[] {
  const rows = new Fields({ value }, 'rows').list('value', row => row)
  if (rows.length > MAX_ROWS) throw new Error(`an answer with ${rows.length} rows`)
  return rows.map(read)
}

/** The last 24 hours of a market, and its best prices. */
export interface Ticker {
  readonly height: bigint
  readonly last: bigint | undefined
  readonly open: bigint | undefined
  readonly high: bigint | undefined
  readonly low: bigint | undefined
  readonly lots: bigint
  /** Sum of `lots × price`; times the market's tick it is the turnover in quote units. */
  readonly value: bigint
  readonly trades: bigint
  readonly bid: bigint | undefined
  readonly ask: bigint | undefined
}

export function tickerFrom(value: unknown): Ticker {
  const fields = new Fields(value, 'ticker')
  return {
    height: fields.integer('height'),
    last: optional(fields, 'last'),
    open: optional(fields, 'open'),
    high: optional(fields, 'high'),
    low: optional(fields, 'low'),
    lots: fields.integer('lots'),
    value: fields.integer('value'),
    trades: fields.integer('trades'),
    bid: optional(fields, 'bid'),
    ask: optional(fields, 'ask'),
  }
}

/** One batch that traded. */
export interface Trade {
  readonly height: bigint
  readonly time: bigint
  readonly price: bigint
  readonly lots: bigint
  readonly takerBuyLots: bigint
  readonly takerSellLots: bigint
}

export function tradeFrom(value: unknown): Trade {
  const fields = new Fields(value, 'trade')
  return {
    height: fields.integer('height'),
    time: fields.integer('time'),
    price: fields.integer('price'),
    lots: fields.integer('lots'),
    takerBuyLots: fields.integer('takerBuyLots'),
    takerSellLots: fields.integer('takerSellLots'),
  }
}

export interface Candle {
  readonly start: bigint
  readonly open: bigint
  readonly high: bigint
  readonly low: bigint
  readonly close: bigint
  readonly lots: bigint
  readonly trades: bigint
}

export function candleFrom(value: unknown): Candle {
  const fields = new Fields(value, 'candle')
  return {
    start: fields.integer('start'),
    open: fields.integer('open'),
    high: fields.integer('high'),
    low: fields.integer('low'),
    close: fields.integer('close'),
    lots: fields.integer('lots'),
    trades: fields.integer('trades'),
  }
}

/** What the coming batch would do if it were made now. */
export interface Indicative {
  /** Undefined where nothing would trade. */
  readonly price: bigint | undefined
  readonly volume: bigint
  /** The block whose batch it is. */
  readonly height: bigint
}

export function indicativeFrom(value: unknown): Indicative {
  const fields = new Fields(value, 'indicative')
  return {
    price: optional(fields, 'price'),
    volume: fields.integer('volume'),
    height: fields.integer('height'),
  }
}

/** `[tick, lots, orders]`. */
export type LevelTuple = readonly [tick: number, lots: number, orders: number]

export interface BookMessage {
  readonly bids: readonly LevelTuple[]
  readonly asks: readonly LevelTuple[]
  readonly checksum: number
}

export function bookFrom(value: unknown): BookMessage {
  const fields = new Fields(value, 'book')
  const levels = (name: string) => {
    const list = fields.list(name, levelFrom)
    if (list.length > MAX_LEVELS) throw new Error(`a book with ${list.length} levels`)
    return list
  }
  return { bids: levels('bids'), asks: levels('asks'), checksum: fields.count('checksum') }
}

function levelFrom(value: unknown): LevelTuple {
  if (!Array.isArray(value) || value.length !== 3) throw new Error('a level is a tick, lots and orders')
  const level = new Fields({ tick: value[0], lots: value[1], orders: value[2] }, 'level')
  return [level.count('tick'), level.count('lots'), level.count('orders')]
}

export function optional(fields: Fields, name: string): bigint | undefined {
  return fields.has(name) ? fields.integer(name) : undefined
}
