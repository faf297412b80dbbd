import type { Nodes } from '@omg/follower'
import { type Hash, OmgError } from '@omg/protocol'
import { indexerError } from '../errors.ts'
import type { Store } from '../store/database.ts'
import { type ExecutedBlock, Pending } from '../store/pending.ts'
import { readState } from '../store/state.ts'
import type { MarketRow } from '../store/tables.ts'
import { writePending } from '../store/writer.ts'
import type { EthereumSource } from './ethereum.ts'
import type { ChainParameters } from './parameters.ts'
import type { Prepared, Replica } from './replica.ts'

/** Blocks fetched and mapped ahead of the one that is executed: hides the network and keeps the workers busy. */
export const BLOCKS_AHEAD = 8
/** Rows that are written in one transaction while catching up; at the head every block is written at once. */
export const ROWS_PER_WRITE = 20_000

export interface FollowerOptions {
  readonly nodes: Nodes
  readonly replica: Replica
  readonly store: Store
  readonly ethereum: EthereumSource
  readonly parameters: ChainParameters
  /** As the database has them. */
  readonly markets: Map<Hash, MarketRow>
  /**
   * Called with a block at the head, before it is written: it is durable on the chain, and whoever waits for it need not wait for
   * this database, too. Executed again after a crash, it says the same.
   */
  readonly onExecuted: (block: ExecutedBlock) => void
  /** Called with blocks whose rows are durable, in order. */
  readonly onWritten: (blocks: readonly ExecutedBlock[]) => Promise<void>
}

/** What a round came to: `progress` asks for the next one at once. */
export type Round = 'progress' | 'idle'

type Fetched = Prepared | OmgError | undefined

/** Follows the nodes block by block, and writes what each block did. */
export class Follower {
  readonly #options: FollowerOptions
  readonly #ahead = new Map<bigint, Promise<Fetched>>()
  #pending: Pending
  #executed: ExecutedBlock[] = []
  #head = 0n
  #problem: OmgError | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#pending = this.#empty()
  }

  /** Highest block that a node is known to have. */
  get head(): bigint {
    const { height } = this.#options.replica.ledger.tip
    if (this.#head > height) return this.#head
    return height
  }

  /** Why there is no progress; undefined while all is well. */
  get problem(): OmgError | undefined {
    return this.#problem
  }

  /** Takes the next block, and writes what is due. */
  async round(): Promise<Round> {
    const { replica } = this.#options
    // What was not written yet comes first, and alone: only then is it known whether the last attempt arrived.
    if (this.#problem?.code === 'indexer.store') await this.flush()
    const height = replica.ledger.tip.height + 1n
    const fetched = await this.#take(height)
    if (fetched === undefined || fetched instanceof OmgError) {
      this.#problem = fetched
      await this.flush()
      if (fetched === undefined) await this.#askHead()
      return this.#problem === undefined && this.#head >= height ? 'progress' : 'idle'
    }
    const ethereum = await this.#options.ethereum.at(fetched.block)
    const executed = ethereum.ok ? await replica.execute(fetched, ethereum.value) : ethereum
    if (!executed.ok) {
      this.#ahead.clear()
      this.#options.ethereum.forget()
      await this.flush()
      this.#problem = executed.error
      return 'idle'
    }
    this.#problem = undefined
    this.#pending.add(executed.value)
    this.#executed.push(executed.value)
    const isHead = height >= this.#head
    if (isHead && this.#executed.length === 1) this.#options.onExecuted(executed.value)
    if (this.#pending.size >= ROWS_PER_WRITE || isHead) await this.flush()
    return 'progress'
  }

  /** Writes everything up to the ledger's tip. Errors (thrown): `indexer.store`; then the same rows are tried again next time. */
  async flush(): Promise<void> {
    if (this.#executed.length === 0) return
    const { store, replica, parameters, onWritten } = this.#options
    const { ledger } = replica
    const { height } = ledger.tip
    try {
      // Whether the last attempt arrived is unknown where the connection broke while it was committed.
      const isWritten =
        this.#problem?.code === 'indexer.store' && (await readState(store.writer))?.height === height
      const state = { height, parameters, state: ledger.save() }
      if (!isWritten) await writePending(store.writer, this.#pending, state)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#problem = indexerError('indexer.store', `block ${height} was not written: ${reason}`, error)
      throw this.#problem
    }
    if (this.#problem?.code === 'indexer.store') this.#problem = undefined
    const written = this.#executed
    this.#executed = []
    this.#pending = this.#empty()
    await onWritten(written)
  }

  #empty(): Pending {
    const { replica, markets } = this.#options
    return new Pending(replica.ledger.parameters.feeTokens, markets)
  }

  async #askHead(): Promise<void> {
    const head = await this.#options.nodes.head()
    if (head.ok) this.#head = head.value
    else this.#problem = head.error
  }

  /** The block at a height, and the map stage of those behind it already at work. */
  async #take(height: bigint): Promise<Fetched> {
    for (const known of this.#ahead.keys()) if (known < height) this.#ahead.delete(known)
    const end = height + BigInt(BLOCKS_AHEAD)
    for (let next = height; next === height || (next <= this.#head && next < end); next++) {
      if (!this.#ahead.has(next)) this.#ahead.set(next, this.#fetch(next))
    }
    const fetched = await this.#ahead.get(height)!
    this.#ahead.delete(height)
    // What was fetched behind a block that is missing or wrong may be of another chain.
    if (fetched === undefined || fetched instanceof OmgError) this.#ahead.clear()
    return fetched
  }

  async #fetch(height: bigint): Promise<Fetched> {
    const served = await this.#options.nodes.block(height)
    if (!served.ok) return served.error
    if (served.value === undefined) return undefined
    const prepared = this.#options.replica.prepare(served.value, height)
    return prepared.ok ? prepared.value : prepared.error
  }
}
