/** Random numbers that are the same for the same seed (mulberry32), in integers. */
export class Chance {
  #state: number

  /** Any integer; only its lowest 32 bits count. */
  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 to 2^32 - 1. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** `least` to `most`, both included, at most 2^31 apart. */
  between(least: number, most: number): number {
    return least + (this.#next() % (most - least + 1))
  }

  /** As `between`, for amounts. The bias of the remainder does not matter to a game. */
  bigBetween(least: bigint, most: bigint): bigint {
    const wide = (BigInt(this.#next()) << 32n) | BigInt(this.#next())
    return least + (wide % (most - least + 1n))
  }

  /** True in `percent` of a hundred cases. */
  happens(percent: number): boolean {
    return this.between(0, 99) < percent
  }

  oneOf<T>(items: readonly T[]): T {
    const item = items[this.between(0, items.length - 1)]
    if (item === undefined) throw new Error('a choice of nothing')
    return item
  }

  /** Another sequence, which does not depend on how much of this one is used afterwards. */
  branch(): Chance {
    return new Chance(this.#next())
  }
}
