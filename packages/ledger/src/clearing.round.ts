import {
  type Batch,
  type Case,
  clearBatch,
  outcomeWords,
  parcelBytes,
  readOutcome,
  readParcel,
  writeOutcome,
  writeParcel,
} from '@omg/exchange'

/** Most markets of one round that several threads share; the smaller ones beyond it are the main thread's. */
export const MAX_SHARED_MARKETS = 256

/** What has become of a market of a round. A thread may clear a market only if it was the one that took it. */
const STATE = { none: 0, open: 1, taken: 2, done: 3, failed: 4 } as const

/** Words of the memory, as Int32: the ticket, the number of markets, and the table of markets. */
const [TICKET, COUNT, TABLE] = [0, 1, 2] as const
/** Words of a market in the table: its state, and where its parcel and its outcome start and how long that is, in words. */
const [AT_STATE, AT_PARCEL, AT_OUTCOME, OUTCOME_LENGTH, ENTRY_WORDS] = [0, 1, 2, 3, 4] as const
/** Everything starts at a multiple of it. */
const ALIGNMENT = 8
const HEAD_BYTES = aligned(4 * (TABLE + ENTRY_WORDS * MAX_SHARED_MARKETS))
/** Memory grows to twice what is needed: a book that grows does not need new memory in every block. */
const SPARE = 2

/**
 * Markets of one block that several threads clear: parcels, outcomes and a table of who does what, in memory that all of them see. The
 * main thread writes a round and opens it; after that threads only take markets from its table, by compare-and-swap, from both ends. Memory
 * serves the next round as well, if by then nobody can still be at work on this one.
 */
export class ClearingRound {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#words = new Int32Array(memory)
  }

  /** A round of these cases, in the same memory where that suffices and nobody works in it. */
  static open(cases: readonly Case[], ticket: number, before?: ClearingRound): ClearingRound {
    const parcels = cases.map(one => aligned(parcelBytes(one)))
    const outcomes = cases.map(({ book }) => aligned(4 * outcomeWords(book.end)))
    const bytes = HEAD_BYTES + [...parcels, ...outcomes].reduce((sum, length) => sum + length, 0)
    const isEnough = before !== undefined && before.memory.byteLength >= bytes
    const round = isEnough ? before : new ClearingRound(new SharedArrayBuffer(SPARE * bytes))
    const words = round.#words
    words[TICKET] = ticket
    let at = HEAD_BYTES
    for (const [market, one] of cases.entries()) {
      const entry = entryOf(market)
      words[entry + AT_PARCEL] = at / 4
      writeParcel(one, round.memory, at)
      at += parcels[market]!
      words[entry + AT_OUTCOME] = at / 4
      words[entry + OUTCOME_LENGTH] = outcomes[market]! / 4
      at += outcomes[market]!
    }
    Atomics.store(words, COUNT, cases.length)
    // From here on it is everybody's: what stands above was written before.
    for (const market of cases.keys()) Atomics.store(words, entryOf(market) + AT_STATE, STATE.open)
    return round
  }

  get count(): number {
    return Atomics.load(this.#words, COUNT)
  }

  /** Takes a market, if nobody has. */
  take(market: number): boolean {
    const at = entryOf(market) + AT_STATE
    return Atomics.compareExchange(this.#words, at, STATE.open, STATE.taken) === STATE.open
  }

  /** Clears a market that this thread has taken, from its parcel, and says so. Throws nothing: what goes wrong is said, too. */
  clear(market: number): void {
    const words = this.#words
    const entry = entryOf(market)
    let state: number = STATE.failed
    try {
      const { book, context } = readParcel(this.memory, 4 * words[entry + AT_PARCEL]!)
      writeOutcome(clearBatch(book, context), this.#outcome(market), words[TICKET]!)
      state = STATE.done
    } catch {
      // The main thread clears the market itself, and meets the same error if it is one.
    }
    Atomics.store(words, entry + AT_STATE, state)
    Atomics.notify(words, entry + AT_STATE)
  }

  /** Waits until a market that another thread has taken is cleared, or has failed. False if that takes too long. */
  settle(market: number, milliseconds: number): boolean {
    return Atomics.wait(this.#words, entryOf(market) + AT_STATE, STATE.taken, milliseconds) !== 'timed-out'
  }

  /** What the thread that took a market says. Undefined if it says nothing, or nothing that can be a batch of this book. */
  batch(market: number, { book, context }: Case): Batch | undefined {
    if (Atomics.load(this.#words, entryOf(market) + AT_STATE) !== STATE.done) return undefined
    return readOutcome(this.#outcome(market), this.#words[TICKET]!, book, context)
  }

  #outcome(market: number): Uint32Array {
    const entry = entryOf(market)
    return new Uint32Array(
      this.memory,
      4 * this.#words[entry + AT_OUTCOME]!,
      this.#words[entry + OUTCOME_LENGTH]!,
    )
  }
}

/** What a worker does when it hears of a round: it takes markets from the front, until none is left. */
export function helpClear(memory: SharedArrayBuffer): void {
  const round = new ClearingRound(memory)
  for (let market = 0; market < round.count; market++) if (round.take(market)) round.clear(market)
}

function entryOf(market: number): number {
  return TABLE + ENTRY_WORDS * market
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}
