import type { Execution, OrderRecord } from '@omg/ledger'
import { nodeError } from '../errors.ts'
import { type FlushState, type InstalledState, type RunTables, writeFlush, writeInstalled } from './batch.ts'
import { decodeAcceptance, decodeCheckpoint, type StoredCheckpoint } from './checkpoints.ts'
import type { FileSystem } from './files.ts'
import { History, type TransactionPlace } from './history.ts'
import { type DirectoryLock, lockDirectory } from './lock.ts'
import { BlockLog, type LogEntry, type LogPlace, type Recovery, storeError } from './log.ts'
import { OrderTable } from './orders.ts'
import { type BlockPlace, decodePlace } from './places.ts'
import { openTables, STORE_VERSION, type Tables } from './tables.ts'
import { decodeLeaves, type StoredLeaves, Unflushed } from './unflushed.ts'
import { type LiveOutputs, type UnspentQuery, UnspentTable } from './unspent.ts'

/** Net operations that wait before they are flushed to the tables. */
export const FLUSH_OPERATIONS = 200_000
/** Blocks wait for the tables when this many operations have piled up: bounds memory and the time of a recovery. */
export const MAX_UNFLUSHED_OPERATIONS = 4 * FLUSH_OPERATIONS
/** Longest time a block waits for the tables, in milliseconds. The log has it at once. */
export const FLUSH_MILLISECONDS = 10_000

export interface StoreOptions {
  directory: string
  /** Names the chain: deployment and parameters. Another chain's directory is refused. */
  genesis: string
  files?: FileSystem
  segmentBytes?: number
  flushOperations?: number
  /** Runs before each flush; tests inject failures here. */
  beforeFlush?: () => void
}

interface Meta {
  version: number
  genesis: string
}

/** Everything the node keeps on disk: the block log, and tables that follow behind it in net batches. */
export class ChainStore {
  readonly tables: Tables
  readonly #log: BlockLog
  readonly #lock: DirectoryLock
  readonly #options: StoreOptions
  readonly #runs: RunTables
  #unflushed = new Unflushed(0)
  #live: LiveOutputs | undefined
  #height = 0
  #flushing: Unflushed | undefined
  #flush: Promise<void> | undefined
  #next: LogPlace | undefined
  #flushingState: FlushState | undefined
  #save: (() => Uint8Array) | undefined
  #total = 0
  #first = 1n
  #timer: NodeJS.Timeout | undefined
  /** Settles when the tables may change again. */
  #held: Promise<void> | undefined
  /** Why the last flush failed; cleared by the next that works. */
  flushError: Error | undefined

  private constructor(options: StoreOptions, lock: DirectoryLock, tables: Tables, log: BlockLog) {
    this.#options = options
    this.#lock = lock
    this.tables = tables
    this.#log = log
    this.#runs = {
      tables,
      transactions: new History(tables.runs, 'transactions'),
      spends: new History(tables.runs, 'spends'),
      instructions: new History(tables.runs, 'instructions'),
      unspent: new UnspentTable(tables.unspent),
      orders: new OrderTable(tables.orders),
    }
    this.#total = Number(tables.meta.get('total')?.toString() ?? 0)
    this.#first = BigInt(tables.meta.get('first')?.toString() ?? 1)
  }

  /** Errors (thrown): store.locked, store.mismatch, store.unavailable. */
  static async open(options: StoreOptions): Promise<ChainStore> {
    const lock = lockDirectory(options.directory)
    try {
      const tables = openTables(options.directory)
      const log = await BlockLog.open({
        directory: `${options.directory}/blocks`,
        ...(options.files ? { files: options.files } : {}),
        ...(options.segmentBytes ? { segmentBytes: options.segmentBytes } : {}),
      })
      const store = new ChainStore(options, lock, tables, log)
      await store.#assertGenesis()
      return store
    } catch (error) {
      lock.release()
      throw error
    }
  }

  /** The ledger's state as of the last flush; undefined for a new chain. */
  flushedState(): Buffer | undefined {
    return this.tables.meta.get('state')
  }

  /** The unspent set as of the last flush. */
  *flushedEntries(): Generator<Uint8Array> {
    yield* this.#runs.unspent.load()
  }

  /** The order state as of the last flush, by key. */
  *flushedOrders(): Generator<OrderRecord> {
    yield* this.#runs.orders.load()
  }

  /** Tells the store which outputs live. To be called once, when the ledger is restored. */
  attach(live: LiveOutputs, height: bigint): void {
    this.#live = live
    this.#height = Number(height)
    this.#unflushed = new Unflushed(this.#height)
  }

  /** Replays the blocks of the log that the tables do not have yet. `replay` must end by calling {@link stage}. */
  async recover(replay: (entry: LogEntry) => Promise<void>): Promise<Recovery> {
    const bytes = this.tables.meta.get('next')
    const from = bytes ? (JSON.parse(bytes.toString()) as LogPlace) : undefined
    this.#next = from
    return this.#log.recover(from, async entry => {
      await replay(entry)
      await this.#backpressure()
    })
  }

  /** Makes a block durable: one append, one sync. Errors (thrown): store.full, store.unavailable. */
  async append(height: bigint, payload: Uint8Array): Promise<LogPlace> {
    await this.#backpressure()
    return this.#log.append(Number(height), payload)
  }

  /** Adds a durable block to the tables' next batch. Call it before the ledger applies the execution. */
  stage(execution: Execution, place: LogPlace): void {
    const { block, leaves } = execution
    this.#total += execution.records.length
    const record: BlockPlace = {
      place,
      checkpoint: Number(block.checkpoint),
      transactions: execution.records.length,
      deposits: block.deposits.length,
      firstPath: leaves.count > 0 ? leaves.paths[0] : undefined,
      totalTransactions: this.#total,
    }
    this.#unflushed.add(execution, record, this.#liveOutputs())
    this.#height = Number(block.height)
    this.#next = { ...place, offset: place.offset + 16 + place.length }
  }

  /** The ledger has applied the staged block. `save` gives its state when a flush begins. */
  staged(save: () => Uint8Array): void {
    this.#save = save
    if (this.#unflushed.operations >= (this.#options.flushOperations ?? FLUSH_OPERATIONS)) this.#flushSoon(0)
    else this.#flushSoon(FLUSH_MILLISECONDS)
  }

  /** The first block that this node has or had: 1, unless it began with the state after a later one. */
  get firstHeight(): bigint {
    return this.#first
  }

  /** Blocks of checkpoints up to this one may be gone; 0: none is. */
  get prunedCheckpoint(): bigint {
    return BigInt(this.tables.meta.get('pruned')?.toString() ?? 0)
  }

  get totalTransactions(): number {
    return this.#total
  }

  get unflushedOperations(): number {
    return this.#unflushed.operations + (this.#flushing?.operations ?? 0)
  }

  putCheckpoint({ accepted: _, ...checkpoint }: StoredCheckpoint): void {
    this.#unflushed.checkpoints.set(Number(checkpoint.number), checkpoint)
  }

  checkpoint(number: bigint): StoredCheckpoint | undefined {
    const closed = this.#closedCheckpoint(Number(number))
    if (closed === undefined) return undefined
    const text = this.tables.accepted.get(Number(number))
    const accepted = text === undefined ? undefined : decodeAcceptance(text)
    return accepted?.headerHash === closed.headerHash ? { ...closed, accepted } : closed
  }

  #closedCheckpoint(key: number): StoredCheckpoint | undefined {
    const waiting = this.#unflushed.checkpoints.get(key) ?? this.#flushing?.checkpoints.get(key)
    if (waiting) return waiting
    const text = this.tables.checkpoints.get(key)
    return text === undefined ? undefined : decodeCheckpoint(text)
  }

  block(height: bigint): BlockPlace | undefined {
    const key = Number(height)
    const waiting = this.#unflushed.blocks.get(key) ?? this.#flushing?.blocks.get(key)
    if (waiting) return waiting
    const bytes = this.tables.blocks.get(key)
    return bytes ? decodePlace(bytes) : undefined
  }

  /** Was there such a block that is not here any more, or never was because this node began with a later state? */
  lacks(height: bigint): boolean {
    const place = this.block(height)
    return place ? !this.holds(place) : height >= 1n && height < this.#first
  }

  /** False once the block has been pruned. */
  holds(place: BlockPlace): boolean {
    return this.#log.has(place.place)
  }

  /** The payload of a block as it was appended. Errors (thrown): store.corrupt. */
  async read(place: BlockPlace): Promise<Buffer> {
    return this.#log.read(place.place)
  }

  leaves(height: bigint): StoredLeaves | undefined {
    const key = Number(height)
    const bytes =
      this.#unflushed.leaves.get(key) ?? this.#flushing?.leaves.get(key) ?? this.tables.leaves.get(key)
    return bytes ? decodeLeaves(bytes) : undefined
  }

  /** Places where a transaction with this hash may be; the caller compares the hash. */
  findTransaction(hash: Uint8Array): TransactionPlace[] {
    return [
      ...this.#unflushed.transactions.find(hash),
      ...(this.#flushing?.transactions.find(hash) ?? []),
      ...this.#runs.transactions.find(hash),
    ]
  }

  /** Places of transactions that may spend this output; the caller compares the inputs. */
  findSpend(id: Uint8Array): TransactionPlace[] {
    return [
      ...this.#unflushed.spends.find(id),
      ...(this.#flushing?.spends.find(id) ?? []),
      ...this.#runs.spends.find(id),
    ]
  }

  /** Blocks that may hold this instruction; the caller compares the hash. */
  findInstruction(hash: Uint8Array): bigint[] {
    const places = [
      ...this.#unflushed.instructions.find(hash),
      ...(this.#flushing?.instructions.find(hash) ?? []),
      ...this.#runs.instructions.find(hash),
    ]
    return places.map(({ height }) => BigInt(height))
  }

  /** Entries of the COINs that settlements and instructions of a block made, side by side. */
  derivedCoins(height: bigint): Uint8Array {
    const key = Number(height)
    const waiting = this.#unflushed.derived.get(key) ?? this.#flushing?.derived.get(key)
    return waiting ?? this.tables.derived.get(key) ?? Buffer.alloc(0)
  }

  /** Live entries of an owner in order of their ids. */
  listUnspent(query: UnspentQuery): Uint8Array[] {
    const live = this.#liveOutputs()
    const found = new Map<string, Uint8Array>()
    const add = (entry: Uint8Array) => found.set(Buffer.from(entry.subarray(0, 32)).toString('latin1'), entry)
    for (const entry of this.#runs.unspent.list(query, live)) add(entry)
    for (const batch of [this.#flushing, this.#unflushed]) {
      for (const entry of batch?.list(query, live) ?? []) add(entry)
    }
    const ids = [...found.keys()].sort().slice(0, query.limit)
    return ids.map(id => found.get(id)!)
  }

  /** Writes everything staged so far. One batch: all of it or nothing. */
  async flush(): Promise<void> {
    while (this.#flush ?? this.#held) await (this.#flush ?? this.#held)
    if (this.#flushing === undefined) {
      if (this.#save === undefined || this.#next === undefined || this.#unflushed.isEmpty) return
      this.#flushing = this.#unflushed
      this.#flushingState = {
        next: this.#next,
        state: this.#save(),
        total: this.#total,
        // Now, while the ledger stands exactly at this state.
        living: this.#unflushed.living(this.#liveOutputs()),
      }
      this.#unflushed = new Unflushed(this.#height)
    }
    this.#flush = this.#write(this.#flushing, this.#flushingState!)
      .then(() => {
        this.#flushing = undefined
        this.flushError = undefined
      })
      .catch(cause => {
        this.flushError = storeError(cause)
        throw this.flushError
      })
      .finally(() => {
        this.#flush = undefined
      })
    await this.#flush
  }

  /** Until `release` is called, the tables stay as they are: nothing is flushed. Call it right after a flush. */
  hold(): { release: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = promise
    const release = () => {
      if (this.#held === promise) this.#held = undefined
      resolve()
    }
    return { release }
  }

  /** The tables of an empty store get a state that came from elsewhere. One batch: all of it or nothing. */
  async install(installed: InstalledState): Promise<void> {
    await writeInstalled(this.#runs, installed, this.#liveOutputs())
    this.#total = installed.total
    this.#first = installed.height + 1n
  }

  /** Drops log segments whose blocks all lie below `height`. */
  async prune(height: bigint): Promise<number> {
    await this.flush()
    return this.#log.prune(Number(height))
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      // Tables that somebody holds stay as they are; the log has the rest.
      if (!this.#held) {
        await this.flush()
        await this.flush()
      }
    } finally {
      await this.#log.close()
      await this.tables.close()
      this.#lock.release()
    }
  }

  async #write(batch: Unflushed, state: FlushState): Promise<void> {
    this.#options.beforeFlush?.()
    await writeFlush(this.#runs, batch, state, this.#liveOutputs())
  }

  #flushSoon(milliseconds: number): void {
    if (this.#timer && milliseconds > 0) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      // A failed flush is kept in flushError, shown in the status and tried again with the next block.
      if (!this.#flush) this.flush().catch(() => {})
    }, milliseconds)
    this.#timer.unref()
  }

  async #backpressure(): Promise<void> {
    if (this.unflushedOperations < MAX_UNFLUSHED_OPERATIONS) return
    await this.flush()
  }

  #liveOutputs(): LiveOutputs {
    if (!this.#live) throw new Error('the store is not attached to a ledger')
    return this.#live
  }

  async #assertGenesis(): Promise<void> {
    const bytes = this.tables.meta.get('genesis')
    if (!bytes) {
      const meta: Meta = { version: STORE_VERSION, genesis: this.#options.genesis }
      await this.tables.meta.put('genesis', Buffer.from(JSON.stringify(meta)))
      await this.tables.root.flushed
      return
    }
    const meta = JSON.parse(bytes.toString()) as Meta
    if (meta.version === STORE_VERSION && meta.genesis === this.#options.genesis) return
    throw nodeError('store.mismatch', `${this.#options.directory} belongs to another chain or version.`)
  }
}
