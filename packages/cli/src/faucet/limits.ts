/** An address is paid at most once in this time, in milliseconds. */
export const AGAIN_MS = 3_600_000
/** Payments in `WINDOW_MS`, to whomever: a page that asks in a loop with new addresses must not drain it. */
export const MAX_IN_WINDOW = 120
export const WINDOW_MS = 60_000
/** Requests that wait for their turn; a payment takes some tenths of a second. */
export const MAX_WAITING = 16

/** Who was paid when, for as long as it matters: bounded by what the window lets through in an hour. */
export class PaidAddresses {
  readonly #times = new Map<string, number>()
  readonly #now: () => number

  /** `now`: milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Milliseconds until the address may be paid again; 0: now. */
  waitFor(address: string): number {
    const paid = this.#times.get(address)
    return paid === undefined ? 0 : Math.max(0, paid + AGAIN_MS - this.#now())
  }

  /** Whether nobody can be paid before the window has moved on. */
  isBusy(): boolean {
    this.#forget()
    let recent = 0
    for (const time of this.#times.values()) if (time > this.#now() - WINDOW_MS) recent++
    return recent >= MAX_IN_WINDOW
  }

  note(address: string): void {
    // Deleted first, so that the oldest stands first.
    this.#times.delete(address)
    this.#times.set(address, this.#now())
  }

  /** A payment that failed does not count. */
  forgive(address: string): void {
    this.#times.delete(address)
  }

  #forget(): void {
    for (const [address, time] of this.#times) {
      if (time > this.#now() - AGAIN_MS) return
      this.#times.delete(address)
    }
  }
}
