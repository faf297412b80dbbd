import type { Chance } from './chance.ts'

/** A step goes this part of the way back to the anchor. */
const REVERSION = 600n
/** Noises in a step, and the largest of each in millionths of the price: together a few hundredths of a percent. */
const NOISES = 3
const NOISE_PPM = 320n
const MILLION = 1_000_000n

/**
 * What the crowd holds for the fair price of a market, in ticks: a random walk that is drawn back to its anchor. All in integers, so that
 * a seed gives the same prices everywhere.
 */
export class FairPrice {
  readonly #anchor: bigint
  /** In ticks times `MILLION`: a step is less than a tick. */
  #price: bigint

  /** Both in ticks. Starts at `from`, kept within half and twice the anchor. */
  constructor(anchor: bigint, from: bigint = anchor) {
    this.#anchor = anchor
    this.#price = this.#bounded(from * MILLION)
  }

  /** In ticks. */
  get now(): bigint {
    const ticks = this.#price / MILLION
    return ticks < 1n ? 1n : ticks
  }

  step(chance: Chance): void {
    const widest = (this.now * MILLION * NOISE_PPM) / MILLION
    let moved = this.#price + (this.#anchor * MILLION - this.#price) / REVERSION
    for (let i = 0; i < NOISES; i++) moved += chance.bigBetween(-widest, widest)
    this.#price = this.#bounded(moved)
  }

  #bounded(price: bigint): bigint {
    const [least, most] = [(this.#anchor * MILLION) / 2n, this.#anchor * MILLION * 2n]
    return price < least ? least : price > most ? most : price
  }
}
