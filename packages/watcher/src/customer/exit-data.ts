import type { Address, Hash, Hex, Output, OutputId, Position } from '@omg/protocol'

/** Everything an owner needs to withdraw one output to Ethereum, even if every node is gone. */
export type ExitData = DepositExitData | TransactionExitData

interface Withdrawable {
  readonly outputId: OutputId
  readonly owner: Address
  readonly output: Output
  readonly position: Position
}

/** A deposit is known to Ethereum itself: the id is enough. */
export interface DepositExitData extends Withdrawable {
  readonly kind: 'deposit'
}

/** An output of a transaction in a checkpoint that Ethereum has. It never changes: checkpoints do not. */
export interface TransactionExitData extends Withdrawable {
  readonly kind: 'transaction'
  readonly checkpoint: bigint
  readonly outputIndex: number
  /** The encoded transaction, without its witness. */
  readonly transaction: Hex
  readonly witnessHash: Hash
  readonly inputPositions: readonly Position[]
  readonly lanes: bigint
  /** Bitmap form (docs/encoding.md). */
  readonly proof: Hex
  /** The encoded header of the checkpoint. */
  readonly header: Hex
}
