import { describeRecord, type Execution, readEntry, recordSigned, type StateTransition } from '@omg/ledger'
import {
  type Address,
  depositId,
  fromHex,
  inputsOf,
  type Output,
  type OutputId,
  outputsOf,
  ownerOfGuard,
  type Position,
  position,
  type Transaction,
  type TxHash,
} from '@omg/protocol'
import type { HeldAs } from '../store/tables.ts'

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
}

/** What one block did, output by output: also those that were made and spent within it, which the net change does not show. */
export interface BlockEffect {
  readonly deposits: readonly MadeOutput[]
  readonly transactions: readonly TransactionEffect[]
}

/**
 * The outputs that a block makes and spends, in its order. `ledger` stands before the block: ask before it is applied.
 */
export function effectsOf(execution: Execution, ledger: StateTransition): BlockEffect {
  const { block, records, leaves } = execution
  const fresh = new Map<OutputId, OwnedOutput>()
  const deposits = block.deposits.map(({ output, position }) => {
    const made = { id: depositId(output, position), output, ...ownership(output), index: 0, position }
    fresh.set(made.id, made)
    return made
  })
  const lanes = new DataView(leaves.nodes.buffer, leaves.nodes.byteOffset, leaves.nodes.byteLength)
  const transactions = records.map((record, i): TransactionEffect => {
    const { hash, transaction, signers, outputIds } = describeRecord(record)
    const path = leaves.paths[i]!
    const spent = inputsOf(transaction).map(id => fresh.get(id) ?? liveOutput(ledger, id))
    const made = outputsOf(transaction as Extract<Transaction, { kind: 'pay' | 'fee' }>).map(
      ({ index, output }) => {
        const owned = { id: outputIds[index]!, output, ...ownership(output) }
        return { ...owned, index, position: placeOf(block.checkpoint, path, index) }
      },
    )
    for (const output of made) fresh.set(output.id, output)
    const bytes = recordSigned(record).length
    return { hash, transaction, signers, path, lanes: lanesAt(lanes, i), bytes, made, spent }
  })
  return { deposits, transactions }
}

function liveOutput(ledger: StateTransition, id: OutputId): OwnedOutput {
  const entry = ledger.unspent.get(fromHex(id))
  if (entry === undefined) throw new Error(`${id} is spent by a valid block and was not live`)
  const { output } = readEntry(entry)
  return { id, output, ...ownership(output) }
}

function ownership({ type, guard }: Output): Pick<OwnedOutput, 'owner' | 'heldAs'> {
  if (type === 'coin' || type === 'item') return { owner: ownerOfGuard(guard), heldAs: type }
  return { owner: null, heldAs: type === 'order' ? 'unknown' : 'other' }
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
