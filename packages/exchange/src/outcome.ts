import type { BookRows } from './book.ts'
import { FLAG } from './row.ts'
import type {
  Batch,
  BatchContext,
  Fill,
  LeftOut,
  LeftOutReason,
  OrderRef,
  Release,
  ReleaseReason,
  Settlement,
  Unsettled,
} from './types.ts'

// A batch as one run of 32-bit words: how a thread that cleared a market tells the one that keeps its book. An order and what a few bits
// say of it share a word: refs stay below 2^20.

const REF_BITS = 24
const REF_MASK = (1 << REF_BITS) - 1
const RELEASES: readonly ReleaseReason[] = [
  'expired',
  'postOnly',
  'selfTrade',
  'minimumFill',
  'immediateOrCancel',
  'filled',
]
const LEFT_OUT: readonly LeftOutReason[] = [
  'unspendable',
  'expired',
  'asleep',
  'fee',
  'postOnly',
  'selfTrade',
  'minimumFill',
]
const HAS = { price: 1, rationing: 2, rationedSells: 4 } as const

/** The first words: the sum over all others, and how many there are. */
const [SUM, LENGTH, HEAD] = [0, 1, 2] as const
/** Most words of the fixed part. */
const FIXED = 32
/** In the worst case: traded, released twice, left out, unsettled, a debut, and in SETTLEs once and an eighth. */
const WORDS_OF_ORDER = 14

/** Words that a batch over so many rows needs at most. */
export function outcomeWords(rows: number): number {
  return FIXED + WORDS_OF_ORDER * rows
}

/**
 * Writes a batch. `ticket` is part of its sum, so that what is left of another one is not taken for it. Throws a `RangeError` where the
 * words do not suffice.
 */
export function writeOutcome(batch: Batch, words: Uint32Array, ticket: number): void {
  const pen = new Pen(words)
  const { price, interval, rationing, volume, demand, supply } = batch
  const isSell = rationing?.side === 'sell'
  pen.put(
    (price === undefined ? 0 : HAS.price) |
      (rationing ? HAS.rationing : 0) |
      (isSell ? HAS.rationedSells : 0),
  )
  pen.put(price ?? 0)
  pen.put(interval?.low ?? 0)
  pen.put(interval?.high ?? 0)
  pen.put(rationing?.tick ?? 0)
  pen.put(Number(rationing?.height ?? 0n))
  for (const sum of [volume, demand, supply, rationing?.lots ?? 0, rationing?.of ?? 0]) pen.putLong(sum)
  const { buys, sells, releases, debuts, leftOut, unsettled, settlements } = batch
  for (const { length } of [buys, sells, releases, debuts, leftOut, unsettled, settlements]) pen.put(length)
  for (const fill of buys) pen.putFill(fill)
  for (const fill of sells) pen.putFill(fill)
  for (const { order, reason, lots } of releases) pen.putMarked(order, RELEASES.indexOf(reason), lots)
  for (const ref of debuts) pen.put(ref)
  for (const { order, reason } of leftOut) pen.put(order | (LEFT_OUT.indexOf(reason) << REF_BITS))
  for (const { order, lots } of unsettled) pen.putMarked(order, 0, lots)
  for (const { fills } of settlements) {
    pen.put(fills.length)
    for (const fill of fills) pen.putFill(fill)
  }
  words[LENGTH] = pen.at
  words[SUM] = sumOf(words, pen.at, ticket)
}

/**
 * The batch that words describe. Undefined where they are not what {@link writeOutcome} wrote with this ticket, or say what no batch of
 * this book can: then the market is cleared again.
 */
export function readOutcome(
  words: Uint32Array,
  ticket: number,
  book: BookRows,
  { height }: Pick<BatchContext, 'height'>,
): Batch | undefined {
  const length = words[LENGTH]!
  if (length > words.length || length < HEAD || words[SUM] !== sumOf(words, length, ticket)) return undefined
  const eye = new Eye(words, length, book)
  const has = eye.take()
  const [price, low, high, tick, block] = [eye.take(), eye.take(), eye.take(), eye.take(), eye.take()]
  const [volume, demand, supply, lots, of] = [eye.long(), eye.long(), eye.long(), eye.long(), eye.long()]
  const counts = Array.from({ length: 7 }, () => eye.take())
  const side = has & HAS.rationedSells ? 'sell' : 'buy'
  const batch: Batch = {
    market: book.market.id,
    height,
    price: has & HAS.price ? price : undefined,
    volume,
    interval: has & HAS.price ? { low, high } : undefined,
    demand,
    supply,
    rationing: has & HAS.rationing ? { side, tick, height: BigInt(block), lots, of } : undefined,
    buys: eye.list(counts[0]!, () => eye.fill()),
    sells: eye.list(counts[1]!, () => eye.fill()),
    releases: eye.list(counts[2]!, () => eye.release()),
    debuts: eye.list(counts[3]!, () => eye.ref(eye.take())),
    leftOut: eye.list(counts[4]!, () => eye.leftOut()),
    unsettled: eye.list(counts[5]!, () => eye.unsettled()),
    settlements: eye.list(counts[6]!, () => eye.settlement()),
  }
  return eye.isAtEnd && agrees(batch, book) ? batch : undefined
}

/** Whether as much is bought as sold, by orders of the right side that have it, and exactly that is settled. */
function agrees({ buys, sells, volume, settlements }: Batch, { columns, end }: BookRows): boolean {
  const open = new Float64Array(end)
  const take = (fills: readonly Fill[], side: number) => {
    let sum = 0
    for (const { order, lots } of fills) {
      if (open[order] !== 0 || lots === 0 || lots > columns.lots[order]!) return false
      if ((columns.flags[order]! & FLAG.sell) !== side) return false
      open[order] = lots
      sum += lots
    }
    return sum === volume
  }
  if (!take(buys, 0) || !take(sells, FLAG.sell)) return false
  for (const { fills } of settlements) for (const { order, lots } of fills) open[order]! -= lots
  return open.every(left => left === 0)
}

class Pen {
  readonly #words: Uint32Array
  at: number = HEAD

  constructor(words: Uint32Array) {
    this.#words = words
  }

  put(word: number): void {
    if (this.at === this.#words.length) throw new RangeError('the batch outgrew its words')
    this.#words[this.at++] = word
  }

  /** A sum of lots: below 2^53. */
  putLong(sum: number): void {
    this.put(Math.floor(sum / 2 ** 32))
    this.put(sum % 2 ** 32)
  }

  putMarked(order: OrderRef, mark: number, lots: number): void {
    this.put(order | (mark << REF_BITS))
    this.put(lots)
  }

  putFill({ order, lots, maker }: Fill): void {
    this.putMarked(order, maker ? 1 : 0, lots)
  }
}

/** Reads words in turn. What is not there, or is not of the book, is zero, and then it does not come to the end. */
class Eye {
  readonly #words: Uint32Array
  readonly #length: number
  readonly #book: BookRows
  #at: number = HEAD
  #failed = false

  constructor(words: Uint32Array, length: number, book: BookRows) {
    this.#words = words
    this.#length = length
    this.#book = book
  }

  get isAtEnd(): boolean {
    return !this.#failed && this.#at === this.#length
  }

  take(): number {
    if (this.#at < this.#length) return this.#words[this.#at++]!
    this.#failed = true
    return 0
  }

  long(): number {
    const sum = this.take() * 2 ** 32
    return sum + this.take()
  }

  list<T>(count: number, read: () => T): T[] {
    const items: T[] = []
    for (let i = 0; i < count && !this.#failed; i++) items.push(read())
    return items
  }

  /** A live order of the book. */
  ref(word: number): OrderRef {
    const ref = word & REF_MASK
    if (ref >= this.#book.end || this.#book.columns.lots[ref] === 0) this.#failed = true
    return ref as OrderRef
  }

  fill(): Fill {
    const word = this.take()
    return { order: this.ref(word), lots: this.take(), maker: this.#mark(word, [false, true]) }
  }

  release(): Release {
    const word = this.take()
    return { order: this.ref(word), reason: this.#mark(word, RELEASES), lots: this.take() }
  }

  leftOut(): LeftOut {
    const word = this.take()
    return { order: this.ref(word), reason: this.#mark(word, LEFT_OUT) }
  }

  unsettled(): Unsettled {
    const word = this.take()
    return { order: this.ref(word), lots: this.take() }
  }

  settlement(): Settlement {
    return { fills: this.list(this.take(), () => this.fill()) }
  }

  #mark<T>(word: number, names: readonly T[]): T {
    const mark = word >>> REF_BITS
    if (mark >= names.length) this.#failed = true
    return names[mark]!
  }
}

/** FNV-1a over words, from a ticket. */
function sumOf(words: Uint32Array, length: number, ticket: number): number {
  let sum = Math.imul(0x811c_9dc5 ^ ticket, 0x0100_0193)
  for (let i = LENGTH; i < length; i++) {
    sum = Math.imul(sum ^ words[i]!, 0x0100_0193)
    sum ^= sum >>> 15
  }
  return sum >>> 0
}
