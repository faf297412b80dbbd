import {
  type Address,
  type Hash,
  type Hex,
  isDepositPosition,
  type Output,
  type OutputId,
  type Position,
  parsePosition,
  toHex,
} from '@omg/protocol'
import type { Origin } from '@omg/rootchain'
import { type Checkpoints, encodeDeposit } from '../chain/checkpoints.ts'
import type { CustomerOutput, StoredDeposit } from '../store/facts.ts'

/** Everything an owner needs to withdraw one output to Ethereum, even if every node is gone. */
export type ExitData = DepositExitData | TransactionExitData | UncommittedExitData

interface Withdrawable {
  readonly outputId: OutputId
  readonly owner: Address
  readonly output: Output
  readonly position: Position
}

/** A deposit is known to Ethereum itself: no proof is needed. */
export interface DepositExitData extends Withdrawable {
  readonly kind: 'deposit'
  /** The encoded DEPOSIT. */
  readonly transaction: Hex
}

/** An output of a transaction in a checkpoint that Ethereum has. It never changes: checkpoints do not. */
export interface TransactionExitData extends Withdrawable {
  readonly kind: 'transaction'
  readonly checkpoint: bigint
  readonly outputIndex: number
  /** The encoded transaction, without its witness. */
  readonly transaction: Hex
  /** `shard << 16 | index`. */
  readonly path: number
  readonly witnessHash: Hash
  /** 12 bytes each. */
  readonly inputPositions: Hex
  /** Packed fee lanes of the leaf. */
  readonly lanes: bigint
  /** Bitmap form (docs/encoding.md). */
  readonly proof: Hex
  /** The encoded header of the checkpoint. */
  readonly header: Hex
}

/** An output whose checkpoint Ethereum does not have yet: it can only leave in flight, by its inputs. */
export interface UncommittedExitData extends Withdrawable {
  readonly kind: 'uncommitted'
  readonly checkpoint: bigint
  readonly outputIndex: number
  /** `transaction ‖ witness`: what an in-flight exit starts with. */
  readonly signedTransaction: Hex
}

/** The exit data of a live output, from the watcher's own store. Undefined where a block of it is missing. */
export function exitDataOf(output: CustomerOutput, checkpoints: Checkpoints): ExitData | undefined {
  const { outputId, owner, position } = output
  const known = { outputId, owner, output: output.output, position }
  if (isDepositPosition(position)) {
    const deposit = checkpoints.depositAt(position)
    return deposit && { kind: 'deposit', ...known, transaction: encodeDeposit(deposit) }
  }
  const place = checkpoints.placeOf(position)
  if (place === undefined) return undefined
  const { checkpoint, output: outputIndex } = parsePosition(position)
  const proven = checkpoints.prove(place)
  if (proven === undefined) {
    const signed = checkpoints.signedAt(place)
    if (signed === undefined) return undefined
    return { kind: 'uncommitted', ...known, checkpoint, outputIndex, signedTransaction: toHex(signed.bytes) }
  }
  const { transaction, inclusion } = proven
  return { kind: 'transaction', ...known, checkpoint, outputIndex, transaction, ...inclusion }
}

/** A deposit that no block has taken yet: if the chain never does, it leaves all the same. */
export function waitingDepositData(deposit: StoredDeposit, owner: Address): DepositExitData {
  const { id: outputId, output, position } = deposit
  return { kind: 'deposit', outputId, owner, output, position, transaction: encodeDeposit(deposit) }
}

/** Exit data in the form in which an exit starts. */
export function originOf(data: DepositExitData | TransactionExitData): Origin {
  const { transaction } = data
  if (data.kind === 'deposit') return { creator: { transaction, outputIndex: 0 } }
  const { outputIndex, header, path, witnessHash, inputPositions, lanes, proof } = data
  return {
    creator: { transaction, outputIndex },
    inclusion: { header, path, witnessHash, inputPositions, lanes, proof },
  }
}
