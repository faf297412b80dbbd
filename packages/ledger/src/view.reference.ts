import {
  addLanes,
  type Domain,
  decodeOutput,
  depositId,
  encodeSignedTransaction,
  fromHex,
  inputsOf,
  instructionHash,
  type Move,
  type Output,
  type OutputId,
  type Pay,
  type Position,
  type SignedTransaction,
  unwrap,
} from '@omg/protocol'
import { readEntry } from './entry.ts'
import type { LedgerErrorCode } from './errors.ts'
import { type MappedTransaction, mapTransactionReference } from './map.reference.ts'
import { createMapper } from './map.ts'
import type { BatchPlan } from './order/batch.ts'
import type { OrderBlock } from './order/block.ts'
import type { MadeOutput, SpentOutput } from './order/draft.ts'
import type { MoveEffect, MoveRequest } from './order/move.ts'
import { checkPayment } from './payment.reference.ts'
import { recordAt } from './record.ts'
import { blobBytes } from './room.ts'
import type { Block, MappedRecord, ParametersInForce, PendingOutputs, StateTransition } from './types.ts'

/** A transaction that was found valid, with what it spends, makes and pays. */
export interface Accepted {
  readonly record: MappedRecord
  readonly transaction: MappedTransaction
  readonly spends: readonly OutputId[]
  readonly makes: readonly MadeOutput[]
  readonly lanes: bigint
  readonly level: number
}

/** What a transaction would do here. */
interface Checked {
  readonly transaction: MappedTransaction
  readonly spent: readonly SpentOutput[]
  readonly made: readonly MadeOutput[]
  readonly lanes: bigint
  readonly merge: boolean
  /** Of a MOVE. */
  readonly move?: MoveEffect
}

/** An output that the block sees: from the set, from a deposit, or made by a transaction of the block. */
export type Source = { readonly output: Output } & (
  | { readonly from: 'set' | 'deposit'; readonly position: Position }
  | { readonly from: 'block'; readonly maker: Accepted; readonly index: number }
)

/** What a block of {@link ReferenceLedger} sees while it grows: the set, its own outputs, and what it has spent. */
export class View {
  readonly seen = new Map<OutputId, Source>()
  readonly spent = new Set<OutputId>()
  readonly orders: OrderBlock
  /** What the orders of the block have taken, in turn: a transaction, or where a deposit stands. */
  readonly taken: (Accepted | Position)[] = []
  #feeLanes: bigint
  readonly #ledger: StateTransition
  /** The fees of the block. */
  readonly inForce: ParametersInForce
  readonly #pending: PendingOutputs | undefined

  constructor(
    ledger: StateTransition,
    orders: OrderBlock,
    inForce: ParametersInForce,
    pending?: PendingOutputs,
  ) {
    this.#ledger = ledger
    this.inForce = inForce
    this.orders = orders
    this.#pending = pending
    this.#feeLanes = ledger.tip.feeLanes
  }

  deposit(deposit: Block['deposits'][number]): void {
    const { output, position } = deposit
    const id = depositId(output, position)
    this.seen.set(id, { from: 'deposit', output, position })
    this.orders.accept([], [{ index: 0, id, output }], [])
    this.taken.push(position)
  }

  /** Checks and takes a transaction, or names the rule it breaks. */
  add(record: MappedRecord, mapped: MappedTransaction, originTime: bigint): Accepted | LedgerErrorCode {
    const checked = this.check(mapped, originTime)
    if (typeof checked === 'string') return checked
    const sum = addLanes(this.#feeLanes, checked.lanes)
    if (!sum.ok) return 'transaction.overflow'
    this.#feeLanes = sum.value
    const { transaction, spent, made, move } = checked
    const terms = transaction.witness.orderTerms
    if (move) {
      this.orders.acceptMove(this.#requestOf(transaction), spent, move)
    } else this.orders.accept(spent, made, terms)
    const isFilled = transaction !== mapped
    const accepted = this.accept(
      isFilled ? this.#recordOf(transaction) : record,
      transaction,
      { spent, made },
      checked.lanes,
    )
    this.taken.push(accepted)
    return accepted
  }

  /**
   * Takes the batches of the block, which come after its other transactions. There are none where their fees do not fit the lanes,
   * or they are more than `room` blob bytes.
   */
  addPlan(plan: BatchPlan, room: number): Accepted[] {
    let lanes = this.#feeLanes
    for (const transaction of plan.transactions) {
      const sum = addLanes(lanes, transaction.lanes)
      if (!sum.ok) return []
      lanes = sum.value
    }
    const records = plan.transactions.map(({ signed }) => this.#recordOf(signed))
    if (records.reduce((bytes, record) => bytes + blobBytes(record), 0) > room) return []
    this.#feeLanes = lanes
    this.orders.acceptPlan(plan)
    return plan.transactions.map(({ signed, spent, made, lanes }, i) => {
      for (const { id } of spent) this.#find(id)
      const mapped = unwrap(mapTransactionReference(encodeSignedTransaction(signed), this.#domain))
      const accepted = this.accept(records[i]!, mapped, { spent, made }, lanes)
      this.taken.push(accepted)
      return accepted
    })
  }

  accept(
    record: MappedRecord,
    transaction: MappedTransaction,
    { spent, made }: Pick<Checked, 'spent' | 'made'>,
    lanes: bigint,
  ): Accepted {
    const spends = spent.map(({ id }) => id)
    const levels = spends.map(id => {
      const source = this.seen.get(id)!
      return source.from === 'block' ? source.maker.level + 1 : 0
    })
    const accepted = { record, transaction, spends, makes: made, lanes, level: Math.max(0, ...levels) }
    for (const id of spends) this.spent.add(id)
    for (const { id, index, output } of made) {
      this.seen.set(id, { from: 'block', output, maker: accepted, index })
    }
    return accepted
  }

  /** Whether a transaction is valid here: R1, R2, R5, R6, R7, conservation, fees, dust, orders. */
  check(mapped: MappedTransaction, originTime: bigint): Checked | LedgerErrorCode {
    const { transaction } = mapped
    if (transaction.kind === 'pay') return this.#checkPay(mapped, transaction, originTime)
    if (transaction.kind !== 'move' || mapped.signers.length === 0) return 'transaction.protocol_only'
    if (inputsOf(transaction).length > 0) return this.#checkMove(mapped)
    const move = { ...transaction, steps: transaction.steps.map(step => ({ ...step })) }
    const filled = this.orders.fill(move, mapped.witness.orderTerms)
    if (typeof filled === 'string') return filled
    const signed = encodeSignedTransaction({ transaction: move, witness: mapped.witness })
    return this.#checkMove(unwrap(mapTransactionReference(signed, this.#domain)))
  }

  #checkPay(transaction: MappedTransaction, pay: Pay, originTime: bigint): Checked | LedgerErrorCode {
    if (originTime > pay.validUntil) return 'transaction.expired'
    const spent = this.#resolve(transaction)
    if (typeof spent === 'string') return spent
    const { witness, outputIds, signers } = transaction
    const payment = this.orders.payment(outputIds, pay, witness.orderTerms, spent)
    if (typeof payment === 'string') return payment
    const { inputs, outputs, made } = payment
    const checked = checkPayment({ ...pay, outputs }, inputs, signers, this.inForce)
    return typeof checked === 'string' ? checked : { transaction, spent, made, ...checked }
  }

  #checkMove(transaction: MappedTransaction): Checked | LedgerErrorCode {
    const spent = this.#resolve(transaction)
    if (typeof spent === 'string') return spent
    const effect = this.orders.move(this.#requestOf(transaction), spent, transaction.signers[0]!)
    if (typeof effect === 'string') return effect
    return { transaction, spent, made: effect.made, lanes: 0n, merge: false, move: effect }
  }

  #requestOf({ transaction, witness, outputIds }: MappedTransaction): MoveRequest {
    const move = transaction as Move
    const outputId = (index: number) => outputIds[index]!
    return { instruction: instructionHash(move, this.#domain), move, outputId, terms: witness.orderTerms }
  }

  /** The outputs that a transaction spends. */
  #resolve({ transaction, hash }: MappedTransaction): SpentOutput[] | LedgerErrorCode {
    const spent: SpentOutput[] = []
    for (const id of inputsOf(transaction)) {
      const found = this.#find(id)
      if (!found) return 'input.missing'
      if (this.spent.has(id)) return 'input.spent'
      if (this.orders.isLocked(id, fromHex(hash))) return 'input.locked'
      spent.push({ id, ...found })
    }
    return spent
  }

  #find(id: OutputId): Omit<SpentOutput, 'id'> | undefined {
    const seen = this.seen.get(id)
    if (seen) return { output: seen.output, fresh: seen.from === 'block' }
    const entry = this.#ledger.unspent.get(fromHex(id))
    if (entry) {
      const { output, position } = readEntry(entry)
      this.seen.set(id, { from: 'set', output, position })
      return { output, fresh: false }
    }
    const pending = this.#pending?.find(fromHex(id))
    return pending && { output: unwrap(decodeOutput(pending)), fresh: true }
  }

  #recordOf({ transaction, witness }: SignedTransaction): MappedRecord {
    const signed = encodeSignedTransaction({ transaction, witness })
    return recordAt(createMapper(this.#domain)(signed, Uint32Array.of(0, signed.length)), 0)!
  }

  get #domain(): Domain {
    return this.#ledger.parameters.domain
  }
}
