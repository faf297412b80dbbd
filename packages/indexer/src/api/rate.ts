/** Addresses that are remembered at once; the one that asked longest ago is forgotten first. */
export const MAX_ADDRESSES = 10_000

/** A token bucket for each address: `perSecond` refill, twice as many at once. */
export class RateLimit {
  readonly #perSecond: number
  readonly #now: () => number
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  /** `now` in milliseconds. */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond
    this.#now = now
  }

  /** Takes one request. Returns the seconds to wait, or 0 where it may go on. */
  take(address: string): number {
    const now = this.#now()
    const most = 2 * this.#perSecond
    const { tokens, at } = this.#buckets.get(address) ?? { tokens: most, at: now }
    const filled = Math.min(most, tokens + ((now - at) / 1000) * this.#perSecond)
    this.#buckets.delete(address)
    this.#buckets.set(address, { tokens: filled >= 1 ? filled - 1 : filled, at: now })
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= MAX_ADDRESSES) break
      this.#buckets.delete(oldest)
    }
    return filled >= 1 ? 0 : Math.max(1, Math.ceil((1 - filled) / this.#perSecond))
  }
}
