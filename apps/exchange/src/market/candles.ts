import type { CandleInterval } from '@omg/exchange'
import type { Reading } from '../data/channel.ts'
import { type Candle, candleFrom, rowsFrom } from '../data/read.ts'

/** Rows of a snapshot of the channel: one with fewer has everything there is. */
export const SNAPSHOT_ROWS = 200
/** Candles that a chart keeps. */
export const MAX_CANDLES = 5_000

/** Seconds of each interval. */
export const SECONDS: Readonly<Record<CandleInterval, number>> = {
  '1s': 1,
  '5s': 5,
  '15s': 15,
  '1m': 60,
  '5m': 300,
  '15m': 900,
  '1h': 3_600,
  '4h': 14_400,
  '1d': 86_400,
}

/** Candles of one interval, the oldest first. */
export interface Candles {
  readonly rows: readonly Candle[]
  /** False where older ones may be had from the indexer. */
  readonly complete: boolean
}

/** Follows a `candles:` channel. Its snapshots and updates are whole candles: they replace those with the same start. */
export const CANDLES: Reading<Candles> = {
  snapshot(data) {
    const rows = rowsFrom(data, candleFrom).reverse()
    return { rows: ordered(rows), complete: rows.length < SNAPSHOT_ROWS }
  },
  update(candles, data) {
    return { ...candles, rows: withNewer(candles.rows, ordered(rowsFrom(data, candleFrom))) }
  },
}

function ordered(rows: readonly Candle[]): readonly Candle[] {
  const sorted = rows.every((row, i) => i === 0 || row.start > rows[i - 1]!.start)
  if (!sorted) throw new Error('the candles are not in order')
  return rows
}

/** Newer candles in place of those from their first start on. */
export function withNewer(rows: readonly Candle[], newer: readonly Candle[]): readonly Candle[] {
  const first = newer[0]
  if (!first) return rows
  let end = rows.length
  while (end > 0 && rows[end - 1]!.start >= first.start) end--
  const replaced = rows.slice(end).filter(({ start }) => !newer.some(row => row.start === start))
  const tail = [...replaced, ...newer].sort((a, b) => Number(a.start - b.start))
  return [...rows.slice(0, end), ...tail].slice(-MAX_CANDLES)
}

/** An older page, as the indexer sends it (the newest first), in front of candles. */
export function withOlder(rows: readonly Candle[], page: readonly Candle[]): readonly Candle[] {
  const oldest = rows[0]?.start
  const older = [...page].reverse().filter(({ start }) => oldest === undefined || start < oldest)
  return [...ordered(older), ...rows].slice(-MAX_CANDLES)
}

/** Empty bars between two candles that are drawn; a longer silence is left out of the chart. */
const MAX_QUIET_BARS = 300

/** A bar of the chart: a candle, or a time without a trade at the price before it. */
export type Bar = Pick<Candle, 'start' | 'open' | 'high' | 'low' | 'close' | 'lots' | 'trades'>

/** Candles with the quiet times between them, as everybody expects a chart to run evenly through time. */
export function barsOf(rows: readonly Candle[], interval: CandleInterval): Bar[] {
  const seconds = BigInt(SECONDS[interval])
  const bars: Bar[] = []
  for (const row of rows) {
    const last = bars.at(-1)
    if (last && (row.start - last.start) / seconds <= BigInt(MAX_QUIET_BARS)) {
      const price = last.close
      const quiet = { open: price, high: price, low: price, close: price, lots: 0n, trades: 0n }
      for (let start = last.start + seconds; start < row.start; start += seconds)
        bars.push({ start, ...quiet })
    }
    bars.push(row)
  }
  return bars
}
