import { type Batch, type Case, clearBatch } from '@omg/exchange'
import { ClearingRound, MAX_SHARED_MARKETS } from './clearing.round.ts'

/**
 * Orders of a book from which on a worker may have it. Clearing so many takes a quarter of a millisecond; to wake a worker and to read what
 * it says takes about as long where cores are free (docs/benchmarks.md).
 */
export const SHARED_ORDERS = 1_000

/**
 * How long to wait for a worker that has taken a book, in milliseconds: about as long as clearing it here would take. So a worker that
 * another process keeps from its core costs at most twice the time, and nobody pays for one that died.
 */
export function clearingPatience(orders: number): number {
  return 1 + orders / 2_000
}

/** Tells another thread of a round, which it may help with, or not. */
export type Helper = (memory: SharedArrayBuffer) => void

export interface ClearingHouseOptions {
  /** Other threads; none: this one clears everything, in the same way. */
  readonly helpers?: readonly Helper[]
  /** {@link SHARED_ORDERS} where absent. */
  readonly sharedOrders?: number | undefined
  /** {@link clearingPatience} where absent. */
  readonly patience?: (orders: number) => number
}

/**
 * Clears the markets of a block, each from its own book and context alone, with the help of other threads. Workers take the largest
 * books first, this thread the smallest ones; at last it waits for what a worker has taken. Nothing depends on who cleared what: all run
 * {@link clearBatch}. A worker that dies, errs, says nothing in time or says what cannot be costs a little time; its market is cleared
 * again here.
 */
export class ClearingHouse {
  readonly #helpers: readonly Helper[]
  readonly #sharedOrders: number
  readonly #patience: (orders: number) => number
  #isOpen = true
  #tickets = 0
  /** Of the last round, if nobody can still be at work on it. */
  #round: ClearingRound | undefined
  /** Markets so far that a worker cleared. */
  #helped = 0

  constructor(options: ClearingHouseOptions = {}) {
    this.#helpers = options.helpers ?? []
    this.#sharedOrders = options.sharedOrders ?? SHARED_ORDERS
    this.#patience = options.patience ?? clearingPatience
  }

  /** Markets that workers have cleared so far: who clears what decides nothing else. */
  get helped(): number {
    return this.#helped
  }

  /** No worker is asked any more. */
  close(): void {
    this.#isOpen = false
    this.#round = undefined
  }

  /** The batches of these books, in their order. */
  clear(cases: readonly Case[]): readonly Batch[] {
    const batches = new Array<Batch>(cases.length)
    const shared = this.#shared(cases)
    if (shared.length === 0) return cases.map(clearHere)
    const round = this.#open(shared.map(i => cases[i]!))
    const isShared = new Set(shared)
    for (const [i, one] of cases.entries()) if (!isShared.has(i)) batches[i] = clearHere(one)
    const taken: number[] = []
    for (let market = shared.length - 1; market >= 0; market--) {
      const i = shared[market]!
      if (round.take(market)) batches[i] = clearHere(cases[i]!)
      else taken.push(market)
    }
    let isQuiet = true
    for (const market of taken) {
      const one = cases[shared[market]!]!
      // Of those who keep us waiting only the first one does.
      const patience = isQuiet ? this.#patience(one.book.size) : 0
      if (!round.settle(market, patience)) isQuiet = false
      const batch = round.batch(market, one)
      if (batch) this.#helped++
      batches[shared[market]!] = batch ?? clearHere(one)
    }
    // A late worker may still write into the memory of this round: the next one gets other memory.
    if (isQuiet) this.#round = round
    return batches
  }

  /** Which of the cases are worth sharing, the largest first. */
  #shared(cases: readonly Case[]): number[] {
    if (!this.#isOpen || this.#helpers.length === 0) return []
    const large = [...cases.keys()]
      .filter(i => cases[i]!.book.size >= this.#sharedOrders)
      .sort((a, b) => cases[b]!.book.size - cases[a]!.book.size)
    // A worker that has the only one saves nothing.
    return cases.length < 2 ? [] : large.slice(0, MAX_SHARED_MARKETS)
  }

  /** Until it ends well nobody may use its memory again. */
  #open(cases: readonly Case[]): ClearingRound {
    const before = this.#round
    this.#round = undefined
    this.#tickets = (this.#tickets + 1) | 0
    const round = ClearingRound.open(cases, this.#tickets, before)
    for (const tell of this.#helpers.slice(0, cases.length)) tell(round.memory)
    return round
  }
}

function clearHere({ book, context }: Case): Batch {
  return clearBatch(book, context)
}
