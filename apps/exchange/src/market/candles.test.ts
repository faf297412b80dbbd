import { describe, expect, it } from 'vitest'
import type { Candle } from '../data/read.ts'
import { barsOf, CANDLES, MAX_CANDLES, withNewer, withOlder } from './candles.ts'

const candle = (start: number, close = 100): Candle => ({
  ...{
    start: BigInt(start),
    open: 100n,
    high: BigInt(Math.max(100, close)),
    low: BigInt(Math.min(100, close)),
  },
  ...{ close: BigInt(close), lots: 5n, trades: 1n },
})
const json = (row: Candle) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]))
const starts = (rows: readonly Candle[]) => rows.map(({ start }) => Number(start))

describe('candles that are followed', () => {
  it('come the newest first and stand the oldest first', () => {
    const { rows, complete } = CANDLES.snapshot([candle(20), candle(10)].map(json), 1n)
    expect(starts(rows)).toEqual([10, 20])
    expect(complete).toBe(true)
  })

  it('are replaced from their start on, and go on', () => {
    const known = { rows: [candle(10), candle(20)], complete: false }
    const next = CANDLES.update(known, [candle(20, 107), candle(30)].map(json), 2n)
    expect(next.rows).toEqual([candle(10), candle(20, 107), candle(30)])
    expect(next.complete).toBe(false)
  })

  it('are refused out of order, or with anything but whole numbers', () => {
    expect(() => CANDLES.snapshot([candle(10), candle(20)].map(json), 1n)).toThrow('order')
    expect(() => CANDLES.snapshot([{ ...json(candle(10)), open: '1.5' }], 1n)).toThrow()
    expect(() => CANDLES.snapshot([{ ...json(candle(10)), close: 100 }], 1n)).toThrow()
  })

  it('keep what is between two that changed', () => {
    const rows = [candle(10), candle(20), candle(30)]
    expect(withNewer(rows, [candle(20, 101)])).toEqual([candle(10), candle(20, 101), candle(30)])
    expect(withNewer(rows, [])).toBe(rows)
  })

  it('take older pages in front, and nothing twice', () => {
    expect(starts(withOlder([candle(30)], [candle(30), candle(20), candle(10)]))).toEqual([10, 20, 30])
    expect(starts(withOlder([], [candle(20), candle(10)]))).toEqual([10, 20])
  })

  it('are bounded', () => {
    const rows = Array.from({ length: MAX_CANDLES }, (_, i) => candle(10 + i))
    expect(withNewer(rows, [candle(MAX_CANDLES + 10)])).toHaveLength(MAX_CANDLES)
    expect(withNewer(rows, [candle(MAX_CANDLES + 10)])[0]!.start).toBe(11n)
  })
})

describe('the bars of a chart', () => {
  it('stand at the last price where nothing traded', () => {
    const bars = barsOf([candle(60, 103), candle(240)], '1m')
    expect(starts(bars as Candle[])).toEqual([60, 120, 180, 240])
    expect(bars[1]).toEqual({
      ...{ start: 120n, open: 103n, high: 103n, low: 103n, close: 103n, lots: 0n, trades: 0n },
    })
  })

  it('leave out a long silence', () => {
    expect(barsOf([candle(0), candle(86_400)], '1s')).toHaveLength(2)
    expect(barsOf([candle(0), candle(300)], '1s')).toHaveLength(301)
  })
})
