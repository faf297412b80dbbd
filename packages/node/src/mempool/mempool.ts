import {
  type Admission,
  type Execution,
  type FeeTokenInForce,
  inputAt,
  inputCount,
  inputPlaces,
  isInstructionRecord,
  MAX_RECORD_INPUTS,
  type MappedRecord,
  outputCount,
  outputIdAt,
  type PendingOutputs,
  recordHash,
  recordSigners,
  recordValidUntil,
  signerAt,
  signerCount,
} from '@omg/ledger'
import {
  ADDRESS_BYTES,
  fail,
  fromHex,
  HASH_BYTES,
  type Hash,
  type OmgError,
  ok,
  type Result,
} from '@omg/protocol'
import { ByteMap } from '../bytemap.ts'
import { nodeError } from '../errors.ts'
import { INSTRUCTION_RANK, Instructions } from './instructions.ts'
import { MadeOutputs } from './made-outputs.ts'
import { type Owner, type Pending, Queue, sameHash } from './pending.ts'
import { RANKS, Ranking, replaces } from './ranking.ts'
import { Rejections } from './rejections.ts'

export interface MempoolLimits {
  /** Most waiting transactions. */
  transactions: number
  /** Most bytes of their records. */
  bytes: number
  /** Most waiting transactions of one first signer. */
  perOwner: number
  /** Most waiting ancestors of one transaction. */
  ancestors: number
}

export const MEMPOOL_LIMITS: MempoolLimits = {
  transactions: 200_000,
  bytes: 256 * 1024 * 1024,
  perOwner: 10_000,
  ancestors: 25,
}

const NONE: readonly Pending[] = []

/** Asks the ledger whether a transaction is valid on top of the tip and the waiting outputs. */
export type Check = (record: MappedRecord, pending: PendingOutputs) => Result<Admission, OmgError>

/**
 * Transactions that wait for a block. Holds mapped records, so nothing is decoded or recovered twice.
 * Invariant: no two waiting transactions spend one output.
 */
export class Mempool implements PendingOutputs {
  readonly limits: MempoolLimits
  readonly rejections = new Rejections()
  readonly #check: Check
  readonly #ranking: Ranking
  /** By each output that they spend: this index is always complete. */
  readonly #spenders = new ByteMap<Pending>(HASH_BYTES)
  /** Those that name guards instead. */
  readonly #instructions = new Instructions()
  readonly #made = new MadeOutputs()
  readonly #owners = new ByteMap<Owner>(ADDRESS_BYTES)
  readonly #ranks = Array.from({ length: RANKS }, () => new Queue())
  /** Scratch: where the inputs of a record stand. */
  readonly #places = new Uint32Array(MAX_RECORD_INPUTS)
  #size = 0
  #bytes = 0
  #selections = 0
  #arrivals = 0

  constructor(options: {
    check: Check
    /** The fees by which the ledger checks now. */
    feeTokens: () => readonly FeeTokenInForce[]
    limits?: Partial<MempoolLimits>
  }) {
    this.#check = options.check
    this.#ranking = new Ranking(options.feeTokens)
    this.limits = { ...MEMPOOL_LIMITS, ...options.limits }
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#bytes
  }

  has(hash: Hash): boolean {
    return this.#find(hash) !== undefined
  }

  get(hash: Hash): MappedRecord | undefined {
    return this.#find(hash)?.record
  }

  /** The waiting spender of an output. */
  spender(id: Hash): MappedRecord | undefined {
    return this.spenderOf(fromHex(id), 0)
  }

  /** The same by the id that stands at `bytes[at]`. */
  spenderOf(bytes: Uint8Array, at: number): MappedRecord | undefined {
    return this.#spenders.get(bytes, at)?.record
  }

  /** A waiting instruction by its hash. */
  instruction(hash: Hash): MappedRecord | undefined {
    return this.#instructions.get(hash)?.record
  }

  /** The waiting instruction with these very bytes. */
  sameInstruction(signed: Uint8Array): MappedRecord | undefined {
    return this.#instructions.same(signed)
  }

  duplicate(record: MappedRecord): OmgError {
    const what = isInstructionRecord(record) ? 'Instruction' : 'Transaction'
    return nodeError('mempool.duplicate', `${what} ${recordHash(record)} waits already.`)
  }

  /** The 69 bytes of a waiting output (R5: its spender may be admitted too). */
  find(id: Uint8Array): Uint8Array | undefined {
    return this.#made.find(id)
  }

  /**
   * Takes a mapped transaction or instruction.
   * Errors: mempool.duplicate, mempool.conflict (both name the other hash), mempool.rate, mempool.chain, mempool.full,
   * and those of the ledger.
   */
  add(record: MappedRecord): Result<MappedRecord, OmgError> {
    const rivals = this.#rivals(record)
    const isKnown = rivals.some(rival => sameHash(rival.record, 0, record, 0))
    if (isKnown || this.#waitingInstruction(record)) return fail(this.duplicate(record))
    this.#made.beginCheck()
    const checked = this.#check(record, this)
    if (!checked.ok) return checked
    const pending = this.#pendingFrom(record, checked.value)
    const refusal =
      this.#refuseConflict(pending, rivals) ??
      this.#refuseChain(pending, rivals) ??
      this.#refuseOwner(pending, rivals) ??
      this.#refuseRoom(pending, rivals)
    if (refusal) return fail(refusal)
    for (const rival of rivals) {
      this.#drop(rival, nodeError('mempool.replaced', `Transaction ${recordHash(record)} took its place.`))
    }
    this.#makeRoom(pending)
    this.#insert(pending)
    return ok(record)
  }

  /** Candidates for the next block: higher fees first, then in order of arrival; a parent always before its child. */
  take(limit: { transactions: number; bytes: number }): MappedRecord[] {
    const selection = ++this.#selections
    const records: MappedRecord[] = []
    let bytes = 0
    const visit = (pending: Pending): void => {
      if (pending.taken === selection || pending.gone) return
      for (const parent of pending.parents) visit(parent)
      pending.taken = selection
      records.push(pending.record)
      bytes += pending.record.length
    }
    for (let rank = RANKS - 1; rank >= 0; rank--) {
      for (let pending = this.#ranks[rank]!.first; pending; pending = pending.next) {
        if (records.length >= limit.transactions || bytes >= limit.bytes) return records
        visit(pending)
      }
    }
    return records
  }

  /** A block is in: its transactions leave, and so does whatever can no longer be valid. */
  included(
    execution: Pick<Execution, 'records'> & { readonly orders: Pick<Execution['orders'], 'instructions'> },
    originTime: bigint,
    originMoved: boolean,
  ): void {
    for (const hash of execution.orders.instructions.keys()) {
      const pending = this.#instructions.get(hash)
      if (pending) this.#remove(pending)
    }
    for (const record of execution.records) {
      const inputs = inputPlaces(record, this.#places)
      for (let i = 0; i < inputs; i++) {
        const spender = this.#spenders.get(record, this.#places[i]!)
        if (!spender) continue
        if (spender.record === record || sameHash(spender.record, 0, record, 0)) {
          this.#remove(spender)
          break
        }
        const message = `Transaction ${recordHash(record)} in a block spends its input.`
        this.#drop(spender, nodeError('mempool.conflict', message))
      }
    }
    this.#made.tidy()
    if (this.#ranking.follow()) this.#rankAgain()
    if (originMoved) this.#expire(originTime)
  }

  /** The ledger refused it when the block was made, or a lock came (R6): it leaves with that reason. */
  reject(record: MappedRecord, error: OmgError): void {
    const pending = isInstructionRecord(record)
      ? this.#instructions.find(record)
      : this.#spenders.get(record, inputAt(record, 0))
    if (pending && sameHash(pending.record, 0, record, 0)) this.#drop(pending, error)
  }

  /** Asks the ledger again about everything that waits; called when new exits lock outputs. */
  recheck(): void {
    for (const pending of this.#waiting()) {
      if (pending.gone) continue
      const checked = this.#check(pending.record, this)
      if (!checked.ok) this.#drop(pending, checked.error)
    }
  }

  #find(hash: Hash): Pending | undefined {
    return this.#made.transaction(fromHex(hash))
  }

  #waitingInstruction(record: MappedRecord): Pending | undefined {
    return isInstructionRecord(record) ? this.#instructions.find(record) : undefined
  }

  /** All that wait, as of now. */
  #waiting(): Pending[] {
    const waiting: Pending[] = []
    for (const { first } of this.#ranks) for (let at = first; at; at = at.next) waiting.push(at)
    return waiting
  }

  #pendingFrom(record: MappedRecord, { lanes }: Admission): Pending {
    return {
      record,
      lanes,
      rank: this.#rankOf(record, lanes),
      arrival: this.#arrivals++,
      owner: this.#owners.get(record, signerAt(0)) ?? { waiting: 0 },
      parents: this.#made.asked,
      indexed: false,
      gone: false,
      taken: 0,
      previous: undefined,
      next: undefined,
    }
  }

  #rankOf(record: MappedRecord, lanes: bigint): number {
    return isInstructionRecord(record) ? INSTRUCTION_RANK : this.#ranking.rank(lanes, signerCount(record))
  }

  /** A vote or the load has moved the fees: what waits stands among what comes as if it came now, in its order. */
  #rankAgain(): void {
    const all = this.#waiting().sort((a, b) => a.arrival - b.arrival)
    for (const queue of this.#ranks) queue.clear()
    for (const pending of all) {
      pending.rank = this.#rankOf(pending.record, pending.lanes)
      this.#ranks[pending.rank]!.add(pending)
    }
  }

  #rivals(record: MappedRecord): readonly Pending[] {
    let rivals: Pending[] | undefined
    for (let i = 0; i < inputCount(record); i++) {
      const rival = this.#spenders.get(record, inputAt(record, i))
      if (!rival || rivals?.includes(rival)) continue
      rivals ??= []
      rivals.push(rival)
    }
    return rivals ?? NONE
  }

  #refuseConflict(pending: Pending, rivals: readonly Pending[]): OmgError | undefined {
    const blocking = rivals.find(rival => !replaces(pending, rival))
    if (!blocking) return undefined
    return nodeError(
      'mempool.conflict',
      `Transaction ${recordHash(blocking.record)} waits already and spends the same input.`,
    )
  }

  #refuseChain(pending: Pending, rivals: readonly Pending[]): OmgError | undefined {
    if (pending.parents.length === 0) return undefined
    const seen = new Set<Pending>()
    const queue = [...pending.parents]
    for (let next = queue.pop(); next; next = queue.pop()) {
      if (next.gone || seen.has(next)) continue
      seen.add(next)
      if (rivals.includes(next)) {
        return nodeError(
          'mempool.conflict',
          `It spends an output of ${recordHash(next.record)}, which it would replace.`,
        )
      }
      if (seen.size > this.limits.ancestors) {
        return nodeError(
          'mempool.chain',
          `More than ${this.limits.ancestors} waiting transactions stand before it.`,
        )
      }
      queue.push(...next.parents)
    }
    return undefined
  }

  #refuseOwner(pending: Pending, rivals: readonly Pending[]): OmgError | undefined {
    const { waiting } = pending.owner
    if (waiting < this.limits.perOwner || rivals.length > 0) return undefined
    const [owner] = recordSigners(pending.record)
    return nodeError('mempool.rate', `${waiting} transactions of ${owner} wait already.`)
  }

  /** Room is made only at the expense of a lower fee class. */
  #refuseRoom(pending: Pending, rivals: readonly Pending[]): OmgError | undefined {
    if (rivals.length > 0 || !this.#isFull(pending)) return undefined
    const lowest = this.#ranks.findIndex(({ first }) => first)
    if (lowest >= 0 && lowest < pending.rank) return undefined
    return nodeError('mempool.full', `The mempool holds ${this.size} transactions (${this.#bytes} bytes).`)
  }

  #isFull(pending: Pending): boolean {
    return this.size >= this.limits.transactions || this.#bytes + pending.record.length > this.limits.bytes
  }

  #makeRoom(pending: Pending): void {
    while (this.#isFull(pending)) {
      const victim = this.#ranks.find(({ first }, rank) => first && rank < pending.rank)?.first
      if (!victim || pending.parents.includes(victim)) return
      this.#drop(victim, nodeError('mempool.evicted', 'A transaction with a higher fee needed the room.'))
    }
  }

  #insert(pending: Pending): void {
    const { record, owner } = pending
    for (let i = 0; i < inputCount(record); i++) this.#spenders.set(record, inputAt(record, i), pending)
    if (isInstructionRecord(record)) this.#instructions.add(pending)
    else this.#made.add(pending)
    this.#ranks[pending.rank]!.add(pending)
    if (owner.waiting++ === 0) this.#owners.set(record, signerAt(0), owner)
    this.#size++
    this.#bytes += record.length
  }

  #remove(pending: Pending): void {
    const { record, owner } = pending
    pending.gone = true
    for (let i = 0; i < inputCount(record); i++) this.#spenders.delete(record, inputAt(record, i))
    if (isInstructionRecord(record)) this.#instructions.remove(pending)
    this.#made.remove(pending)
    this.#ranks[pending.rank]!.remove(pending)
    if (--owner.waiting === 0) this.#owners.delete(record, signerAt(0))
    this.#size--
    this.#bytes -= record.length
  }

  /** Removes it and everything that spends its outputs. */
  #drop(pending: Pending, error: OmgError): void {
    const queue: { pending: Pending; error: OmgError }[] = [{ pending, error }]
    for (let next = queue.pop(); next; next = queue.pop()) {
      if (next.pending.gone) continue
      this.#remove(next.pending)
      const { record } = next.pending
      this.rejections.add(record, next.error)
      for (let i = 0; i < outputCount(record); i++) {
        const child = this.#spenders.get(record, outputIdAt(record, i))
        if (!child) continue
        const message = `Its parent ${recordHash(record)} left the mempool.`
        queue.push({ pending: child, error: nodeError('mempool.evicted', message) })
      }
    }
  }

  #expire(originTime: bigint): void {
    for (const pending of this.#waiting()) {
      if (pending.gone || recordValidUntil(pending.record) >= originTime) continue
      this.reject(pending.record, this.#expired(pending, originTime))
    }
  }

  #expired(pending: Pending, originTime: bigint): OmgError {
    const checked = this.#check(pending.record, this)
    if (!checked.ok) return checked.error
    return nodeError('mempool.evicted', `Its validUntil is before the origin's time ${originTime}.`)
  }
}
