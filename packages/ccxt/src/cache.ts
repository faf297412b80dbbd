// CCXT keeps what its watch* methods heard in arrays that also know how much of it is new since somebody last asked. Its
// own classes are not exported by the package, so these speak the same language: `append`, `getLimit`, `maxSize`.

/** How many items a watch* method keeps. */
export const CACHE_ITEMS = 1_000

interface Item {
  readonly id: string
  readonly symbol: string
}

/** Orders or trades, each once, the one that changed last at the end. */
export class ItemCache<T extends Item> extends Array<T> {
  readonly #maxSize: number
  /** Ids that are new to those who ask about everything, and to those who ask about one symbol. */
  readonly #fresh = { all: new Set<string>(), of: new Map<string, Set<string>>() }

  constructor(maxSize: number = CACHE_ITEMS) {
    super()
    this.#maxSize = maxSize
  }

  /** Copies are plain arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  append(item: T): void {
    const known = this.findIndex(({ id, symbol }) => id === item.id && symbol === item.symbol)
    if (known >= 0) this.splice(known, 1)
    else if (this.length >= this.#maxSize) this.#forget(this.shift())
    this.push(item)
    this.#fresh.all.add(item.id)
    const own = this.#fresh.of.get(item.symbol) ?? new Set()
    this.#fresh.of.set(item.symbol, own.add(item.id))
  }

  /** What nobody asks about must not grow for ever. */
  #forget(item: T | undefined): void {
    if (!item) return
    this.#fresh.all.delete(item.id)
    this.#fresh.of.get(item.symbol)?.delete(item.id)
  }

  /** How many of the last items somebody has not seen yet, at most `limit`. They count as seen from now on. */
  getLimit(symbol: string | undefined, limit: number | undefined): number {
    const fresh = symbol === undefined ? this.#fresh.all : this.#fresh.of.get(symbol)
    const count = fresh?.size ?? 0
    fresh?.clear()
    return limit === undefined ? count : Math.min(count, limit)
  }
}

/** A candle as CCXT has it: start in ms, open, high, low, close, volume. */
export type Candle = [number, number, number, number, number, number]

/** Candles, each start once, the oldest first. */
export class CandleCache extends Array<Candle> {
  readonly #maxSize: number
  readonly #fresh = new Set<number>()

  constructor(maxSize: number = CACHE_ITEMS) {
    super()
    this.#maxSize = maxSize
  }

  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  append(candle: Candle): void {
    const known = this.findLastIndex(([start]) => start === candle[0])
    if (known >= 0) this[known] = candle
    else {
      if (this.length >= this.#maxSize) this.#fresh.delete(this.shift()?.[0] ?? 0)
      this.push(candle)
    }
    this.#fresh.add(candle[0])
  }

  getLimit(_symbol: string | undefined, limit: number | undefined): number {
    const count = this.#fresh.size
    this.#fresh.clear()
    return limit === undefined ? count : Math.min(count, limit)
  }
}
