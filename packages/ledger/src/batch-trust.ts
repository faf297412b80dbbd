/** Most signatures that are asked about at once: twice as many cost 8 % less each, and keep everybody waiting twice as long. */
export const MOST_TOGETHER = 2048
/** Fewer are recovered: a batch has fixed costs, and below this a signature costs as much in it. */
export const FEWEST_TOGETHER = 32
/** Signatures that stand and fall together in the program, once the whole has failed. */
const PART = 64
/** How many signatures that held are remembered in favour. */
const MOST_CREDIT = 4096
/** A signature that was asked about in vain costs once more what recovering it does, and one that held saves half of that. */
const VAIN_COSTS = 2
/** After how many signatures without asking one is forgiven. */
const FORGIVEN_AFTER = 16

/**
 * How far signatures are believed to hold, so that whoever sends bad ones on purpose cannot make nodes work much harder: a bad one makes those around
 * it be checked in vain, which costs up to once more what recovering them does. So batches are small after one has failed, and none is tried
 * while more was lost than had been saved. All in all that costs at most a sixteenth more than recovering everything would,
 * and a constant: 0.3 s of a core.
 */
export class BatchTrust {
  #credit = MOST_CREDIT
  #together = MOST_TOGETHER
  #since = 0

  /** Whether to ask at all. */
  get isGiven(): boolean {
    return this.#credit > 0
  }

  /** How many signatures to ask about at once. */
  get together(): number {
    return this.#together
  }

  /** So many were asked about together, and so many of them did not hold, or shared a part with one that did not. */
  asked(count: number, vain: number): void {
    if (vain > 0) {
      this.#credit -= VAIN_COSTS * vain
      this.#together = PART
      return
    }
    this.#credit = Math.min(MOST_CREDIT, this.#credit + count)
    this.#together = Math.min(MOST_TOGETHER, 2 * this.#together)
  }

  /** So many could have been asked about and were recovered instead, for lack of trust. */
  recovered(count: number): void {
    this.#since += count
    this.#credit += Math.floor(this.#since / FORGIVEN_AFTER)
    this.#since %= FORGIVEN_AFTER
  }
}
