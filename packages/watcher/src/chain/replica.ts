import {
  type Block,
  type ClosedCheckpoint,
  decodeBlock,
  type ExchangeView,
  type Execution,
  guessSigners,
  inputCount,
  type Ledger,
  type LockedOutputs,
  type MapPool,
  type MappedBatch,
  recordInput,
} from '@omg/ledger'
import { type Deposit, fail, type OmgError, ok, type Result } from '@omg/protocol'
import { watcherError } from '../error.ts'
import type { StoredDeposit, StoredOrigin } from '../store/facts.ts'
import type { RebuiltBlock } from './published.ts'

/** What a replica needs to know of Ethereum. Nothing of it comes from a node. */
export interface RootChainView {
  /** Time of the newest Ethereum block read, in seconds; 0 if none was. */
  time(): bigint
  origin(number: bigint): StoredOrigin | undefined
  deposit(index: bigint): StoredDeposit | undefined
  /** R6: what exits that started at or before an Ethereum block forbid to spend. */
  lockedAt(origin: bigint): LockedOutputs
  /** R9: markets and seasoning as of an Ethereum block, whose time is in seconds. */
  exchangeAt(origin: bigint, originTime: bigint): ExchangeView
}

/** A block on its way through the map stage; several can be, while earlier ones are executed. */
export interface Prepared {
  readonly bytes: Uint8Array
  readonly block: Block
  readonly batch: Promise<MappedBatch>
}

export type Outcome =
  | { readonly kind: 'applied'; readonly execution: Execution; readonly closed: ClosedCheckpoint | undefined }
  /** The block breaks a rule: the chain, or whoever served it, is wrong. */
  | { readonly kind: 'refused'; readonly error: OmgError }
  /** The block names something on Ethereum that was not read yet. */
  | { readonly kind: 'waiting'; readonly reason: string }

/**
 * The watcher's own copy of the chain: re-executes every block from its own state, verifies every signature, and takes
 * from the block's record nothing but the transactions.
 */
export class Replica {
  readonly #ledger: Ledger
  readonly #pool: MapPool
  readonly #view: RootChainView

  constructor(ledger: Ledger, pool: MapPool, view: RootChainView) {
    this.#ledger = ledger
    this.#pool = pool
    this.#view = view
  }

  get ledger(): Ledger {
    return this.#ledger
  }

  /** Decodes a block and starts its map stage. Errors: `encoding.*`, `block.unexpected`. */
  prepare(bytes: Uint8Array, height: bigint): Result<Prepared, OmgError> {
    const decoded = decodeBlock(bytes)
    if (!decoded.ok) return decoded
    const block = decoded.value
    if (block.height !== height) {
      return fail(watcherError('block.unexpected', `block ${block.height} was served for height ${height}`))
    }
    const batch = this.#map(block)
    // A block that is abandoned must not become an unhandled rejection when the pool closes.
    batch.catch(() => {})
    return ok({ bytes, block, batch })
  }

  /** Executes the next block and moves the state if it is valid. */
  async execute(prepared: Prepared): Promise<Outcome> {
    const { block } = prepared
    const ethereum = this.#compareWithEthereum(block)
    if (ethereum !== undefined) return ethereum
    const batch = await prepared.batch
    const { origin, originTime } = block
    const [locked, exchange] = [this.#view.lockedAt(origin), this.#view.exchangeAt(origin, originTime)]
    return this.#apply(this.#ledger.executeBlock(block, batch, locked, exchange))
  }

  /** The same with a block that blobs tell of: nobody claims its app hash, so it is the one that follows. */
  async rebuild(block: RebuiltBlock): Promise<Outcome> {
    const ethereum = this.#compareWithEthereum(block)
    if (ethereum !== undefined) return ethereum
    const batch = await this.#map(block)
    const { origin, originTime } = block
    const [locked, exchange] = [this.#view.lockedAt(origin), this.#view.exchangeAt(origin, originTime)]
    return this.#apply(this.#ledger.rebuildBlock(block, batch, locked, exchange))
  }

  /** Its map stage. Who will have signed is guessed by the state of now: blocks before it may not be in it yet. */
  #map({ body, bounds }: Pick<Block, 'body' | 'bounds'>): Promise<MappedBatch> {
    const guesses = this.#pool.checksBatches ? guessSigners(this.#ledger.unspent, body, bounds) : undefined
    return this.#pool.map(body, bounds, guesses)
  }

  #apply(execution: Result<Execution, OmgError>): Outcome {
    if (!execution.ok) return { kind: 'refused', error: execution.error }
    const closed = this.#ledger.applyBlock(execution.value)
    return { kind: 'applied', execution: execution.value, closed }
  }

  /** What a block says of Ethereum must be what Ethereum says. Undefined if it is. */
  #compareWithEthereum(block: RebuiltBlock): Outcome | undefined {
    const { tip } = this.#ledger
    if (block.origin !== tip.origin || block.originHash !== tip.originHash) {
      const origin = this.#view.origin(block.origin)
      // By time and not by number: however far we lag, only an Ethereum that has passed that moment without it lacks it.
      if (origin === undefined) {
        return this.#view.time() > block.originTime
          ? refused(
              'block.origin',
              `Ethereum has passed ${block.originTime} and has no block ${block.origin}`,
            )
          : { kind: 'waiting', reason: `Ethereum block ${block.origin} was not read yet` }
      }
      if (origin.hash !== block.originHash || origin.timestamp !== block.originTime) {
        return refused(
          'block.origin',
          `Ethereum's block ${block.origin} is ${origin.hash}, not ${block.originHash}`,
        )
      }
    }
    for (const deposit of block.deposits) {
      const recorded = this.#view.deposit(deposit.inboxIndex)
      if (recorded === undefined || recorded.block > block.origin) {
        return refused(
          'block.deposits',
          `deposit ${deposit.inboxIndex} is not on Ethereum at block ${block.origin}`,
        )
      }
      if (!sameDeposit(recorded, deposit)) {
        return refused(
          'block.deposits',
          `deposit ${deposit.inboxIndex} is not the one that Ethereum recorded`,
        )
      }
    }
    return undefined
  }
}

function refused(code: 'block.origin' | 'block.deposits', message: string): Outcome {
  return { kind: 'refused', error: watcherError(code, message) }
}

function sameDeposit(recorded: StoredDeposit, deposit: Deposit): boolean {
  const [a, b] = [recorded.output, deposit.output]
  return (
    recorded.position === deposit.position &&
    a.type === b.type &&
    a.guard === b.guard &&
    a.token === b.token &&
    a.amount === b.amount
  )
}

/** All inputs of a block side by side, and for each the index of its transaction: what the spend index keeps. */
export function inputsOfExecution({ records }: Execution): { inputs: Uint8Array; indices: Uint32Array } {
  const count = records.reduce((sum, record) => sum + inputCount(record), 0)
  const inputs = new Uint8Array(32 * count)
  const indices = new Uint32Array(count)
  let at = 0
  for (const [index, record] of records.entries()) {
    for (let i = 0; i < inputCount(record); i++) {
      inputs.set(recordInput(record, i), 32 * at)
      indices[at++] = index
    }
  }
  return { inputs, indices }
}

/** `spent count u32 ‖ spent ids ‖ created entries`. */
export function encodeChange({ spent, created }: Pick<Execution, 'spent' | 'created'>): Uint8Array {
  const bytes = new Uint8Array(4 + spent.length + created.length)
  new DataView(bytes.buffer).setUint32(0, spent.length / 32)
  bytes.set(spent, 4)
  bytes.set(created, 4 + spent.length)
  return bytes
}

export function decodeChange(bytes: Uint8Array): Pick<Execution, 'spent' | 'created'> {
  const count = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)
  return { spent: bytes.subarray(4, 4 + 32 * count), created: bytes.subarray(4 + 32 * count) }
}

/** `path u32 × n ‖ node 64 × n`. */
export function encodeLeaves({ leaves }: Execution): Uint8Array {
  const bytes = new Uint8Array(68 * leaves.count)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < leaves.count; i++) view.setUint32(4 * i, leaves.paths[i]!)
  bytes.set(leaves.nodes.subarray(0, 64 * leaves.count), 4 * leaves.count)
  return bytes
}

export function decodeLeaves(bytes: Uint8Array): { count: number; paths: Uint32Array; nodes: Uint8Array } {
  const count = bytes.length / 68
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const paths = Uint32Array.from({ length: count }, (_, i) => view.getUint32(4 * i))
  return { count, paths, nodes: bytes.subarray(4 * count) }
}
