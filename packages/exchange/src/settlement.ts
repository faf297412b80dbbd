import { MAX_SETTLEMENT_FILLS, MINIMUM_ROUNDS } from './limits.ts'
import type { Fill, Settlement, Unsettled } from './types.ts'

/** What a batch trades, and in which SETTLEs. */
export interface Settled<Order> {
  readonly buys: readonly Fill<Order>[]
  readonly sells: readonly Fill<Order>[]
  readonly settlements: readonly Settlement<Order>[]
  /** What the auction allots and is not traded. */
  readonly unsettled: readonly Unsettled<Order>[]
}

/** The lots that the auction allots to both sides, each in its line. */
export interface Allotments<Order> {
  readonly buys: readonly Fill<Order>[]
  readonly sells: readonly Fill<Order>[]
}

/**
 * What becomes of allotments, of which both sides have as many. With `whole` no order stands in two SETTLEs, and what does not fit
 * one is not traded; without it everything is.
 */
export function settle<Order>(allotted: Allotments<Order>, whole: boolean): Settled<Order> {
  const made = settlements(allotted.buys, allotted.sells, { whole })
  if (!whole) return { ...allotted, settlements: made, unsettled: [] }
  const traded = new Map(made.flatMap(({ fills }) => fills.map(fill => [fill.order, fill] as const)))
  const tradeOf = ({ order }: Fill<Order>) => traded.get(order) ?? []
  const buys = allotted.buys.flatMap(tradeOf)
  const sells = allotted.sells.flatMap(tradeOf)
  return { buys, sells, settlements: made, unsettled: missing(allotted, { buys, sells }) }
}

/**
 * As {@link settle}, where rounds did not find a clearing that meets every minimum: who still lacks hers trades nothing, and as many
 * lots of the other side go untraded, from the end of its line and past the minimums there.
 */
export function settleMinimums<Order>(
  allotted: Allotments<Order>,
  whole: boolean,
  minimumOf: (order: Order) => number,
): Settled<Order> {
  const isMet = ({ order, lots }: Fill<Order>) => lots >= minimumOf(order)
  const hasNone = ({ order }: Fill<Order>) => minimumOf(order) === 1
  let { buys, sells } = allotted
  for (let round = 0; ; round++) {
    // Settling whole may take from others than before; that ends.
    const stays = round < MINIMUM_ROUNDS ? isMet : hasNone
    const even = balanced({ buys: buys.filter(stays), sells: sells.filter(stays) }, minimumOf)
    const settled = settle(even, whole)
    ;({ buys, sells } = settled)
    if (buys.every(isMet) && sells.every(isMet)) {
      return { ...settled, unsettled: missing(allotted, settled) }
    }
  }
}

function missing<Order>(allotted: Allotments<Order>, traded: Allotments<Order>): Unsettled<Order>[] {
  const lotsOf = new Map([...traded.buys, ...traded.sells].map(({ order, lots }) => [order, lots]))
  return [...allotted.buys, ...allotted.sells]
    .map(({ order, lots }) => ({ order, lots: lots - (lotsOf.get(order) ?? 0) }))
    .filter(({ lots }) => lots > 0)
}

/** Takes lots from the side that has more, until both have as many. */
function balanced<Order>(
  { buys, sells }: Allotments<Order>,
  minimumOf: (order: Order) => number,
): Allotments<Order> {
  const sides = [new Line(buys, minimumOf), new Line(sells, minimumOf)] as const
  for (;;) {
    const surplus = sides[0].lots - sides[1].lots
    if (surplus === 0) return { buys: sides[0].fills, sells: sides[1].fills }
    sides[surplus > 0 ? 0 : 1].lose(Math.abs(surplus))
  }
}

/** Allotments of one side, some of which can be made smaller. */
class Line<Order> {
  fills: Fill<Order>[]
  lots: number
  readonly #minimumOf: (order: Order) => number
  /** Nobody can lose a part any more. */
  #isRigid = false

  constructor(fills: readonly Fill<Order>[], minimumOf: (order: Order) => number) {
    this.fills = [...fills]
    this.lots = fills.reduce((sum, { lots }) => sum + lots, 0)
    this.#minimumOf = minimumOf
  }

  /** Takes lots from the end: first what minimums allow; where that is not enough, whole orders, the last one too many. */
  lose(lots: number): void {
    let left = this.#isRigid ? lots : this.#loseParts(lots)
    this.#isRigid ||= left > 0
    for (; left > 0; this.fills.pop()) left -= this.fills.at(-1)!.lots
    this.lots = this.fills.reduce((sum, fill) => sum + fill.lots, 0)
  }

  #loseParts(lots: number): number {
    let left = lots
    for (let i = this.fills.length - 1; i >= 0 && left > 0; i--) {
      const fill = this.fills[i]!
      const minimum = this.#minimumOf(fill.order)
      const part = Math.min(left, fill.lots - (minimum === 1 ? 0 : minimum))
      this.fills[i] = { ...fill, lots: fill.lots - part }
      left -= part
    }
    this.fills = this.fills.filter(fill => fill.lots > 0)
    return left
  }
}

/**
 * Pairs the fills of both sides, each in its order, and cuts the pairs into SETTLEs of at most 16 inputs with as many lots
 * of buys as of sells. A fill that a cut goes through has a part in both: the later one spends the remainder that the
 * earlier one makes. Both sides have the same sum.
 *
 * With `whole` a fill that a cut goes through ends there, and the others go on without it: where outputs must be seasoned, nothing
 * may spend a remainder that the same batch made (R9). The largest fills are paired first, so that they meet few, and crumbs at the
 * best price do not keep anybody from a large trade.
 */
export function settlements<Order>(
  buys: readonly Fill<Order>[],
  sells: readonly Fill<Order>[],
  { whole = false }: { readonly whole?: boolean } = {},
): Settlement<Order>[] {
  const settled: Settlement<Order>[] = []
  const buy = new Queue(buys, whole)
  const sell = new Queue(sells, whole)
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
  readonly #whole: boolean
  #at = 0
  #taken = 0
  /** What of the fill at the front went into earlier SETTLEs. */
  #from = 0
  /** Whether the fill at the front is in the SETTLE in the making already. */
  #isIn = false
  part: Fill<Order>[] = []

  constructor(fills: readonly Fill<Order>[], whole: boolean) {
    this.#fills = whole ? [...fills].sort((a, b) => b.lots - a.lots) : fills
    this.#whole = whole
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
    this.#advance()
  }

  /** Ends the SETTLE in the making. */
  cut(): Fill<Order>[] {
    if (this.#isIn) {
      this.#close(this.#fills[this.#at]!)
      if (this.#whole) this.#advance()
    }
    const { part } = this
    this.part = []
    return part
  }

  #advance(): void {
    this.#at++
    this.#taken = 0
  }

  /** Puts what the SETTLE in the making has of the fill at the front into it. */
  #close(fill: Fill<Order>): void {
    const lots = this.#taken - this.#from
    this.part.push(lots === fill.lots ? fill : { ...fill, lots })
    this.#isIn = false
  }
}
