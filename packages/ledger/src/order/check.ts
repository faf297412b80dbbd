import {
  encodeOutput,
  type Guard,
  HASH_BYTES,
  inputsOf,
  MAX_STEP_INPUTS,
  MAX_STEPS,
  type OrderTerms,
  OUTPUT_BYTES,
  type OutputId,
  OutputType,
  type Pay,
  type Transaction,
} from '@omg/protocol'
import type { LedgerErrorCode } from '../errors.ts'
import { outputIn } from '../output.ts'
import type { PaymentRules } from '../payment.ts'
import {
  describeRecord,
  inputCount,
  isInstructionRecord,
  outputAt,
  outputCount,
  outputIdAt,
  signerCount,
} from '../record.ts'
import { textAt } from '../text.ts'
import type { MappedRecord } from '../types.ts'
import type { OrderBlock } from './block.ts'
import type { MadeOutput, SpentOutput } from './draft.ts'
import { fillRecord } from './fill.ts'
import type { CheckedMove } from './move.ts'
import type { OrderChanges } from './types.ts'
import { type MoveWords, moveWords } from './words.ts'

/** What a transaction would do in a block. */
export interface Checked {
  /** With its live inputs, where it came as an instruction. */
  readonly record: MappedRecord
  /** What it does about orders; absent where it touches none. */
  readonly orders?: {
    readonly spent: readonly SpentOutput[]
    readonly made: readonly MadeOutput[]
    readonly terms: readonly OrderTerms[]
    readonly move?: CheckedMove
  }
}

/** How a draft finds the inputs of a record. */
export interface InputFinder {
  /** Copies the outputs that a record spends to `outputs`, 69 bytes each. */
  resolve(record: MappedRecord, outputs: Uint8Array): LedgerErrorCode | undefined
  /** Whether a transaction of this block made input `i` of the record that was resolved last. */
  isFresh(i: number): boolean
}

/** A MOVE in bytes and in words, with its live inputs and what it spends. */
interface FoundMove {
  readonly record: MappedRecord
  readonly words: MoveWords
  readonly spent: readonly SpentOutput[]
}

/** Steps whose checks are kept, about a kilobyte each: a block of the design load. */
const MAX_KEPT_STEPS = 65_536

/** Blocks over which the check of an instruction is kept: one that waits longer is looked at again. */
const MAX_KEPT_BLOCKS = 4

interface KeptCheck {
  readonly checked: Checked
  /** Blocks that had been applied when it was made. */
  readonly since: number
}

/**
 * What admission found out about instructions on the tips of one origin, for the block that takes them. Most wait while a block is made that has
 * nothing to do with them. Bounded; what a block has changed something about is looked at again.
 */
export class KeptChecks {
  readonly #checks = new Map<MappedRecord, KeptCheck>()
  #steps = 0
  #blocks = 0

  get(record: MappedRecord): Checked | undefined {
    return this.#checks.get(record)?.checked
  }

  add(record: MappedRecord, checked: Checked): void {
    const steps = stepsOf(checked)
    if (this.#steps + steps > MAX_KEPT_STEPS || this.#checks.has(record)) return
    this.#steps += steps
    this.#checks.set(record, { checked, since: this.#blocks })
  }

  /** What lives no longer than it is needed is not copied by the collector. */
  delete(record: MappedRecord): void {
    const kept = this.#checks.get(record)
    if (kept === undefined) return
    this.#steps -= stepsOf(kept.checked)
    this.#checks.delete(record)
  }

  /** A block is applied, and the view of Ethereum stays the same: drops what is not as it was found any more. */
  applied({ holdings, acted, closed }: Pick<OrderChanges, 'holdings' | 'acted' | 'closed'>): void {
    this.#blocks++
    if (this.#checks.size === 0) return
    const changed = new Set<Guard>()
    for (const { guard } of holdings) changed.add(guard)
    for (const { guard } of acted) changed.add(guard)
    for (const [record, { checked, since }] of this.#checks) {
      const isOld = this.#blocks - since >= MAX_KEPT_BLOCKS
      if (isOld || dependsOn(checked, changed) || (closed && gathers(checked))) this.delete(record)
    }
  }
}

/** R9: what is seasoned to be gathered depends on the open checkpoint. */
function gathers({ orders }: Checked): boolean {
  return orders!.move!.request.move.steps.some(({ inputs }) => inputs.length > 1)
}

/** Whether the check would come to something else at the next height, where these guards have changed. */
function dependsOn({ orders }: Checked, changed: ReadonlySet<Guard>): boolean {
  const { request, effect } = orders!.move!
  return (
    request.move.steps.some(({ guard, to }) => changed.has(guard) || changed.has(to)) ||
    effect.made.some(({ output }) => changed.has(output.guard)) ||
    // R11: by then it may be too late for it. What an order is chained to may be forgotten.
    request.terms.some(
      ({ expiryKind, proceedsKind, proceedsGuard }) =>
        expiryKind === 'height' || (proceedsKind === 'chained' && changed.has(proceedsGuard)),
    )
  )
}

function stepsOf({ orders }: Checked): number {
  return orders?.move?.request.move.steps.length ?? 0
}

/** Checks payments with orders, MOVEs and instructions for a {@link Draft}: from bytes to the words of {@link OrderBlock}. */
export class OrderChecks {
  readonly #orders: OrderBlock
  readonly #rules: PaymentRules
  readonly #inputs: InputFinder
  readonly #kept: KeptChecks | undefined
  /** The outputs that a MOVE spends, more than a PAY may have. */
  readonly #spent = new Uint8Array(MAX_STEPS * MAX_STEP_INPUTS * OUTPUT_BYTES)

  constructor(orders: OrderBlock, rules: PaymentRules, inputs: InputFinder, kept?: KeptChecks) {
    this.#orders = orders
    this.#rules = rules
    this.#inputs = inputs
    this.#kept = kept
  }

  /** A PAY with orders whose inputs stand in the rules: for the rules of payments each stands as a COIN of its owner. */
  pay(record: MappedRecord): Checked | LedgerErrorCode {
    const { transaction, witness, outputIds } = describeRecord(record)
    const spent = this.#spentBy(transaction, this.#rules.inputs)
    const { orderTerms: terms } = witness
    const payment = this.#orders.payment(outputIds, transaction as Pay, terms, spent)
    if (typeof payment === 'string') return payment
    const plain = record.slice()
    for (const [i, input] of payment.inputs.entries())
      this.#rules.inputs.set(encodeOutput(input), OUTPUT_BYTES * i)
    for (const [i, output] of payment.outputs.entries()) plain.set(encodeOutput(output), outputAt(plain, i))
    return this.#rules.check(plain) ?? { record, orders: { spent, made: payment.made, terms } }
  }

  /** A signed MOVE, or an instruction, which gets its live outputs here. */
  move(submitted: MappedRecord): Checked | LedgerErrorCode {
    if (signerCount(submitted) === 0) return 'transaction.protocol_only'
    const kept = this.#kept?.get(submitted)
    const move = kept?.orders?.move
    // No MOVE pays a fee.
    this.#rules.lanes.fill(0n)
    if (move && this.#orders.isUntouchedBy(move)) return this.#orders.refusal(move) ?? kept
    return this.#checkMove(submitted)
  }

  /** The block has taken a transaction: nothing that was kept about it is needed any more. */
  forget(record: MappedRecord): void {
    this.#kept?.delete(record)
  }

  #checkMove(submitted: MappedRecord): Checked | LedgerErrorCode {
    const found = isInstructionRecord(submitted) ? this.#fill(submitted) : this.#find(submitted)
    if (typeof found === 'string') return found
    const { record, words, spent } = found
    const { instruction, move, terms, signer } = words
    const outputId = (index: number) => textAt(record, outputIdAt(record, index), HASH_BYTES) as OutputId
    const request = { instruction, move, outputId, terms }
    const effect = this.#orders.move(request, spent, signer!)
    if (typeof effect === 'string') return effect
    const checked = { record, orders: { spent, made: effect.made, terms, move: { request, effect } } }
    if (isInstructionRecord(submitted) && !this.#orders.isTouched) this.#kept?.add(submitted, checked)
    return checked
  }

  /** A MOVE with the outputs that it names. */
  #find(record: MappedRecord): FoundMove | LedgerErrorCode {
    const code = this.#inputs.resolve(record, this.#spent)
    if (code !== undefined) return code
    const words = moveWords(record)
    return { record, words, spent: this.#spentBy(words.move, this.#spent) }
  }

  /** An instruction with its live outputs. What the orders know as live, and locked for nobody, is in the set too. */
  #fill(submitted: MappedRecord): FoundMove | LedgerErrorCode {
    const words = moveWords(submitted)
    const { move } = words
    const spent = this.#orders.fill(move, words.terms)
    return typeof spent === 'string' ? spent : { record: fillRecord(submitted, move), words, spent }
  }

  /** The outputs that were found for a transaction, in words. */
  #spentBy(transaction: Transaction, outputs: Uint8Array): SpentOutput[] {
    return inputsOf(transaction).map((id, i) => {
      const output = outputIn(outputs, OUTPUT_BYTES * i)
      return { id, output, fresh: this.#inputs.isFresh(i) }
    })
  }
}

/** Whether a PAY makes an ORDER, or spends one of the outputs in `inputs`. */
export function touchesOrders(record: MappedRecord, inputs: Uint8Array): boolean {
  for (let i = 0, at = 0; i < inputCount(record); i++, at += OUTPUT_BYTES)
    if (inputs[at] === OutputType.order) return true
  for (let i = 0, at = outputAt(record, 0); i < outputCount(record); i++, at += OUTPUT_BYTES) {
    if (record[at] === OutputType.order) return true
  }
  return false
}
