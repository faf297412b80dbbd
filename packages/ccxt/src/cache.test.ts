import { describe, expect, it } from 'vitest'
import { type Candle, CandleCache, ItemCache } from './cache.ts'

const item = (id: string, symbol = 'A/B') => ({ id, symbol })

describe('what a watch method heard', () => {
  it('is each item once, the one that changed last at the end', () => {
    const cache = new ItemCache()
    for (const id of ['1', '2', '1']) cache.append(item(id))
    expect([...cache]).toEqual([item('2'), item('1')])
    cache.append(item('1', 'C/D'))
    expect(cache).toHaveLength(3)
  })

  it('counts what is new to those who ask about everything, and to those who ask about a symbol', () => {
    const cache = new ItemCache()
    for (const id of ['1', '2', '2']) cache.append(item(id))
    cache.append(item('3', 'C/D'))
    expect(cache.getLimit(undefined, undefined)).toBe(3)
    expect(cache.getLimit(undefined, undefined)).toBe(0)
    expect(cache.getLimit('A/B', 1)).toBe(1)
    expect(cache.getLimit('C/D', undefined)).toBe(1)
    expect(cache.getLimit('E/F', undefined)).toBe(0)
  })

  it('is bounded, and so is what is new', () => {
    const cache = new ItemCache(2)
    for (const id of ['1', '2', '3']) cache.append(item(id))
    expect([...cache]).toEqual([item('2'), item('3')])
    expect(cache.getLimit('A/B', undefined)).toBe(2)
    expect(cache.slice(-1)).toEqual([item('3')])
    expect(cache.slice(-1)).not.toBeInstanceOf(ItemCache)
  })

  it('of candles replaces the one that goes on', () => {
    const cache = new CandleCache(2)
    const candle = (start: number, close: number): Candle => [start, 1, 2, 1, close, 5]
    for (const [start, close] of [
      [1, 1],
      [2, 1],
      [2, 2],
      [3, 1],
    ] as const)
      cache.append(candle(start, close))
    expect([...cache]).toEqual([candle(2, 2), candle(3, 1)])
    expect(cache.getLimit('A/B', undefined)).toBe(2)
    expect(cache.getLimit('A/B', undefined)).toBe(0)
  })
})
