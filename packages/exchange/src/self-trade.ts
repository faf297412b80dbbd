import { type Actors, leaveOut } from './actors.ts'
import type { BookRows } from './book.ts'
import { MAX_TICK } from './limits.ts'
import { FLAG, SELF_TRADE_MODE } from './row.ts'
import { sortByAge } from './sort.ts'
import type { OrderRef } from './types.ts'

/** Lots that self-trade prevention takes from an order. */
export interface Prevented {
  readonly order: OrderRef
  readonly lots: number
}

/**
 * Keeps orders of one owner from meeting. Each order in turn, the oldest first, is the taker against the older ones of
 * its owner: the best-priced first, then the oldest. Each meeting ends at least one order, so that an owner's `n` orders
 * cost `n log n`. Returns what was taken, by age.
 */
export function preventSelfTrade(book: BookRows, actors: Actors): Prevented[] {
  const suspects = findSuspects(book, actors)
  if (suspects.length === 0) return []
  const taken = new Map<number, number>()
  const take = (ref: number, lots: number) => {
    taken.set(ref, (taken.get(ref) ?? 0) + lots)
    actors.lots[ref]! -= lots
  }
  const { owner, flags } = book.columns
  const standing = new Map<number, { buys: Heap; sells: Heap }>()
  for (const ref of suspects) {
    let mine = standing.get(owner[ref]!)
    if (!mine) {
      mine = { buys: new Heap(book, 'buy'), sells: new Heap(book, 'sell') }
      standing.set(owner[ref]!, mine)
    }
    const isSell = (flags[ref]! & FLAG.sell) !== 0
    const [own, opposite] = isSell ? [mine.sells, mine.buys] : [mine.buys, mine.sells]
    meetOlder(book, actors, ref, opposite, take)
    if (actors.lots[ref]! > 0) own.push(ref)
  }
  const prevented = [...taken].map(([ref, lots]) => ({ order: ref as OrderRef, lots }))
  for (const { order } of prevented) if (actors.lots[order] === 0) leaveOut(actors, order, 'selfTrade')
  return prevented
}

/** One taker against the older orders of its owner. */
function meetOlder(
  book: BookRows,
  actors: Actors,
  taker: number,
  opposite: Heap,
  take: (ref: number, lots: number) => void,
): void {
  const { flags, tick } = book.columns
  const { lots } = actors
  const isSell = (flags[taker]! & FLAG.sell) !== 0
  const mode = (flags[taker]! >> FLAG.selfTradeShift) & 3
  while (lots[taker]! > 0) {
    const maker = opposite.best
    if (maker === undefined) return
    if (isSell ? tick[maker]! < tick[taker]! : tick[maker]! > tick[taker]!) return
    const both = Math.min(lots[taker]!, lots[maker]!)
    if (mode === SELF_TRADE_MODE.decrement) {
      take(taker, both)
      take(maker, both)
    }
    if (mode === SELF_TRADE_MODE.expireMaker || mode === SELF_TRADE_MODE.expireBoth) take(maker, lots[maker]!)
    if (mode === SELF_TRADE_MODE.expireTaker || mode === SELF_TRADE_MODE.expireBoth) take(taker, lots[taker]!)
    if (lots[maker] === 0) opposite.pop()
  }
}

/** Orders that can meet another one of their owner, the oldest first. Most owners stand on one side of the price. */
function findSuspects(book: BookRows, actors: Actors): Uint32Array {
  const { owner, tick } = book.columns
  const { buys, sells } = actors
  if (buys.length === 0 || sells.length === 0) return new Uint32Array(0)
  const bids = new Uint32Array(book.ownersEnd)
  const asks = new Uint32Array(book.ownersEnd).fill(MAX_TICK)
  for (const ref of buys) if (tick[ref]! > bids[owner[ref]!]!) bids[owner[ref]!] = tick[ref]!
  for (const ref of sells) if (tick[ref]! < asks[owner[ref]!]!) asks[owner[ref]!] = tick[ref]!
  const suspects = new Uint32Array(buys.length + sells.length)
  let count = 0
  for (const ref of buys) if (tick[ref]! >= asks[owner[ref]!]!) suspects[count++] = ref
  for (const ref of sells) if (tick[ref]! <= bids[owner[ref]!]!) suspects[count++] = ref
  return sortByAge(book.columns, suspects.subarray(0, count))
}

/** Orders of one side, of which the best is at hand: by price, then by age. They enter in the order of their age. */
class Heap {
  readonly #tick: Uint32Array
  readonly #sign: number
  readonly #refs: number[] = []
  readonly #ages: number[] = []
  #entered = 0

  constructor(book: BookRows, side: 'buy' | 'sell') {
    this.#tick = book.columns.tick
    this.#sign = side === 'buy' ? -1 : 1
  }

  get best(): number | undefined {
    return this.#refs[0]
  }

  push(ref: number): void {
    let at = this.#refs.length
    this.#put(at, ref, this.#entered++)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  pop(): void {
    const [ref, age] = [this.#refs.pop()!, this.#ages.pop()!]
    if (this.#refs.length === 0) return
    this.#put(0, ref, age)
    let at = 0
    for (;;) {
      let first = at
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#refs.length && this.#isBefore(child, first)) first = child
      }
      if (first === at) return
      this.#swap(at, first)
      at = first
    }
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#tick[this.#refs[a]!]! - this.#tick[this.#refs[b]!]!
    return difference === 0 ? this.#ages[a]! < this.#ages[b]! : this.#sign * difference < 0
  }

  #swap(a: number, b: number): void {
    const [ref, age] = [this.#refs[a]!, this.#ages[a]!]
    this.#put(a, this.#refs[b]!, this.#ages[b]!)
    this.#put(b, ref, age)
  }

  #put(at: number, ref: number, age: number): void {
    this.#refs[at] = ref
    this.#ages[at] = age
  }
}
