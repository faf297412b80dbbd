import type { Side } from '@omg/exchange'
import {
  describeRecord,
  type ExchangeView,
  type Execution,
  NO_EXCHANGE,
  recordSigned,
  type StateTransition,
} from '@omg/ledger'
import {
  type Address,
  depositId,
  type Guard,
  type Hash,
  inputsOf,
  isTradingBalance,
  type Move,
  type Output,
  type OutputId,
  outputsOf,
  type Position,
  position,
  type Transaction,
  type TxHash,
  ZERO_HASH,
} from '@omg/protocol'
import type { HeldAs } from '../store/tables.ts'
import { type Derivation, madeByMove, madeBySettle } from './derived.ts'
import { Outputs } from './outputs.ts'

/** An output with its owner. */
export interface OwnedOutput {
  readonly id: OutputId
  readonly output: Output
  readonly owner: Address | null
  readonly heldAs: HeldAs
}

export interface MadeOutput extends OwnedOutput {
  readonly index: number
  readonly position: Position
}

/** What one SETTLE did to one order. */
export interface FillPart {
  readonly guard: Guard
  readonly owner: Address
  readonly side: Side
  readonly lots: bigint
  readonly maker: boolean
  /** In quote units. */
  readonly value: bigint
  readonly fee: bigint
}

/** How an order left the place where it stood. */
export type Departure = 'filled' | 'cancelled' | 'amended' | 'spent' | 'released'

/** What one transaction did. */
export interface TransactionEffect {
  readonly hash: TxHash
  readonly transaction: Transaction
  readonly signers: readonly Address[]
  readonly path: number
  /** Packed fee lanes. */
  readonly lanes: bigint
  readonly bytes: number
  readonly made: readonly MadeOutput[]
  readonly spent: readonly OwnedOutput[]
  /** Of a SETTLE. */
  readonly fills: readonly FillPart[]
}

/** Terms that were unknown under a guard, and the outputs from Ethereum that waited for them. */
export interface Learned {
  readonly guard: Guard
  readonly outputs: readonly OwnedOutput[]
}

/** What one block did, output by output: also those that were made and spent within it, which the net change does not show. */
export interface BlockEffect {
  readonly deposits: readonly MadeOutput[]
  readonly transactions: readonly TransactionEffect[]
  readonly learned: readonly Learned[]
  /** How each guard that was moved by the block was moved last. */
  readonly departures: ReadonlyMap<Guard, Departure>
}

/**
 * The outputs that a block makes and spends, in its order. `ledger` stands before the block: ask before it is applied.
 * MOVE and SETTLE do not list what they make; it follows from what they spend (docs/encoding.md, "Ledger rules version 2").
 */
export function effectsOf(
  execution: Execution,
  ledger: StateTransition,
  exchange: ExchangeView = NO_EXCHANGE,
): BlockEffect {
  const { block, records, leaves, batches, inForce } = execution
  const outputs = new Outputs(ledger)
  for (const { output, position } of block.deposits) outputs.add(depositId(output, position), output)
  const derivation: Derivation = { outputs, exchange, inForce, batches }
  const departures = new Map<Guard, Departure>()
  const nodes = new DataView(leaves.nodes.buffer, leaves.nodes.byteOffset, leaves.nodes.byteLength)
  const transactions = records.map((record, i): TransactionEffect => {
    const { hash, transaction, witness, signers, outputIds } = describeRecord(record)
    outputs.learn(witness.orderTerms)
    const spent = inputsOf(transaction).map(id => outputs.get(id))
    const { made: list, fills } = makes(transaction, spent, derivation)
    const path = leaves.paths[i]!
    const made = list.map(({ index, output }): MadeOutput => {
      const owned = outputs.add(outputIds[index]!, output)
      return { ...owned, index, position: placeOf(block.checkpoint, path, index) }
    })
    noteDepartures(departures, { transaction, signers, spent, made }, outputs)
    const [lanes, bytes] = [lanesAt(nodes, i), recordSigned(record).length]
    return { hash, transaction, signers, path, lanes, bytes, made, spent, fills }
  })
  // Terms that the block itself brings name the owners of its deposits, too.
  const deposits = block.deposits.map(({ output, position }): MadeOutput => {
    return { ...outputs.owned(depositId(output, position), output), index: 0, position }
  })
  return { deposits, transactions, learned: outputs.learned(), departures }
}

function makes(transaction: Transaction, spent: readonly OwnedOutput[], derivation: Derivation) {
  if (transaction.kind === 'move') return { made: madeByMove(transaction, spent, derivation), fills: [] }
  if (transaction.kind === 'settle') return madeBySettle(transaction, spent, derivation)
  return { made: outputsOf(transaction as Extract<Transaction, { kind: 'pay' | 'fee' }>), fills: [] }
}

type Departing = Pick<TransactionEffect, 'transaction' | 'signers' | 'spent' | 'made'>

/** How the guards that a transaction spends left: later transactions of a block override earlier ones. */
function noteDepartures(
  departures: Map<Guard, Departure>,
  { transaction, signers, spent, made }: Departing,
  outputs: Outputs,
): void {
  for (const [i, { output }] of spent.entries()) {
    if (output.type !== 'order') continue
    departures.set(output.guard, departureOf(transaction, signers, i, outputs))
  }
  if (transaction.kind !== 'settle') return
  // What stays under its guard is not filled yet: it may go back in this block.
  const settled = new Set(spent.map(({ output }) => output.guard))
  for (const { output } of made) if (settled.has(output.guard)) departures.delete(output.guard)
}

function departureOf(
  transaction: Transaction,
  signers: readonly Address[],
  input: number,
  outputs: Outputs,
): Departure {
  if (transaction.kind === 'settle') return 'filled'
  if (transaction.kind !== 'move') return 'spent'
  if (signers.length === 0) return 'released'
  const { to } = stepOfInput(transaction, input)
  const terms = to === (ZERO_HASH as Hash) ? undefined : outputs.terms(to)
  return terms === undefined || isTradingBalance(terms) ? 'cancelled' : 'amended'
}

function stepOfInput({ steps }: Move, input: number): Move['steps'][number] {
  let left = input
  for (const step of steps) {
    if (left < step.inputs.length) return step
    left -= step.inputs.length
  }
  throw new Error(`a MOVE has no input ${input}`)
}

function placeOf(checkpoint: bigint, path: number, output: number): Position {
  return position({ checkpoint, sequence: 0, shard: path >>> 16, index: path & 0xffff, output })
}

/** The lanes of leaf `i`: `hash 32 ‖ lanes 32` each. */
function lanesAt(nodes: DataView, i: number): bigint {
  let lanes = 0n
  for (let word = 0; word < 4; word++) lanes = (lanes << 64n) | nodes.getBigUint64(64 * i + 32 + 8 * word)
  return lanes
}
