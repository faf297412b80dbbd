import { exchangeError } from './errors.ts'

/** Lengths of candles in seconds. All divide a day, and each one that is longer is a whole number of seconds' candles. */
export const CANDLE_INTERVALS = {
  '1s': 1,
  '5s': 5,
  '15s': 15,
  '1m': 60,
  '5m': 300,
  '15m': 900,
  '1h': 3600,
  '4h': 14_400,
  '1d': 86_400,
} as const

export type CandleInterval = keyof typeof CANDLE_INTERVALS

/** A batch with a volume: everything in it traded at one price. */
export interface Trade {
  /** Of the block, in seconds. */
  readonly time: bigint
  /** In ticks. */
  readonly price: number
  readonly lots: number
}

/** Trades of one interval. Prices in ticks; times without a trade have no candle. */
export interface Candle {
  /** Its first second; a multiple of the interval. */
  readonly start: bigint
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly lots: bigint
  /** The sum of `lots × price`; times the market's tick it is the quote units traded. */
  readonly value: bigint
  readonly trades: number
}

/** Seconds of an interval from outside. Throws `candle.interval` where it is not one of the list. */
export function candleSeconds(interval: string): number {
  if (!Object.hasOwn(CANDLE_INTERVALS, interval)) {
    throw exchangeError('candle.interval', `no candles of ${interval}`)
  }
  return CANDLE_INTERVALS[interval as CandleInterval]
}

/** The first second of the candle that a time falls in. */
export function candleStart(interval: CandleInterval, time: bigint): bigint {
  return time - (time % BigInt(CANDLE_INTERVALS[interval]))
}

/** The candle of a single trade. */
export function candleOf(interval: CandleInterval, { time, price, lots }: Trade): Candle {
  const start = candleStart(interval, time)
  const value = BigInt(lots) * BigInt(price)
  return { start, open: price, high: price, low: price, close: price, lots: BigInt(lots), value, trades: 1 }
}

/** One candle of two parts of an interval; the second part is the later one. */
export function joinCandles(earlier: Candle, later: Candle): Candle {
  return {
    start: earlier.start,
    open: earlier.open,
    high: Math.max(earlier.high, later.high),
    low: Math.min(earlier.low, later.low),
    close: later.close,
    lots: earlier.lots + later.lots,
    value: earlier.value + later.value,
    trades: earlier.trades + later.trades,
  }
}

/** Candles of trades in the order of their time. */
export function candles(interval: CandleInterval, trades: Iterable<Trade>): Candle[] {
  return rollUp(
    interval,
    Array.from(trades, trade => candleOf('1s', trade)),
  )
}

/** Longer candles from shorter ones in the order of their time: the same as from the trades themselves. */
export function rollUp(interval: CandleInterval, shorter: Iterable<Candle>): Candle[] {
  const longer: Candle[] = []
  for (const candle of shorter) {
    const start = candleStart(interval, candle.start)
    const last = longer.at(-1)
    if (last?.start === start) longer[longer.length - 1] = joinCandles(last, candle)
    else longer.push({ ...candle, start })
  }
  return longer
}
