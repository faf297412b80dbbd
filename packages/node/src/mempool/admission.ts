import {
  guessSigners,
  type Ledger,
  MAP_TASK_TRANSACTIONS,
  type MapPool,
  type MappedRecord,
  mapError,
  recordAt,
  recordSigned,
} from '@omg/ledger'
import { fail, type OmgError, type Result, TransactionKind } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import type { Mempool } from './mempool.ts'
import type { Outbox } from './outbox.ts'

/** Single submissions that travel together: large enough to share the cost of a batch, small enough to keep workers even. */
export const MAP_BATCH_TRANSACTIONS = 1024
/** Bytes that may wait for the map stage before submissions are refused. */
export const MAX_WAITING_BYTES = 128 * 1024 * 1024

/** Where the first input of a PAY stands in its signed transaction: `kind ‖ count`. */
const FIRST_INPUT_AT = 2

/** The transaction as it waits now, or why it was not taken. */
export type Submitted = Result<MappedRecord, OmgError>

interface Waiting {
  bytes: Uint8Array
  resolve: (result: Submitted) => void
}

/**
 * The way into the mempool: the map stage (decode, hash, recover, static rules) on the worker pool, then the mempool's
 * own rules. Single submissions that arrive together travel in one batch.
 */
export class Admission {
  readonly #ledger: Ledger
  readonly #pool: MapPool
  readonly #mempool: Mempool
  readonly #outbox: Outbox
  readonly #onAdmitted: () => void
  /** A reason to take nothing at the moment. */
  readonly #refuse: () => OmgError | undefined
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #scheduled = false
  #running = 0

  constructor(options: {
    ledger: Ledger
    pool: MapPool
    mempool: Mempool
    /** What is taken goes here, for other nodes. */
    outbox: Outbox
    onAdmitted: () => void
    refuse: () => OmgError | undefined
  }) {
    this.#ledger = options.ledger
    this.#pool = options.pool
    this.#mempool = options.mempool
    this.#outbox = options.outbox
    this.#onAdmitted = options.onAdmitted
    this.#refuse = options.refuse
  }

  /** Bytes that wait for the map stage. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Submits one signed transaction. */
  async submit(bytes: Uint8Array): Promise<Submitted> {
    const refusal = this.#refusal(bytes.length)
    if (refusal) return fail(refusal)
    const { promise, resolve } = Promise.withResolvers<Submitted>()
    this.#waiting.push({ bytes, resolve })
    this.#waitingBytes += bytes.length
    this.#schedule()
    return promise
  }

  /** Submits many: transaction `i` is `bytes[bounds[2i] .. bounds[2i + 1]]`. Results in the same order. */
  async submitMany(bytes: Uint8Array, bounds: Uint32Array): Promise<Submitted[]> {
    const refusal = this.#refusal(bytes.length)
    if (refusal) return Array.from({ length: bounds.length / 2 }, () => fail(refusal))
    this.#waitingBytes += bytes.length
    try {
      const parts: Promise<Submitted[]>[] = []
      // Task by task: the pool's answers are taken as they are, and one transaction that waits long keeps little memory.
      for (let at = 0; at < bounds.length; at += 2 * MAP_TASK_TRANSACTIONS) {
        parts.push(this.#map(bytes, bounds.subarray(at, at + 2 * MAP_TASK_TRANSACTIONS)))
      }
      return (await Promise.all(parts)).flat()
    } finally {
      this.#waitingBytes -= bytes.length
    }
  }

  #refusal(bytes: number): OmgError | undefined {
    const refusal = this.#refuse()
    if (refusal) return refusal
    if (this.#waitingBytes + bytes <= MAX_WAITING_BYTES) return undefined
    return nodeError('mempool.full', `${this.#waitingBytes} bytes wait to be checked.`)
  }

  /** While a batch is being mapped, submissions gather for the next one. */
  #schedule(): void {
    if (this.#scheduled || this.#running > this.#pool.workers) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    const batch = this.#waiting.splice(0, MAP_BATCH_TRANSACTIONS)
    if (batch.length === 0) return
    this.#running++
    const bytes = Buffer.concat(batch.map(item => item.bytes))
    const bounds = new Uint32Array(2 * batch.length)
    let at = 0
    batch.forEach((item, i) => {
      bounds[2 * i] = at
      bounds[2 * i + 1] = at += item.bytes.length
    })
    const results = await this.#map(bytes, bounds)
    batch.forEach((item, i) => {
      item.resolve(results[i]!)
    })
    this.#waitingBytes -= bytes.length
    this.#running--
    if (this.#waiting.length > 0) this.#schedule()
  }

  async #map(bytes: Uint8Array, bounds: Uint32Array): Promise<Submitted[]> {
    const results = new Array<Submitted>(bounds.length / 2)
    const fresh = this.#withoutDuplicates(bytes, bounds, results)
    try {
      const guesses = this.#pool.checksBatches
        ? guessSigners(this.#ledger.unspent, bytes, fresh.bounds, this.#mempool)
        : undefined
      const batch = await this.#pool.map(bytes, fresh.bounds, guesses)
      for (let i = 0; i < batch.count; i++) {
        const record = recordAt(batch, i)
        const result = record ? this.#mempool.add(record) : fail(mapError(batch, i))
        results[fresh.indices[i]!] = result
        if (result.ok) this.#outbox.add(result.value)
      }
    } catch (cause) {
      const error = nodeError('node.stopped', 'The node is stopping.', cause)
      for (let i = 0; i < results.length; i++) results[i] ??= fail(error)
    }
    this.#onAdmitted()
    return results
  }

  /** A transaction that waits already is recognised by its bytes: recovering its signers again would be free work for an attacker. */
  #withoutDuplicates(bytes: Uint8Array, bounds: Uint32Array, results: Submitted[]) {
    const indices: number[] = []
    const kept = new Uint32Array(bounds.length)
    for (let i = 0; i < results.length; i++) {
      const from = bounds[2 * i]!
      const to = bounds[2 * i + 1]!
      const known = this.#sameBytes(bytes, from, to)
      if (known) {
        results[i] = fail(this.#mempool.duplicate(known))
        continue
      }
      kept[2 * indices.length] = from
      kept[2 * indices.length + 1] = to
      indices.push(i)
    }
    return { indices, bounds: kept.subarray(0, 2 * indices.length) }
  }
  #sameBytes(bytes: Uint8Array, from: number, to: number): MappedRecord | undefined {
    if (bytes[from] === TransactionKind.move) return this.#mempool.sameInstruction(bytes.subarray(from, to))
    const known = to - from > FIRST_INPUT_AT + 32 && this.#mempool.spenderOf(bytes, from + FIRST_INPUT_AT)
    const isSame = known && Buffer.compare(recordSigned(known), bytes.subarray(from, to)) === 0
    return isSame ? known : undefined
  }
}
