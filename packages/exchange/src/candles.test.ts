import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  CANDLE_INTERVALS,
  type CandleInterval,
  candleSeconds,
  candles,
  rollUp,
  type Trade,
} from './candles.ts'

const trades = fc
  .array(
    fc.record({
      step: fc.nat(4000),
      price: fc.integer({ min: 1, max: 99 }),
      lots: fc.integer({ min: 1, max: 9 }),
    }),
  )
  .map(list => {
    let time = 1_700_000_000n
    return list.map(({ step, price, lots }): Trade => {
      time += BigInt(step)
      return { time, price, lots }
    })
  })

test('a candle has open, high, low, close and sums of its trades', () => {
  const list = [
    { time: 60n, price: 5, lots: 1 },
    { time: 61n, price: 9, lots: 2 },
    { time: 119n, price: 3, lots: 3 },
    { time: 120n, price: 4, lots: 4 },
  ]
  expect(candles('1m', list)).toEqual([
    { start: 60n, open: 5, high: 9, low: 3, close: 3, lots: 6n, value: 32n, trades: 3 },
    { start: 120n, open: 4, high: 4, low: 4, close: 4, lots: 4n, value: 16n, trades: 1 },
  ])
})

test('longer candles are the same from shorter ones and from trades', () => {
  const intervals = Object.keys(CANDLE_INTERVALS) as CandleInterval[]
  fc.assert(
    fc.property(trades, list => {
      let shorter = candles('1s', list)
      for (const interval of intervals) {
        shorter = rollUp(interval, shorter)
        expect(shorter).toEqual(candles(interval, list))
        expect(shorter.reduce((sum, { trades }) => sum + trades, 0)).toBe(list.length)
      }
    }),
  )
})

test('every interval is a multiple of the one before', () => {
  const seconds = Object.values(CANDLE_INTERVALS)
  seconds.slice(1).forEach((length, i) => {
    expect(length % seconds[i]!).toBe(0)
  })
})

test('an unknown interval is refused', () => {
  expect(candleSeconds('1h')).toBe(3600)
  for (const wrong of ['2h', '', 'toString']) expect(() => candleSeconds(wrong)).toThrow('no candles')
})
