import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BOOK, type Book, checksumOf, groupings, ladder, merged } from './book.ts'
import { crc32 } from './crc32.ts'

const level = (tick: number, lots: number, orders = 1) => ({ tick, lots, orders })
const checksum = (text: string) => zlibCrc32(text)

describe('the checksum of a book', () => {
  it('is that of the documentation', () => {
    const book = { bids: [level(99, 40), level(98, 5)], asks: [level(101, 7)] }
    expect(checksumOf(book)).toBe(checksum('99:40:101:7:98:5'))
  })

  it('is the CRC-32 of zlib for any text', () => {
    fc.assert(fc.property(fc.stringMatching(/^[0-9:]*$/), text => crc32(text) === zlibCrc32(text)))
  })
})

describe('a book that is followed', () => {
  const snapshot = { bids: [[99, 40, 2]], asks: [[101, 7, 1]], checksum: checksum('99:40:101:7') }

  it('takes new sums, new levels and levels that are gone', () => {
    const book = BOOK.snapshot(snapshot, 812n)
    expect(book).toEqual({ height: 812n, bids: [level(99, 40, 2)], asks: [level(101, 7)] })
    const update = { bids: [[100, 3, 1]], asks: [[101, 0, 0]], checksum: checksum('100:3:99:40') }
    const next = BOOK.update(book, update, 815n)
    expect(next).toEqual({ height: 815n, bids: [level(100, 3), level(99, 40, 2)], asks: [] })
  })

  it('refuses a snapshot and an update that are not what the indexer has', () => {
    expect(() => BOOK.snapshot({ ...snapshot, checksum: 1 }, 1n)).toThrow('checksum')
    const book = BOOK.snapshot(snapshot, 812n)
    expect(() => BOOK.update(book, { bids: [[99, 41, 2]], asks: [], checksum: 1 }, 815n)).toThrow('checksum')
  })

  it.each([
    [{ ...snapshot, bids: [[99, 40]] }],
    [{ ...snapshot, bids: [[99, -1, 1]] }],
    [{ ...snapshot, bids: [[99, 0.5, 1]] }],
    [{ ...snapshot, bids: [['99', 1, 1]] }],
    [{ ...snapshot, asks: undefined }],
    [{ ...snapshot, checksum: '1' }],
    [null],
  ])('refuses %j', wrong => {
    expect(() => BOOK.snapshot(wrong, 1n)).toThrow()
  })

  it('is the same however the changes are cut into messages', () => {
    const change = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9 }), fc.nat(2))
    const descending = (a: number, b: number) => b - a
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 8 }), messages => {
        const book = messages.reduce<Book['bids']>((bids, message) => merged(bids, message, descending), [])
        const last = new Map(messages.flat().map(([tick, lots, orders]) => [tick, { tick, lots, orders }]))
        const expected = [...last.values()].filter(({ orders }) => orders > 0)
        expect(book).toEqual(expected.sort((a, b) => b.tick - a.tick))
      }),
    )
  })
})

describe('a ladder', () => {
  const bids = [level(1999, 1), level(1995, 2), level(1990, 4), level(1989, 8)]
  const asks = [level(2001, 1), level(2009, 2), level(2010, 4), level(2011, 8)]

  it('shows levels with everything up to them', () => {
    expect(ladder(bids, 'bid', 1, 2)).toEqual([
      { ...level(1999, 1), total: 1 },
      { ...level(1995, 2), total: 3 },
    ])
  })

  it('groups bids down and asks up, so that no row looks better than it is', () => {
    expect(ladder(bids, 'bid', 10, 9).map(({ tick, lots, total }) => [tick, lots, total])).toEqual([
      [1990, 7, 7],
      [1980, 8, 15],
    ])
    expect(
      ladder(asks, 'ask', 10, 9).map(({ tick, lots, orders, total }) => [tick, lots, orders, total]),
    ).toEqual([
      [2010, 7, 3, 7],
      [2020, 8, 1, 15],
    ])
  })

  it('keeps every lot, whatever the step', () => {
    const levels = fc.uniqueArray(fc.integer({ min: 1, max: 5_000 }), { maxLength: 40 })
    fc.assert(
      fc.property(levels, fc.integer({ min: 1, max: 100 }), (ticks, step) => {
        const sorted = ticks.sort((a, b) => a - b).map(tick => level(tick, tick))
        const rungs = ladder(sorted, 'ask', step, Number.MAX_SAFE_INTEGER)
        const sum = ticks.reduce((total, tick) => total + tick, 0)
        expect(rungs.reduce((total, { lots }) => total + lots, 0)).toBe(sum)
        expect(rungs.at(-1)?.total ?? 0).toBe(sum)
        for (const { tick } of rungs) expect(tick % step).toBe(0)
      }),
    )
  })

  it('has steps that fit the price', () => {
    expect(groupings(200_000)).toEqual([1, 5, 10, 50, 100, 500])
    expect(groupings(30)).toEqual([1, 5, 10])
    expect(groupings(0)).toEqual([1, 5, 10])
  })
})
