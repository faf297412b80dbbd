import {
  type BatchLeaf,
  Book,
  BookCommitment,
  type BookOrder,
  batchHash,
  batchRoot,
  bookRoot,
  type Market,
  type MarketBook,
} from '@omg/exchange'
import {
  type Address,
  type Guard,
  HASH_BYTES,
  type Hash,
  type OutputId,
  OutputType,
  unwrap,
  ZERO_HASH,
} from '@omg/protocol'
import { ENTRY, readEntry } from '../entry.ts'
import { ledgerError } from '../errors.ts'
import { ENTRY_BYTES, type FeeToken, type UnspentOutputs } from '../types.ts'
import { StateSum } from './digest.ts'
import { Heirs } from './heirs.ts'
import type { StateHolding } from './holding.ts'
import { Holdings } from './holdings.ts'
import type { StandingOrder } from './standing.ts'
import {
  batchRecord,
  heirRecord,
  holdingRecord,
  instructionRecord,
  priceRecord,
  readRecord,
} from './store.ts'
import type {
  GivenBackReason,
  HeldOutput,
  Holding,
  HoldingChange,
  OrderChanges,
  OrderRecord,
} from './types.ts'
import { LiveValues } from './values.ts'

/** The orders of one market that do not wait to go back. */
interface MarketOrders {
  /** Those that wait for their trigger. */
  readonly untriggered: Set<Guard>
  readonly book: Book
  /** What stands at each place of the book. */
  readonly standing: (StateHolding | undefined)[]
  readonly commitment: BookCommitment
}

/** What the header of a checkpoint commits to about orders; zero where there are none. */
export interface CheckpointRoots {
  /** The books after the last block. */
  readonly bookRoot: Hash
  readonly batchRoot: Hash
}

/**
 * What ledger rules version 2 keep beside the live outputs: terms by guard, the orders of every market, last clearing prices,
 * and the instructions that could be replayed. Only `apply` changes it, with what a block was found to change, so a refused
 * block leaves no trace. Its durable form is a set of records, of which each block changes a few.
 */
export class OrderState {
  readonly #holdings = new Holdings()
  readonly #orders = new Map<Hash, MarketOrders>()
  readonly #released = new Map<Guard, GivenBackReason>()
  readonly #prices = new Map<Hash, number>()
  /** Who inherits locks from what. To read. */
  readonly heirs = new Heirs()
  /** Of the open checkpoint, by hash. */
  readonly #batches = new Map<Hash, BatchLeaf>()
  readonly #instructions = new Map<Hash, bigint>()
  /** The same by `validUntil`, of which there are few: nobody may look further ahead than two hours. */
  readonly #deaths = new Map<bigint, Hash[]>()
  readonly #values: LiveValues
  readonly #sum = new StateSum()
  readonly #remove = (id: OutputId, held: HeldOutput, holding: StateHolding) => {
    this.#values.add(holding, held, -1n)
    holding.held.delete(id)
  }
  readonly #hold = (id: OutputId, held: HeldOutput, holding: StateHolding) => {
    holding.held.set(id, held)
    this.#values.add(holding, held, 1n)
  }

  constructor(feeTokens: readonly FeeToken[]) {
    this.#values = new LiveValues(feeTokens)
  }

  /** Whether there is nothing at all: then the chain is as under rules version 1. */
  get isEmpty(): boolean {
    return this.#holdings.size === 0 && this.#instructions.size === 0
  }

  /** Live orders of all markets. */
  get liveOrders(): number {
    let count = this.#released.size
    for (const { book } of this.#orders.values()) count += book.size
    return count
  }

  /** A sum over all records: what a store lost or damaged is found out when the ledger starts from it. */
  get hash(): bigint {
    return this.#sum.valueWith(this.heirs.hash)
  }

  holding(guard: Guard): StateHolding | undefined {
    return this.#holdings.get(guard)
  }

  /** Everything under any guard. */
  holdings(): Iterable<readonly [Guard, StateHolding]> {
    return this.#holdings
  }

  /** The orders of a market that stand in its auction; undefined where there are none. To read. */
  book(market: Hash): Book | undefined {
    const book = this.#orders.get(market)?.book
    return book?.size ? book : undefined
  }

  /** What a market's book is committed to as. */
  bookRoot(market: Hash): MarketBook | undefined {
    return this.book(market) && this.#orders.get(market)!.commitment.root()
  }

  /** Live orders of a market, with those that wait to go back. */
  *live(market: Hash): Generator<StandingOrder> {
    for (const holding of this.#orders.get(market)?.standing ?? []) if (holding) yield holding.live!
    for (const guard of this.#released.keys()) {
      const { terms, live } = this.#holdings.get(guard)!
      if (terms!.market === market) yield live!
    }
  }

  /** Orders of a market whose trigger no price has crossed. */
  *untriggered(market: Hash): Generator<BookOrder> {
    for (const guard of this.#orders.get(market)?.untriggered ?? []) {
      yield this.#holdings.get(guard)!.live!.order
    }
  }

  /** Orders that wait to go back, in no particular order. */
  released(): Iterable<readonly [Guard, GivenBackReason]> {
    return this.#released
  }

  lastPrice(market: Hash): number | undefined {
    return this.#prices.get(market)
  }

  /** Whether an instruction was included and could still be replayed. */
  isIncluded(instruction: Hash): boolean {
    return this.#instructions.has(instruction)
  }

  /** Steps that the live ORDER value of an owner allows beyond the base: one for each `unitsPerStep` lane units of a fee token. */
  stepsOf(owner: Address, unitsPerStep: bigint): number {
    return this.#values.stepsOf(owner, unitsPerStep)
  }

  /** Carries out a block. Returns the roots of the checkpoint that it closes, if it does. */
  apply(changes: OrderChanges): CheckpointRoots | undefined {
    for (const change of changes.holdings) this.#applyHolding(change)
    for (const { guard, live } of changes.acted) this.#act(this.#holdings.get(guard)!, live)
    for (const [market, price] of changes.prices) {
      const before = this.#prices.get(market)
      if (before !== undefined) this.#addRecord(priceRecord(market, before), -1)
      this.#prices.set(market, price)
      this.#addRecord(priceRecord(market, price), 1)
    }
    for (const [hash, validUntil] of changes.instructions) {
      this.#include(hash, validUntil)
      this.#addRecord(instructionRecord(hash, validUntil), 1)
    }
    for (const hash of changes.forgotten) this.#forget(hash)
    for (let at = 0; at < changes.heirs.length; ) at = this.heirs.addAt(changes.heirs, at)
    for (let at = 0; at < changes.settled.length; at += HASH_BYTES) this.heirs.removeAt(changes.settled, at)
    for (const leaf of changes.batches) this.#addBatch(leaf)
    return changes.closed && this.#closeCheckpoint()
  }

  /** What the blocks of the open checkpoint added to its `batchRoot`. */
  get openBatches(): readonly BatchLeaf[] {
    return [...this.#batches.values()]
  }

  /** Instructions that no block with this origin time, or a later one, can include any more. */
  dead(originTime: bigint): Hash[] {
    return [...this.#deaths].flatMap(([validUntil, hashes]) => (validUntil < originTime ? hashes : []))
  }

  /** The whole durable form. */
  *records(): Generator<OrderRecord> {
    for (const [guard, holding] of this.#holdings) if (holding.terms) yield holdingRecord(guard, holding)
    for (const [market, price] of this.#prices) yield priceRecord(market, price)
    for (const [hash, validUntil] of this.#instructions) yield instructionRecord(hash, validUntil)
    for (const leaf of this.#batches.values()) yield batchRecord(leaf)
    for (const heir of this.heirs.all()) yield heirRecord(heir)
  }

  /**
   * The state of a chain with these live outputs, from its records.
   * Throws `ledger.snapshot` where a record is damaged or missing.
   */
  static load(
    feeTokens: readonly FeeToken[],
    records: Iterable<OrderRecord>,
    unspent: UnspentOutputs,
  ): OrderState {
    const state = new OrderState(feeTokens)
    for (const record of records) {
      const read = readRecord(record)
      if (!read) throw ledgerError('ledger.snapshot', 'a record of the order state is damaged')
      if (read.kind === 'holding') {
        state.#restoreHolding(read.guard, read.holding)
        continue
      }
      if (read.kind === 'heir') {
        state.heirs.add(read.heir)
        continue
      }
      if (read.kind === 'price') state.#prices.set(read.market, read.price)
      else if (read.kind === 'instruction') state.#include(read.hash, read.validUntil)
      else state.#batches.set(batchHash(read.leaf), read.leaf)
      state.#addRecord(record, 1)
    }
    for (const chunk of unspent.entries()) {
      for (let at = 0; at < chunk.length; at += ENTRY_BYTES) state.#restoreOutput(chunk, at)
    }
    return state
  }

  #restoreHolding(guard: Guard, { terms, references, live }: Omit<Holding, 'outputs'>): void {
    const holding = this.#holdings.open(guard)
    holding.terms = terms
    holding.references = references
    if (live) this.#place(holding, terms!.market, live)
    holding.live = live
    this.#addToSum(holding)
  }

  #restoreOutput(chunk: Uint8Array, at: number): void {
    // Most outputs are COIN: not worth decoding.
    if (chunk[at + ENTRY.output] !== OutputType.order) return
    const { id, output, position, height } = readEntry(chunk, at)
    const holding = this.#holdings.open(output.guard)
    const held = { ...output, guard: holding.guard, height, position }
    holding.held.set(id, held)
    this.#values.add(holding, held, 1n)
  }

  #applyHolding(change: HoldingChange): void {
    const { guard, base, terms, references, live } = change
    const holding = base ?? this.#holdings.open(guard)
    this.#takeFromSum(holding)
    const market = holding.terms?.market ?? terms?.market ?? ZERO_HASH
    if (holding.live) this.#displace(holding, market, holding.live, live)

    change.removed.forEach(this.#remove, holding)
    if (holding.terms === undefined && terms !== undefined) {
      // Deposits whose terms were unknown until now.
      holding.terms = terms
      if (holding.held.size > 0) for (const [, held] of holding.held) this.#values.add(holding, held, 1n)
    }
    change.added.forEach(this.#hold, holding)
    holding.references = references
    if (live) this.#place(holding, market, live)
    holding.live = live
    holding.terms = terms
    if (terms) this.#addToSum(holding)
    else if (holding.held.size === 0) this.#holdings.delete(guard)
  }

  /** Notes that an order was in its first batch. */
  #act(holding: StateHolding, live: StandingOrder): void {
    const { book } = this.#orders.get(holding.terms!.market)!
    this.#sum.holding(holding, false, -1)
    this.#sum.holding(holding, true, 1)
    book.setActed(holding.ref!)
    holding.live = live
  }

  #addToSum(holding: StateHolding): void {
    this.#sum.digest(holding, holding.guard)
    this.#sum.holding(holding, holding.live?.acted ?? false, 1)
    holding.isSummed = true
  }

  #takeFromSum(holding: StateHolding): void {
    if (holding.isSummed) this.#sum.holding(holding, holding.live?.acted ?? false, -1)
    holding.isSummed = false
  }

  /** Enters an order where it stands, unless it stood there before. */
  #place(holding: StateHolding, market: Hash, live: StandingOrder): void {
    const { guard, live: before } = holding
    const orders = this.#openMarket(market)
    const { terms, triggered, release } = live
    if (terms.triggerKind !== 'none' && !triggered) orders.untriggered.add(guard)
    if (release !== undefined) this.#released.set(guard, release)
    else if (before === undefined || !stays(before, live)) {
      const ref = unwrap(orders.book.add(live))
      orders.standing[ref] = holding
      holding.ref = ref
    }
  }

  /** Takes an order from where it stands, unless it stays there with fewer lots. */
  #displace(
    holding: StateHolding,
    market: Hash,
    before: StandingOrder,
    after: StandingOrder | undefined,
  ): void {
    const { untriggered, book, standing } = this.#orders.get(market)!
    const { guard } = holding
    if (before.terms.triggerKind !== 'none') untriggered.delete(guard)
    if (before.release !== undefined) {
      this.#released.delete(guard)
      return
    }
    const ref = holding.ref!
    if (after === undefined || !stays(before, after)) {
      book.remove(ref)
      standing[ref] = undefined
      holding.ref = undefined
      return
    }
    const lost = before.lots - after.lots
    if (lost > 0) book.reduce(ref, lost)
    if (after.acted) book.setActed(ref)
  }

  #closeCheckpoint(): CheckpointRoots {
    const books = [...this.#orders.keys()].map(market => this.bookRoot(market))
    const batches = this.openBatches
    for (const leaf of batches) this.#addRecord(batchRecord(leaf), -1)
    this.#batches.clear()
    return { bookRoot: bookRoot(books.filter(book => book !== undefined)), batchRoot: batchRoot(batches) }
  }

  #openMarket(market: Hash): MarketOrders {
    let orders = this.#orders.get(market)
    if (orders === undefined) {
      // Of its market a book knows the id only.
      const book = new Book({ id: market } as Market)
      orders = { untriggered: new Set(), book, standing: [], commitment: new BookCommitment(book) }
      this.#orders.set(market, orders)
    }
    return orders
  }

  #addBatch(leaf: BatchLeaf): void {
    this.#batches.set(batchHash(leaf), leaf)
    this.#addRecord(batchRecord(leaf), 1)
  }

  #include(hash: Hash, validUntil: bigint): void {
    this.#instructions.set(hash, validUntil)
    const hashes = this.#deaths.get(validUntil)
    if (hashes) hashes.push(hash)
    else this.#deaths.set(validUntil, [hash])
  }

  #forget(hash: Hash): void {
    const validUntil = this.#instructions.get(hash)!
    this.#instructions.delete(hash)
    this.#deaths.delete(validUntil)
    this.#addRecord(instructionRecord(hash, validUntil), -1)
  }

  #addRecord(record: OrderRecord, sign: 1 | -1): void {
    this.#sum.record(record, sign)
  }
}

/** Whether an order keeps its place in the book: it only lost lots, or was in its first batch. */
function stays(before: StandingOrder, now: StandingOrder): boolean {
  return (
    before.release === undefined &&
    now.release === undefined &&
    now.position === before.position &&
    now.triggered === before.triggered &&
    now.lots <= before.lots &&
    now.lots > 0 &&
    (now.acted || !before.acted)
  )
}
