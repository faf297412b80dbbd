import type { Reading } from '../data/channel.ts'
import { bookFrom, type LevelTuple } from '../data/read.ts'
import { crc32 } from './crc32.ts'

/** Best levels of each side that the checksum covers. */
const CHECKSUM_LEVELS = 25

/** One price of one side. Ticks and lots are whole numbers below 2^53, as the exchange bounds them: exact. */
export interface Level {
  readonly tick: number
  readonly lots: number
  readonly orders: number
}

/** The book after a block, the best first. */
export interface Book {
  readonly height: bigint
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** Follows a `book:` channel. A book whose checksum is not that of the indexer throws, so that it is asked for anew. */
export const BOOK: Reading<Book> = {
  snapshot(data, height) {
    const { bids, asks, checksum } = bookFrom(data)
    return verified({ height, bids: bids.map(levelOf), asks: asks.map(levelOf) }, checksum)
  },
  update(book, data, height) {
    const { bids, asks, checksum } = bookFrom(data)
    const next = {
      height,
      bids: merged(book.bids, bids, (a, b) => b - a),
      asks: merged(book.asks, asks, (a, b) => a - b),
    }
    return verified(next, checksum)
  },
}

const levelOf = ([tick, lots, orders]: LevelTuple): Level => ({ tick, lots, orders })

/** Levels with some of them replaced; one without orders is gone. Both come and stay in order, but a change may come in any. */
export function merged(
  levels: readonly Level[],
  changes: readonly LevelTuple[],
  compare: (a: number, b: number) => number,
): readonly Level[] {
  if (changes.length === 0) return levels
  const changed = new Map(changes.map(change => [change[0], change]))
  const kept = levels.filter(({ tick }) => !changed.has(tick))
  const fresh = [...changed.values()].filter(([, , orders]) => orders > 0).map(levelOf)
  return [...kept, ...fresh].sort((a, b) => compare(a.tick, b.tick))
}

function verified(book: Book, checksum: number): Book {
  const own = checksumOf(book)
  if (own !== checksum) throw new Error(`the checksum of the book is ${own} and not ${checksum}`)
  return book
}

/** CRC-32 of `tick:lots` of the best levels, a bid and an ask in turn as far as there are, joined by `:` (docs/indexer.md). */
export function checksumOf({ bids, asks }: Pick<Book, 'bids' | 'asks'>): number {
  const parts: string[] = []
  for (let i = 0; i < CHECKSUM_LEVELS; i++) {
    for (const level of [bids[i], asks[i]]) if (level) parts.push(`${level.tick}:${level.lots}`)
  }
  return crc32(parts.join(':'))
}

/** A row of the ladder: some neighbouring levels together, and everything up to there. */
export interface Rung extends Level {
  /** Lots at this price and better. */
  readonly total: number
}

/**
 * The best `rows` rows of a side in steps of `step` ticks. A bid counts at the step below it, an ask at the step above it: what the row
 * names is never better than what it holds.
 */
export function ladder(levels: readonly Level[], side: 'bid' | 'ask', step: number, rows: number): Rung[] {
  const rungs: { tick: number; lots: number; orders: number; total: number }[] = []
  let total = 0
  for (const { tick, lots, orders } of levels) {
    const steps = side === 'bid' ? Math.floor(tick / step) : Math.ceil(tick / step)
    const rung = rungs.at(-1)
    total += lots
    if (rung?.tick === steps * step) {
      rung.lots += lots
      rung.orders += orders
      rung.total = total
    } else if (rungs.length === rows) break
    else rungs.push({ tick: steps * step, lots, orders, total })
  }
  return rungs
}

/** Steps by which a book can be grouped at a price: one tick, and 1, 2 or 5 times a power of ten up to about a hundredth of the price. */
export function groupings(price: number): number[] {
  const steps: number[] = [1]
  for (let power = 1; steps.length < 6; power *= 10) {
    for (const factor of [1, 2, 5]) {
      const step = factor * power
      if (step > Math.max(price / 100, 10)) return steps
      if (step > 1 && factor !== 2) steps.push(step)
    }
  }
  return steps
}
