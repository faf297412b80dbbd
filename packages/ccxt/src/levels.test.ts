import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Level, Levels, uncrossed } from './levels.ts'

describe('levels', () => {
  it('have the checksum that docs/indexer.md works out', () => {
    const levels = new Levels(
      [
        [98, 5],
        [99, 40],
      ],
      [[101, 7, 1]],
    )
    expect(levels.checksum()).toBe(crc32('99:40:101:7:98:5'))
    levels.apply([[99, 0, 0]], [[100, 3, 1]])
    expect(levels.bids).toEqual([[98, 5]])
    expect(levels.checksum()).toBe(crc32('98:5:100:3:101:7'))
    expect(new Levels().checksum()).toBe(crc32(''))
  })

  it('count the best 25 of each side, and no more', () => {
    const asks = Array.from({ length: 26 }, (_, i): Level => [100 + i, 1])
    const best = asks.slice(0, 25).map(([tick]) => `${tick}:1`)
    expect(new Levels([], asks).checksum()).toBe(crc32(best.join(':')))
  })
})

describe('a book that crosses', () => {
  const side = (isBetter: (a: number, b: number) => number) =>
    fc
      .uniqueArray(fc.tuple(fc.integer({ min: 90, max: 110 }), fc.integer({ min: 1, max: 50 })), {
        selector: ([tick]) => tick,
        maxLength: 12,
      })
      .map(levels => levels.sort(([a], [b]) => isBetter(a, b)) as Level[])

  it('is shown as the coming batch leaves it', () => {
    const bids: Level[] = [
      [103, 10],
      [101, 5],
      [99, 7],
    ]
    const asks: Level[] = [
      [100, 12],
      [102, 9],
    ]
    expect(uncrossed(bids, asks)).toEqual({
      bids: [
        [101, 3],
        [99, 7],
      ].slice(0),
      asks: [[102, 9]],
    })
  })

  it('never crosses then, and loses as many lots of one side as of the other', () => {
    const sum = (levels: readonly Level[]) => levels.reduce((total, [, lots]) => total + lots, 0)
    fc.assert(
      fc.property(
        side((a, b) => b - a),
        side((a, b) => a - b),
        (bids, asks) => {
          const left = uncrossed(bids, asks)
          const [bid, ask] = [left.bids[0], left.asks[0]]
          if (bid && ask) expect(bid[0]).toBeLessThan(ask[0])
          const traded = sum(bids) - sum(left.bids)
          expect(sum(asks) - sum(left.asks)).toBe(traded)
          // As much as any price could bring together.
          const best = Array.from({ length: 21 }, (_, i) => 90 + i).map(price =>
            Math.min(
              sum(bids.filter(([tick]) => tick >= price)),
              sum(asks.filter(([tick]) => tick <= price)),
            ),
          )
          expect(traded).toBe(Math.max(0, ...best))
          expect([...left.bids, ...left.asks].every(([, lots]) => lots > 0)).toBe(true)
        },
      ),
    )
  })
})
