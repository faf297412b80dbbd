import {
  addLanes,
  decodeOutput,
  depositId,
  fromHex,
  type Output,
  type OutputId,
  type Pay,
  type Position,
  unwrap,
} from '@omg/protocol'
import { readEntry } from './entry.ts'
import type { LedgerErrorCode } from './errors.ts'
import type { MappedTransaction } from './map.reference.ts'
import { checkPayment } from './payment.reference.ts'
import type { Block, LockedOutputs, MappedRecord, PendingOutputs, StateTransition } from './types.ts'

/** A transaction that was found valid, with what it spends and the fee it pays. */
export interface Accepted {
  readonly record: MappedRecord
  readonly transaction: MappedTransaction
  readonly spends: readonly OutputId[]
  readonly lanes: bigint
  readonly level: number
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
  #feeLanes: bigint
  readonly #ledger: StateTransition
  readonly #locked: LockedOutputs
  readonly #pending: PendingOutputs | undefined

  constructor(ledger: StateTransition, locked: LockedOutputs, pending?: PendingOutputs) {
    this.#ledger = ledger
    this.#locked = locked
    this.#pending = pending
    this.#feeLanes = ledger.tip.feeLanes
  }

  deposit(deposit: Block['deposits'][number]): void {
    const { output, position } = deposit
    this.seen.set(depositId(output, position), { from: 'deposit', output, position })
  }

  /** Checks and takes a transaction, or names the rule it breaks. */
  add(record: MappedRecord, mapped: MappedTransaction, originTime: bigint): Accepted | LedgerErrorCode {
    const checked = this.check(mapped, originTime)
    if (typeof checked === 'string') return checked
    const sum = addLanes(this.#feeLanes, checked.lanes)
    if (!sum.ok) return 'transaction.overflow'
    this.#feeLanes = sum.value
    const { inputs } = mapped.transaction as Pay
    const levels = inputs.map(id => {
      const source = this.seen.get(id)!
      return source.from === 'block' ? source.maker.level + 1 : 0
    })
    return this.accept(record, mapped, inputs, checked.lanes, Math.max(...levels))
  }

  accept(
    record: MappedRecord,
    transaction: MappedTransaction,
    spends: readonly OutputId[],
    lanes: bigint,
    level: number,
  ): Accepted {
    const accepted = { record, transaction, spends, lanes, level }
    for (const id of spends) this.spent.add(id)
    const { outputs } = transaction.transaction as Pay
    outputs.forEach((output, index) => {
      this.seen.set(transaction.outputIds[index]!, { from: 'block', output, maker: accepted, index })
    })
    return accepted
  }

  /** Whether a transaction is valid here: R1, R5, R6, R7, conservation, fees, dust. */
  check(
    { transaction, hash, signers }: MappedTransaction,
    originTime: bigint,
  ): { lanes: bigint; merge: boolean } | LedgerErrorCode {
    if (transaction.kind !== 'pay') return 'transaction.protocol_only'
    if (originTime > transaction.validUntil) return 'transaction.expired'
    const inputs: Output[] = []
    for (const id of transaction.inputs) {
      const output = this.#find(id)
      if (!output) return 'input.missing'
      if (this.spent.has(id)) return 'input.spent'
      if (this.#locked.blocks(fromHex(id), fromHex(hash))) return 'input.locked'
      inputs.push(output)
    }
    return checkPayment(transaction, inputs, signers, this.#ledger.parameters)
  }

  #find(id: OutputId): Output | undefined {
    const seen = this.seen.get(id)
    if (seen) return seen.output
    const entry = this.#ledger.unspent.get(fromHex(id))
    if (entry) {
      const { output, position } = readEntry(entry)
      this.seen.set(id, { from: 'set', output, position })
      return output
    }
    const pending = this.#pending?.find(fromHex(id))
    return pending && unwrap(decodeOutput(pending))
  }
}
