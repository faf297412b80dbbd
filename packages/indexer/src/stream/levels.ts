import { crc32 } from 'node:zlib'
import type { Side } from '@omg/exchange'
import type { Hash } from '@omg/protocol'
import type { LevelChange } from '../block/orders.ts'
import type { BookRow } from '../store/tables.ts'

/** Best levels of each side that the checksum covers. */
export const CHECKSUM_LEVELS = 25

/** `[tick, lots, orders]`; zero lots in a delta: the level is gone. */
export type LevelTuple = readonly [tick: number, lots: number, orders: number]

/** A book, or what changed about it, as it travels. */
export interface BookMessage {
  readonly bids: readonly LevelTuple[]
  readonly asks: readonly LevelTuple[]
  /** Of the whole book after the change. */
  readonly checksum: number
}

/** The best level of each side; null where there is none. */
export interface BestMessage {
  readonly bid: LevelTuple | null
  readonly ask: LevelTuple | null
}

type SideLevels = Map<number, { lots: number; orders: number }>

/** The price levels of all markets after the last block that was published. */
export class Levels {
  readonly #markets = new Map<Hash, Record<Side, SideLevels>>()

  constructor(rows: Iterable<BookRow> = []) {
    for (const { market, side, tick, lots, orders } of rows) {
      this.#of(market)[side].set(Number(tick), { lots: Number(lots), orders: Number(orders) })
    }
  }

  snapshot(market: Hash): BookMessage {
    const { buy, sell } = this.#of(market)
    return { bids: sorted(buy, 'buy'), asks: sorted(sell, 'sell'), checksum: this.#checksum(market) }
  }

  best(market: Hash): BestMessage {
    const { buy, sell } = this.#of(market)
    return { bid: bestOf(buy, 'buy'), ask: bestOf(sell, 'sell') }
  }

  /** Carries out the changes of a block. Returns what changed in each market. */
  apply(changes: readonly LevelChange[]): Map<Hash, BookMessage> {
    const touched = new Map<Hash, Record<Side, Set<number>>>()
    for (const { market, side, tick, lots, orders } of changes) {
      const levels = this.#of(market)[side]
      const level = levels.get(tick) ?? { lots: 0, orders: 0 }
      levels.set(tick, { lots: level.lots + lots, orders: level.orders + orders })
      const ticks = touched.get(market) ?? { buy: new Set(), sell: new Set() }
      ticks[side].add(tick)
      touched.set(market, ticks)
    }
    return new Map([...touched].map(([market, ticks]) => [market, this.#delta(market, ticks)]))
  }

  #delta(market: Hash, ticks: Record<Side, Set<number>>): BookMessage {
    const of = (side: Side): LevelTuple[] =>
      [...ticks[side]].map(tick => {
        const levels = this.#of(market)[side]
        const { lots, orders } = levels.get(tick)!
        if (orders === 0) levels.delete(tick)
        return [tick, lots, orders]
      })
    const [bids, asks] = [of('buy'), of('sell')]
    return { bids, asks, checksum: this.#checksum(market) }
  }

  #checksum(market: Hash): number {
    const { buy, sell } = this.#of(market)
    return bookChecksum(sorted(buy, 'buy'), sorted(sell, 'sell'))
  }

  #of(market: Hash): Record<Side, SideLevels> {
    let sides = this.#markets.get(market)
    if (sides === undefined) {
      sides = { buy: new Map(), sell: new Map() }
      this.#markets.set(market, sides)
    }
    return sides
  }
}

/**
 * CRC-32 (as in zlib) of `tick:lots` of the best levels, a bid and an ask in turn as far as there are, all joined by `:`.
 * Levels come the best first.
 */
export function bookChecksum(bids: readonly LevelTuple[], asks: readonly LevelTuple[]): number {
  const parts: string[] = []
  for (let i = 0; i < CHECKSUM_LEVELS; i++) {
    for (const level of [bids[i], asks[i]]) if (level) parts.push(`${level[0]}:${level[1]}`)
  }
  return crc32(parts.join(':'))
}

function sorted(levels: SideLevels, side: Side): LevelTuple[] {
  const tuples = [...levels].map(([tick, { lots, orders }]): LevelTuple => [tick, lots, orders])
  return tuples.sort(([a], [b]) => (side === 'buy' ? b - a : a - b))
}

function bestOf(levels: SideLevels, side: Side): LevelTuple | null {
  let best: number | undefined
  for (const tick of levels.keys()) {
    if (best === undefined || (side === 'buy' ? tick > best : tick < best)) best = tick
  }
  if (best === undefined) return null
  const { lots, orders } = levels.get(best)!
  return [best, lots, orders]
}

/** Whether two best prices are the same, with what stands there. */
export function isSameBest(a: BestMessage, b: BestMessage): boolean {
  return isSameLevel(a.bid, b.bid) && isSameLevel(a.ask, b.ask)
}

function isSameLevel(a: LevelTuple | null, b: LevelTuple | null): boolean {
  return a === null || b === null ? a === b : a.every((value, i) => value === b[i])
}
