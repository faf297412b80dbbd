import { type Address, fail, fromHex, type Guard, ok, type Position, type Result, toHex } from '@omg/protocol'
import { bytesOf, grown } from './columns.ts'
import { exchangeError } from './errors.ts'
import { KeyTable } from './keys.ts'
import { MAX_BOOK_ORDERS } from './limits.ts'
import { crosses, turns } from './order.ts'
import { Owners } from './owners.ts'
import { FLAG, type OrderRow, readFlags, rowOf, TRIGGER } from './row.ts'
import { sortByAge } from './sort.ts'
import type { Batch, BookOrder, Level, Market, OrderRef, Side } from './types.ts'

const START_ORDERS = 64
const START_SPECIAL = 16

/** The names of an order that is about to enter some book. */
const names = new Uint8Array(52)

/** Hears of every change of a book, before an order leaves its place and after it took one. */
export interface BookListener {
  /** An order stands at a place now, or its lots or its state changed there. */
  stands(ref: OrderRef): void
  /** An order is about to leave its place. */
  leaves(ref: OrderRef): void
}

/** What most orders have. A ref is the number of a row. */
export interface OrderColumns {
  readonly owner: Uint32Array
  /** Where the order stands now. */
  readonly tick: Uint32Array
  /** 0 marks a row that is not in use. */
  readonly lots: Uint32Array
  readonly height: Uint32Array
  readonly checkpoint: Uint32Array
  readonly path: Uint32Array
  readonly flags: Uint16Array
  readonly maxFeeBps: Uint16Array
  /** The row in the special columns + 1; 0 for an order without expiry, minimum and trigger. */
  readonly special: Uint32Array
}

/** What few orders have. */
export interface SpecialColumns {
  readonly limit: Uint32Array
  readonly minFill: Uint32Array
  readonly expiry: Float64Array
  readonly triggerPrice: Uint32Array
  readonly triggerLimit: Uint32Array
}

/** What an auction reads of a book. A {@link Book} has it, and so has what another thread was given of one. */
export interface BookRows {
  readonly market: Pick<Market, 'id'>
  /** All refs are below it. */
  readonly end: number
  /** All owner numbers are below it. */
  readonly ownersEnd: number
  readonly columns: OrderColumns
  readonly specialColumns: Pick<SpecialColumns, 'minFill' | 'expiry'>
  /** The name of a live order. */
  guardBytes(ref: OrderRef): Uint8Array
}

/**
 * The live orders of one market, in columns of numbers: about 80 bytes an order, no object for any of them. The same
 * orders make the same book, in whatever order they came.
 */
export class Book implements BookRows {
  readonly market: Market
  readonly #guards: KeyTable
  readonly #owners: Owners
  #columns: OrderColumns
  #special: SpecialColumns
  #specialEnd = 0
  #specialFree: number[] = []
  readonly #listeners: BookListener[] = []
  /** Counted when somebody asks, until the next change. */
  #levels: Record<Side, Level[] | undefined> = { buy: undefined, sell: undefined }

  /** @param seed Anything that is hard to guess; spreads the guards, which strangers choose, over the table. */
  constructor(market: Market, { seed = 0 }: { readonly seed?: number } = {}) {
    this.market = market
    this.#guards = new KeyTable(32, START_ORDERS, seed)
    this.#owners = new Owners(seed)
    this.#columns = orderColumns(START_ORDERS)
    this.#special = specialColumns(START_SPECIAL)
  }

  /** Live orders. */
  get size(): number {
    return this.#guards.size
  }

  /** All refs are below it. */
  get end(): number {
    return this.#guards.end
  }

  /** All owner numbers are below it. */
  get ownersEnd(): number {
    return this.#owners.end
  }

  /** The columns, to read. They are replaced when the book grows: do not keep them over a change. */
  get columns(): OrderColumns {
    return this.#columns
  }

  get specialColumns(): SpecialColumns {
    return this.#special
  }

  /** Bytes of memory behind the orders. */
  get byteLength(): number {
    return (
      this.#guards.byteLength +
      this.#owners.byteLength +
      bytesOf({ ...this.#columns }) +
      bytesOf({ ...this.#special })
    )
  }

  /** The order of a guard, if it is live. */
  find(guard: Guard): OrderRef | undefined {
    return this.findBytes(fromHex(guard))
  }

  /** The order whose guard starts at an offset of some bytes. */
  findBytes(bytes: Uint8Array, offset = 0): OrderRef | undefined {
    const slot = this.#guards.find(bytes, offset)
    return slot < 0 ? undefined : (slot as OrderRef)
  }

  /** Enters an order. Errors: `order.duplicate`, `book.full`. */
  add(order: BookOrder): Result<OrderRef> {
    return this.insert(rowOf(order, names))
  }

  /** Enters an order from bytes and numbers. Errors: `order.duplicate`, `book.full`. */
  insert(row: OrderRow): Result<OrderRef> {
    if (row.lots < 1 || row.limit < 1) throw new Error(`an order of ${row.lots} lots at ${row.limit}`)
    if (this.size >= MAX_BOOK_ORDERS) return fail(exchangeError('book.full', `${this.size} orders are live`))
    const ref = this.#guards.insert(row.guard, row.guardAt) as OrderRef
    if (ref < 0) return fail(exchangeError('order.duplicate', `the order ${guardOf(row)} is live`))
    if (this.#columns.lots.length < this.#guards.capacity) {
      this.#columns = grown({ ...this.#columns }, this.#guards.capacity)
    }
    const columns = this.#columns
    columns.owner[ref] = this.#owners.enter(row.owner, row.ownerAt)
    columns.lots[ref] = row.lots
    columns.height[ref] = row.height
    columns.checkpoint[ref] = row.checkpoint
    columns.path[ref] = row.path
    columns.flags[ref] = row.flags
    columns.maxFeeBps[ref] = row.maxFeeBps
    columns.special[ref] = isSpecial(row) ? this.#addSpecial(row) + 1 : 0
    columns.tick[ref] = isTurned(row.flags) ? row.triggerLimit : row.limit
    this.#stands(ref)
    return ok(ref)
  }

  /** Takes lots from an order; without any left it leaves the book. Throws where it has fewer. */
  reduce(ref: OrderRef, lots: number): void {
    const left = this.lotsOf(ref) - lots
    if (left < 0 || lots < 0) throw new Error(`an order of ${left + lots} lots cannot lose ${lots}`)
    if (left === 0) {
      this.remove(ref)
      return
    }
    this.#columns.lots[ref] = left
    this.#stands(ref)
  }

  /** Notes that an order was in its first batch. */
  setActed(ref: OrderRef): void {
    if (!(this.#columns.flags[ref]! & FLAG.acted)) this.#setFlag(ref, FLAG.acted)
  }

  /** Takes an order out of the book. */
  remove(ref: OrderRef): void {
    this.#leaves(ref)
    const { lots, owner, special } = this.#columns
    this.#owners.leave(owner[ref]!)
    if (special[ref] !== 0) this.#specialFree.push(special[ref]! - 1)
    lots[ref] = 0
    this.#guards.remove(ref)
  }

  /** What is left of a live order. Throws for one that is gone. */
  lotsOf(ref: OrderRef): number {
    const lots = this.#columns.lots[ref]
    if (!lots) throw new Error(`no live order has the ref ${ref}`)
    return lots
  }

  /** Carries a batch out: fills, releases, triggers. Orders of its own block enter afterwards, and do not see its price. */
  apply(batch: Batch): void {
    for (const ref of batch.debuts) this.#setFlag(ref, FLAG.acted)
    for (const { order, lots } of batch.buys) this.reduce(order, lots)
    for (const { order, lots } of batch.sells) this.reduce(order, lots)
    for (const { order, lots } of batch.releases) if (lots > 0) this.reduce(order, lots)
    if (batch.price !== undefined) this.#fire(batch.price)
  }

  /** A live order. Throws for one that is gone. */
  at(ref: OrderRef): BookOrder {
    const lots = this.lotsOf(ref)
    const columns = this.#columns
    const words = unwrapFlags(columns.flags[ref]!)
    const at = columns.special[ref]! - 1
    const special = this.#special
    return {
      guard: this.guardOf(ref),
      owner: toHex(this.ownerBytes(ref)) as Address,
      limit: at < 0 ? columns.tick[ref]! : special.limit[at]!,
      lots,
      height: BigInt(columns.height[ref]!),
      position: ((BigInt(columns.checkpoint[ref]!) << 64n) | BigInt(columns.path[ref]!)) as Position,
      maxFeeBps: columns.maxFeeBps[ref]!,
      expiry: at < 0 ? 0n : BigInt(special.expiry[at]!),
      minFill: at < 0 ? 0 : special.minFill[at]!,
      triggerPrice: at < 0 ? 0 : special.triggerPrice[at]!,
      triggerLimit: at < 0 ? 0 : special.triggerLimit[at]!,
      ...words,
    }
  }

  /** The name of a live order. */
  guardOf(ref: OrderRef): Guard {
    return toHex(this.guardBytes(ref)) as Guard
  }

  /** The name of a live order, as a view that lives until the next order enters. */
  guardBytes(ref: OrderRef): Uint8Array {
    return this.#guards.key(ref)
  }

  /** The names of all rows, one after the other, as a view that lives until the next order enters. */
  get guards(): Uint8Array {
    return this.#guards.keys
  }

  /** Copies the name of a live order: what {@link guardBytes} shows, without a view. */
  copyGuard(ref: OrderRef, target: Uint8Array, at: number): void {
    this.#guards.copyKey(ref, target, at)
  }

  /** The owner of a live order, as a view that lives until the next order enters. */
  ownerBytes(ref: OrderRef): Uint8Array {
    return this.#owners.address(this.#columns.owner[ref]!)
  }

  /** Whether a live order waits for its trigger. */
  isAsleep(ref: OrderRef): boolean {
    return isAsleep(this.#columns.flags[ref]!)
  }

  /** All live orders, the oldest first. */
  refs(): OrderRef[] {
    const refs: number[] = []
    const { lots } = this.#columns
    for (let ref = 0; ref < this.end; ref++) if (lots[ref] !== 0) refs.push(ref)
    return [...sortByAge(this.#columns, Uint32Array.from(refs))] as OrderRef[]
  }

  /** All live orders, the oldest first. */
  *orders(): IterableIterator<BookOrder> {
    for (const ref of this.refs()) yield this.at(ref)
  }

  /** The price levels of a side, the best first, without orders that are asleep. */
  levels(side: Side, depth = Number.POSITIVE_INFINITY): readonly Level[] {
    const levels = this.#levels[side] ?? levelsOf(this, side)
    this.#levels[side] = levels
    return depth >= levels.length ? levels : levels.slice(0, depth)
  }

  /** The best price level of a side. */
  best(side: Side): Level | undefined {
    return this.levels(side)[0]
  }

  /** Tells a listener of every change from now on. */
  watch(listener: BookListener): void {
    this.#listeners.push(listener)
  }

  #addSpecial(row: OrderRow): number {
    if (this.#specialFree.length === 0 && this.#specialEnd === this.#special.limit.length) {
      this.#special = grown({ ...this.#special }, 2 * this.#specialEnd)
    }
    const at = this.#specialFree.pop() ?? this.#specialEnd++
    this.#special.limit[at] = row.limit
    this.#special.minFill[at] = row.minFill
    this.#special.expiry[at] = row.expiry
    this.#special.triggerPrice[at] = row.triggerPrice
    this.#special.triggerLimit[at] = row.triggerLimit
    return at
  }

  /** A clearing price wakes or turns every order whose trigger it crosses. */
  #fire(price: number): void {
    if (this.#specialEnd === this.#specialFree.length) return
    const { lots, special, flags, tick } = this.#columns
    for (let slot = 0; slot < this.end; slot++) {
      if (lots[slot] === 0 || special[slot] === 0 || flags[slot]! & FLAG.triggered) continue
      const { triggerKind } = unwrapFlags(flags[slot]!)
      const ref = slot as OrderRef
      if (!crosses(triggerKind, this.#special.triggerPrice[special[slot]! - 1]!, price)) continue
      if (turns(triggerKind)) {
        this.#leaves(ref)
        tick[slot] = this.#special.triggerLimit[special[slot]! - 1]!
      }
      this.#setFlag(ref, FLAG.triggered)
    }
  }

  #setFlag(ref: OrderRef, flag: number): void {
    this.#columns.flags[ref]! |= flag
    this.#stands(ref)
  }

  #stands(ref: OrderRef): void {
    this.#forgetLevels()
    for (const listener of this.#listeners) listener.stands(ref)
  }

  #leaves(ref: OrderRef): void {
    this.#forgetLevels()
    for (const listener of this.#listeners) listener.leaves(ref)
  }

  #forgetLevels(): void {
    this.#levels.buy = undefined
    this.#levels.sell = undefined
  }
}

/** Whether an order with these flags waits for its trigger. */
export function isAsleep(flags: number): boolean {
  const trigger = (flags >> FLAG.triggerShift) & 7
  return (flags & FLAG.triggered) === 0 && (trigger === TRIGGER.wakeAbove || trigger === TRIGGER.wakeBelow)
}

function isTurned(flags: number): boolean {
  return (flags & FLAG.triggered) !== 0 && flags >> FLAG.triggerShift >= TRIGGER.turnAbove
}

function isSpecial({ minFill, flags }: OrderRow): boolean {
  return minFill > 0 || ((flags >> FLAG.expiryShift) & 3) !== 0 || flags >> FLAG.triggerShift !== 0
}

function guardOf({ guard, guardAt }: OrderRow): Guard {
  return toHex(guard.subarray(guardAt, guardAt + 32)) as Guard
}

function unwrapFlags(flags: number): NonNullable<ReturnType<typeof readFlags>> {
  const words = readFlags(flags)
  if (!words) throw new Error(`no order has the flags ${flags}`)
  return words
}

function levelsOf(book: Book, side: Side): Level[] {
  const { lots, flags, tick } = book.columns
  const wanted = side === 'sell' ? FLAG.sell : 0
  const levels = new Map<number, { tick: number; lots: number; orders: number }>()
  for (let ref = 0; ref < book.end; ref++) {
    if (lots[ref] === 0 || (flags[ref]! & FLAG.sell) !== wanted || isAsleep(flags[ref]!)) continue
    const level = levels.get(tick[ref]!) ?? { tick: tick[ref]!, lots: 0, orders: 0 }
    level.lots += lots[ref]!
    level.orders++
    levels.set(level.tick, level)
  }
  const sign = side === 'sell' ? 1 : -1
  return [...levels.values()].sort((a, b) => sign * (a.tick - b.tick))
}

function orderColumns(rows: number): OrderColumns {
  return {
    owner: new Uint32Array(rows),
    tick: new Uint32Array(rows),
    lots: new Uint32Array(rows),
    height: new Uint32Array(rows),
    checkpoint: new Uint32Array(rows),
    path: new Uint32Array(rows),
    flags: new Uint16Array(rows),
    maxFeeBps: new Uint16Array(rows),
    special: new Uint32Array(rows),
  }
}

function specialColumns(rows: number): SpecialColumns {
  return {
    limit: new Uint32Array(rows),
    minFill: new Uint32Array(rows),
    expiry: new Float64Array(rows),
    triggerPrice: new Uint32Array(rows),
    triggerLimit: new Uint32Array(rows),
  }
}
