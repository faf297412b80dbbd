import {
  type Admission,
  type Execution,
  type FeeToken,
  inputAt,
  inputCount,
  type MappedRecord,
  outputCount,
  type PendingOutputs,
  recordOutput,
  recordOutputId,
  recordValidUntil,
} from '@omg/ledger'
import { type Address, fail, type Hash, type OmgError, ok, type Result, type TxHash } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import { hexOfKey, inputKeys, type Key, keyOf, keyOfHex, outputKeys, type Pending } from './pending.ts'
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

/** A replacement pays at least 9/8 of the fee in every lane: replacing is not a free way to fill the network. */
export const REPLACEMENT_NUMERATOR = 9n
export const REPLACEMENT_DENOMINATOR = 8n
const RANKS = 256
const NONE: readonly Pending[] = []
const LANE_MASK = (1n << 64n) - 1n

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
  readonly #feeTokens: readonly FeeToken[]
  readonly #pending = new Map<Key, Pending>()
  readonly #spenders = new Map<Key, Pending>()
  readonly #makers = new Map<Key, Pending>()
  /** Waiting transactions whose outputs are not in `#makers` yet. */
  #unindexed: Pending[] = []
  /** Makers that the ledger has asked for during the present check. */
  #asked: Pending[] = []
  readonly #owners = new Map<Address, number>()
  readonly #ranks: Set<Pending>[] = Array.from({ length: RANKS }, () => new Set())
  #bytes = 0
  #ranked = { lanes: 0n, signatures: 1, rank: 0 }

  constructor(options: { check: Check; feeTokens: readonly FeeToken[]; limits?: Partial<MempoolLimits> }) {
    this.#check = options.check
    this.#feeTokens = options.feeTokens
    this.limits = { ...MEMPOOL_LIMITS, ...options.limits }
  }

  get size(): number {
    return this.#pending.size
  }

  get bytes(): number {
    return this.#bytes
  }

  has(hash: Hash): boolean {
    return this.#pending.has(keyOfHex(hash))
  }

  get(hash: Hash): MappedRecord | undefined {
    return this.#pending.get(keyOfHex(hash))?.record
  }

  /** The waiting spender of an output. */
  spender(id: Hash): MappedRecord | undefined {
    return this.#spenders.get(keyOfHex(id))?.record
  }

  /** The same by the id that stands at `bytes[at]`. */
  spenderOf(bytes: Uint8Array, at: number): MappedRecord | undefined {
    return this.#spenders.get(keyOf(bytes, at))?.record
  }

  duplicate(record: MappedRecord): OmgError {
    return nodeError('mempool.duplicate', `Transaction ${hexOfKey(keyOf(record))} waits already.`)
  }

  /**
   * The 69 bytes of a waiting output (R5: its spender may be admitted too). Outputs are indexed only when the first one
   * is asked for: most payments spend outputs that are in a block, and for those the index would be half of our work.
   */
  find(id: Uint8Array): Uint8Array | undefined {
    const maker = this.#makerOf(keyOf(id))
    if (!maker) return undefined
    if (!this.#asked.includes(maker)) this.#asked.push(maker)
    for (let i = 0; i < outputCount(maker.record); i++) {
      if (Buffer.compare(recordOutputId(maker.record, i), id) === 0) return recordOutput(maker.record, i)
    }
    return undefined
  }

  /**
   * Takes a mapped transaction.
   * Errors: mempool.duplicate, mempool.conflict (both name the other hash), mempool.rate, mempool.chain, mempool.full,
   * and those of the ledger.
   */
  add(record: MappedRecord): Result<TxHash, OmgError> {
    const key = keyOf(record)
    if (this.#pending.has(key)) return fail(this.duplicate(record))
    const inputs = inputKeys(record)
    const rivals = this.#rivals(inputs)
    // What the ledger asks for while it checks are the parents.
    this.#asked = []
    const checked = this.#check(record, this)
    if (!checked.ok) return checked
    const pending = this.#pendingFrom(key, record, inputs, checked.value)
    const refusal =
      this.#refuseConflict(pending, rivals) ??
      this.#refuseChain(pending, rivals) ??
      this.#refuseOwner(pending, rivals) ??
      this.#refuseRoom(pending, rivals)
    if (refusal) return fail(refusal)
    for (const rival of rivals) {
      this.#drop(rival, nodeError('mempool.replaced', `Transaction ${hexOfKey(key)} took its place.`))
    }
    this.#makeRoom(pending)
    this.#insert(pending)
    return ok(checked.value.hash)
  }

  /** Candidates for the next block: higher fees first, then in order of arrival; a parent always before its child. */
  take(limit: { transactions: number; bytes: number }): MappedRecord[] {
    const taken = new Set<Pending>()
    const records: MappedRecord[] = []
    let bytes = 0
    const visit = (pending: Pending): void => {
      if (taken.has(pending) || pending.gone) return
      for (const parent of pending.parents) visit(parent)
      taken.add(pending)
      records.push(pending.record)
      bytes += pending.record.length
    }
    for (let rank = RANKS - 1; rank >= 0; rank--) {
      for (const pending of this.#ranks[rank]!) {
        if (records.length >= limit.transactions || bytes >= limit.bytes) return records
        visit(pending)
      }
    }
    return records
  }

  /** A block is in: its transactions leave, and so does whatever can no longer be valid. */
  included(execution: Pick<Execution, 'records'>, originTime: bigint, originMoved: boolean): void {
    for (const record of execution.records) {
      const key = keyOf(record)
      const own = this.#pending.get(key)
      if (own) {
        this.#remove(own)
        continue
      }
      for (let i = 0; i < inputCount(record); i++) {
        const rival = this.#spenders.get(keyOf(record, inputAt(record, i)))
        if (!rival) continue
        this.#drop(
          rival,
          nodeError('mempool.conflict', `Transaction ${hexOfKey(key)} in a block spends its input.`),
        )
      }
    }
    this.#unindexed = this.#unindexed.filter(({ gone }) => !gone)
    if (originMoved) this.#expire(originTime)
  }

  /** The ledger refused it when the block was made, or a lock came (R6): it leaves with that reason. */
  reject(hash: Uint8Array, error: OmgError): void {
    const pending = this.#pending.get(keyOf(hash))
    if (pending) this.#drop(pending, error)
  }

  /** Asks the ledger again about everything that waits; called when new exits lock outputs. */
  recheck(): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.gone) continue
      const checked = this.#check(pending.record, this)
      if (!checked.ok) this.#drop(pending, checked.error)
    }
  }

  #pendingFrom(key: Key, record: MappedRecord, inputs: readonly Key[], admission: Admission): Pending {
    return {
      key,
      record,
      inputs,
      lanes: admission.lanes,
      rank: this.#rank(admission.lanes, admission.signers.length),
      owner: admission.signers[0]!,
      signers: admission.signers,
      parents: this.#asked,
      indexed: false,
      gone: false,
    }
  }

  #rivals(inputs: readonly Key[]): readonly Pending[] {
    if (!inputs.some(input => this.#spenders.has(input))) return NONE
    const rivals: Pending[] = []
    for (const input of inputs) {
      const rival = this.#spenders.get(input)
      if (rival && !rivals.includes(rival)) rivals.push(rival)
    }
    return rivals
  }

  #refuseConflict(pending: Pending, rivals: readonly Pending[]): OmgError | undefined {
    const blocking = rivals.find(rival => !replaces(pending, rival))
    if (!blocking) return undefined
    return nodeError(
      'mempool.conflict',
      `Transaction ${hexOfKey(blocking.key)} waits already and spends the same input.`,
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
          `It spends an output of ${hexOfKey(next.key)}, which it would replace.`,
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
    const waiting = this.#owners.get(pending.owner) ?? 0
    if (waiting < this.limits.perOwner || rivals.length > 0) return undefined
    return nodeError('mempool.rate', `${waiting} transactions of ${pending.owner} wait already.`)
  }

  /** Room is made only at the expense of a lower fee class. */
  #refuseRoom(pending: Pending, rivals: readonly Pending[]): OmgError | undefined {
    if (rivals.length > 0 || !this.#isFull(pending)) return undefined
    const lowest = this.#ranks.findIndex(rank => rank.size > 0)
    if (lowest >= 0 && lowest < pending.rank) return undefined
    return nodeError('mempool.full', `The mempool holds ${this.size} transactions (${this.#bytes} bytes).`)
  }

  #isFull(pending: Pending): boolean {
    return this.size >= this.limits.transactions || this.#bytes + pending.record.length > this.limits.bytes
  }

  #makeRoom(pending: Pending): void {
    while (this.#isFull(pending)) {
      const rank = this.#ranks.find((set, i) => set.size > 0 && i < pending.rank)
      const [victim] = rank ?? []
      if (!victim || pending.parents.includes(victim)) return
      this.#drop(victim, nodeError('mempool.evicted', 'A transaction with a higher fee needed the room.'))
    }
  }

  #insert(pending: Pending): void {
    this.#pending.set(pending.key, pending)
    for (const key of pending.inputs) this.#spenders.set(key, pending)
    this.#unindexed.push(pending)
    this.#ranks[pending.rank]!.add(pending)
    this.#owners.set(pending.owner, (this.#owners.get(pending.owner) ?? 0) + 1)
    this.#bytes += pending.record.length
  }

  #makerOf(output: Key): Pending | undefined {
    for (const pending of this.#unindexed) {
      if (pending.gone) continue
      pending.indexed = true
      for (const key of outputKeys(pending.record)) this.#makers.set(key, pending)
    }
    this.#unindexed = []
    return this.#makers.get(output)
  }

  #remove(pending: Pending): void {
    pending.gone = true
    this.#pending.delete(pending.key)
    for (const key of pending.inputs) this.#spenders.delete(key)
    if (pending.indexed) for (const key of outputKeys(pending.record)) this.#makers.delete(key)
    this.#ranks[pending.rank]!.delete(pending)
    const waiting = this.#owners.get(pending.owner)! - 1
    if (waiting === 0) this.#owners.delete(pending.owner)
    else this.#owners.set(pending.owner, waiting)
    this.#bytes -= pending.record.length
  }

  /** Removes it and everything that spends its outputs. */
  #drop(pending: Pending, error: OmgError): void {
    const queue: { pending: Pending; error: OmgError }[] = [{ pending, error }]
    for (let next = queue.pop(); next; next = queue.pop()) {
      if (next.pending.gone) continue
      this.#remove(next.pending)
      this.rejections.add(next.pending.key, next.error)
      for (const key of outputKeys(next.pending.record)) {
        const child = this.#spenders.get(key)
        if (child) {
          const parent = hexOfKey(next.pending.key)
          queue.push({
            pending: child,
            error: nodeError('mempool.evicted', `Its parent ${parent} left the mempool.`),
          })
        }
      }
    }
  }

  #expire(originTime: bigint): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.gone || recordValidUntil(pending.record) >= originTime) continue
      this.reject(pending.record, this.#expired(pending, originTime))
    }
  }

  #expired(pending: Pending, originTime: bigint): OmgError {
    const checked = this.#check(pending.record, this)
    if (!checked.ok) return checked.error
    return nodeError('mempool.evicted', `Its validUntil is before the origin's time ${originTime}.`)
  }

  /**
   * Fee over all lanes in eighths of the least fee of a payment with as many signatures, capped: more signatures buy no
   * better place. Most fees are the same, so the last is kept.
   */
  #rank(lanes: bigint, signatures: number): number {
    if (lanes === this.#ranked.lanes && signatures === this.#ranked.signatures) return this.#ranked.rank
    let eighths = 0n
    for (const token of this.#feeTokens) {
      const units = (lanes >> BigInt(64 * (3 - token.lane))) & LANE_MASK
      const least = token.fees.payment * BigInt(signatures)
      if (units > 0n) eighths += least === 0n ? 8n : (units * 8n) / least
    }
    const rank = eighths < BigInt(RANKS) ? Number(eighths) : RANKS - 1
    this.#ranked = { lanes, signatures, rank }
    return rank
  }
}

/** Same inputs, same signers, and 9/8 of the fee in every lane. */
function replaces(next: Pending, old: Pending): boolean {
  const before = old.inputs.toSorted()
  const after = next.inputs.toSorted()
  if (before.length !== after.length || before.some((key, i) => key !== after[i])) return false
  const signers = new Set(old.signers)
  if (signers.size !== new Set(next.signers).size || next.signers.some(signer => !signers.has(signer)))
    return false
  for (let shift = 0n; shift < 256n; shift += 64n) {
    const was = (old.lanes >> shift) & LANE_MASK
    const is = (next.lanes >> shift) & LANE_MASK
    if (is * REPLACEMENT_DENOMINATOR < was * REPLACEMENT_NUMERATOR) return false
  }
  return next.lanes > old.lanes
}
