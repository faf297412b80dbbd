import { functions } from 'ccxt'

/** `[tick, lots]`, as the indexer's channel `book` has it; it may name the number of orders, too. */
export type Level = readonly [tick: number, lots: number, orders?: number]

/** Best levels of each side that the checksum covers (docs/indexer.md). */
const CHECKSUM_LEVELS = 25

/** The price levels of a market in ticks and lots, kept up to date by the deltas of the indexer. */
export class Levels {
  readonly #bids = new Map<number, number>()
  readonly #asks = new Map<number, number>()

  constructor(bids: readonly Level[] = [], asks: readonly Level[] = []) {
    this.apply(bids, asks)
  }

  /** Sets the levels named; one without lots is gone. */
  apply(bids: readonly Level[], asks: readonly Level[]): void {
    for (const [side, levels] of [
      [this.#bids, bids],
      [this.#asks, asks],
    ] as const) {
      for (const [tick, lots] of levels) {
        if (lots === 0) side.delete(tick)
        else side.set(tick, lots)
      }
    }
  }

  /** The best first. */
  get bids(): Level[] {
    return [...this.#bids].sort(([a], [b]) => b - a)
  }

  /** The best first. */
  get asks(): Level[] {
    return [...this.#asks].sort(([a], [b]) => a - b)
  }

  /** CRC-32 of the best 25 levels of both sides in turn, as the indexer counts it. */
  checksum(): number {
    const { bids, asks } = this
    const parts: string[] = []
    for (let i = 0; i < CHECKSUM_LEVELS; i++) {
      for (const level of [bids[i], asks[i]]) if (level) parts.push(`${level[0]}:${level[1]}`)
    }
    return functions.crc32(parts.join(':'), false) as number
  }
}

/**
 * What stays of a book that crosses once its orders have met: as many lots as can trade are taken off both sides, the best first. That
 * is what any batch leaves of the levels, whatever its price, because it has the most volume; only minimum fills and orders
 * of one owner can leave more. A book that does not cross stays as it is.
 */
export function uncrossed(
  bids: readonly Level[],
  asks: readonly Level[],
): { readonly bids: readonly Level[]; readonly asks: readonly Level[] } {
  let [bid, ask] = [0, 0]
  let [bidLots, askLots] = [bids[0]?.[1] ?? 0, asks[0]?.[1] ?? 0]
  while (bid < bids.length && ask < asks.length && bids[bid]![0] >= asks[ask]![0]) {
    const met = Math.min(bidLots, askLots)
    bidLots -= met
    askLots -= met
    if (bidLots === 0) bidLots = bids[++bid]?.[1] ?? 0
    if (askLots === 0) askLots = asks[++ask]?.[1] ?? 0
  }
  return { bids: rest(bids, bid, bidLots), asks: rest(asks, ask, askLots) }
}

function rest(levels: readonly Level[], from: number, lots: number): Level[] {
  return levels.slice(from).map(([tick, all], i): Level => [tick, i === 0 ? lots : all])
}
