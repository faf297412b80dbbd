import type { Amount, Guard, Hash, OutputId, Position } from '../hex.ts'
import type { Output } from '../output.ts'

/** The byte of each kind of transaction. */
export const TransactionKind = {
  pay: 1,
  move: 2,
  settle: 3,
  claim: 4,
  refund: 5,
  fee: 6,
  deposit: 7,
} as const

/** What a transaction does. */
export type TransactionKindName = keyof typeof TransactionKind

/** Spends outputs into listed outputs, signed by every owner over the whole transaction. */
export interface Pay {
  readonly kind: 'pay'
  /** 1 to 16, each once. */
  readonly inputs: readonly OutputId[]
  /** 1 to 16; any type but FEE. */
  readonly outputs: readonly Output[]
  /** Seconds; included only while the origin's time is at most this (R7). */
  readonly validUntil: bigint
  /** Free for the payer's use. */
  readonly memo: Hash
}

/** What the owner or the agent signs in one step of a MOVE: names the guard, not the live output. */
export interface Step {
  readonly guard: Guard
  /** Token units to move; 0 is all. */
  readonly amount: Amount
  /** The guard of the new terms; zero is COIN of the owner. */
  readonly to: Guard
}

/** A signed instruction: cancels, amends and places orders without racing against fills. */
export interface MoveInstruction {
  /** 1 to 16. */
  readonly steps: readonly Step[]
  /** Seconds. */
  readonly validUntil: bigint
  /** Makes equal instructions differ; each is included at most once. */
  readonly nonce: bigint
}

/** A step with the live outputs that the producer filled in, 1 to 8. */
export interface MoveStep extends Step {
  readonly inputs: readonly OutputId[]
}

/** An instruction and the live outputs it moves. Step `i` makes outputs `2i` (moved) and `2i+1` (the rest). */
export interface Move extends MoveInstruction {
  readonly kind: 'move'
  readonly steps: readonly MoveStep[]
}

/** The part of one order that a SETTLE fills. */
export interface Fill {
  readonly input: OutputId
  /** At least 1. */
  readonly lots: bigint
}

/** Fills orders of one market at the clearing price. Fill `i` makes outputs `2i` (proceeds) and `2i+1` (the rest). */
export interface Settle {
  readonly kind: 'settle'
  readonly market: Hash
  readonly batchHeight: bigint
  /** In ticks. */
  readonly price: bigint
  /** 2 to 16. */
  readonly fills: readonly Fill[]
}

/** Takes a SWAP with its preimage; makes output 0, a COIN of the taker. */
export interface Claim {
  readonly kind: 'claim'
  readonly input: OutputId
}

/** Takes a SWAP back after its expiry; makes output 0, a COIN of the maker. */
export interface Refund {
  readonly kind: 'refund'
  readonly input: OutputId
}

/** Collects the fee lanes of a checkpoint and spends FEE outputs. */
export interface Fee {
  readonly kind: 'fee'
  /** Whose lanes are collected; 0 collects none, and then there is at least one input. */
  readonly checkpoint: bigint
  /** 0 to 16. */
  readonly inputs: readonly OutputId[]
  /** 1 to 16; COIN and FEE. */
  readonly outputs: readonly Output[]
}

/** Brings an output in from Ethereum, in the order of the inbox. Not a leaf of any tree. */
export interface Deposit {
  readonly kind: 'deposit'
  /** Items of the inbox count from 0. */
  readonly inboxIndex: bigint
  /** A deposit position: sequence at least 1. */
  readonly position: Position
  /** COIN, ITEM, ORDER or CHAIN. */
  readonly output: Output
}

/** Everything that changes the ledger. */
export type Transaction = Pay | Move | Settle | Claim | Refund | Fee | Deposit

/** An output with its index in the transaction that makes it. */
export interface IndexedOutput {
  readonly index: number
  readonly output: Output
}

/** The inputs of a transaction in the order of the encoding; those of a MOVE are of all steps in order. */
export function inputsOf(transaction: Transaction): readonly OutputId[] {
  switch (transaction.kind) {
    case 'pay':
    case 'fee':
      return transaction.inputs
    case 'move':
      return transaction.steps.flatMap(step => step.inputs)
    case 'settle':
      return transaction.fills.map(fill => fill.input)
    case 'claim':
    case 'refund':
      return [transaction.input]
    case 'deposit':
      return []
  }
}

/** The outputs that a transaction lists itself. The others derive theirs from live inputs: see {@link madeIndex}. */
export function outputsOf(transaction: Pay | Fee | Deposit): readonly IndexedOutput[] {
  if (transaction.kind === 'deposit') return [{ index: 0, output: transaction.output }]
  return transaction.outputs.map((output, index) => ({ index, output }))
}

/** The index of what fill or step `i` makes: the proceeds of a fill, the moved amount of a step. */
export function madeIndex(i: number): number {
  return 2 * i
}

/** The index of what fill or step `i` leaves under the old guard; absent where nothing is left. */
export function remainderIndex(i: number): number {
  return 2 * i + 1
}
