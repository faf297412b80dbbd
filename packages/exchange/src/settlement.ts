import { MAX_SETTLEMENT_FILLS } from './limits.ts'
import type { Fill, Settlement } from './types.ts'

/**
 * Pairs the fills of both sides, each in its order, and cuts the pairs into SETTLEs of at most 16 inputs with as many lots
 * of buys as of sells. A fill that a cut goes through has a part in both: the later one spends the remainder that the
 * earlier one makes. Both sides have the same sum.
 */
export function settlements<Order>(
  buys: readonly Fill<Order>[],
  sells: readonly Fill<Order>[],
): Settlement<Order>[] {
  const settled: Settlement<Order>[] = []
  const buy = new Queue(buys)
  const sell = new Queue(sells)
  while (!buy.done && !sell.done) {
    // What both still have at the front is paired off; who has nothing left makes room for the next.
    const inputs = buy.next() + sell.next()
    if (buy.inputs + sell.inputs + inputs > MAX_SETTLEMENT_FILLS) {
      settled.push({ fills: [...buy.cut(), ...sell.cut()] })
      continue
    }
    const lots = Math.min(buy.left, sell.left)
    buy.take(lots)
    sell.take(lots)
  }
  if (buy.inputs > 0) settled.push({ fills: [...buy.cut(), ...sell.cut()] })
  return settled
}

/** The fills of one side, and those of them that are in the SETTLE in the making. */
class Queue<Order> {
  readonly #fills: readonly Fill<Order>[]
  #at = 0
  #taken = 0
  /** What of the fill at the front went into earlier SETTLEs. */
  #from = 0
  /** Whether the fill at the front is in the SETTLE in the making already. */
  #isIn = false
  part: Fill<Order>[] = []

  constructor(fills: readonly Fill<Order>[]) {
    this.#fills = fills
  }

  get done(): boolean {
    return this.#at === this.#fills.length
  }

  /** What the fill at the front still has. */
  get left(): number {
    return this.#fills[this.#at]!.lots - this.#taken
  }

  /** How many inputs the SETTLE in the making has of this side. */
  get inputs(): number {
    return this.part.length + (this.#isIn ? 1 : 0)
  }

  /** How many inputs the fill at the front adds. */
  next(): number {
    return this.#isIn ? 0 : 1
  }

  take(lots: number): void {
    const fill = this.#fills[this.#at]!
    if (!this.#isIn) this.#from = this.#taken
    this.#isIn = true
    this.#taken += lots
    if (this.#taken < fill.lots) return
    this.#close(fill)
    this.#at++
    this.#taken = 0
  }

  /** Ends the SETTLE in the making. */
  cut(): Fill<Order>[] {
    if (this.#isIn) this.#close(this.#fills[this.#at]!)
    const { part } = this
    this.part = []
    return part
  }

  /** Puts what the SETTLE in the making has of the fill at the front into it. */
  #close(fill: Fill<Order>): void {
    const lots = this.#taken - this.#from
    this.part.push(lots === fill.lots ? fill : { ...fill, lots })
    this.#isIn = false
  }
}
