import type { ClosedCheckpoint, OrderRecord } from '@omg/ledger'
import type { Address, Hash, Hex, Output, OutputId, Position } from '@omg/protocol'

/** Where a transaction stands: the block and its index there. */
export interface Place {
  readonly height: bigint
  readonly index: number
}

/** What a re-executed block leaves behind; written in one transaction with everything else of its batch. */
export interface StoredBlock {
  readonly height: bigint
  /** The block record as the node served it. */
  readonly block: Uint8Array
  /** `spent count u32 ‖ spent ids ‖ created entries`: what the block does to the unspent set. */
  readonly change: Uint8Array
  /** `path u32 × n ‖ (leaf hash 32 ‖ lanes 32) × n`, to prove inclusion later. */
  readonly leaves: Uint8Array
  /** All inputs (32 bytes each) in the order of the transactions, and for each the index of its transaction. */
  readonly inputs: Uint8Array
  readonly inputIndices: Uint32Array
  /** What the block changes about orders. */
  readonly orders: readonly OrderRecord[]
  /** The checkpoint that the block closes. */
  readonly closed?: ClosedCheckpoint | undefined
  /** Outputs that customers gained and lost. */
  readonly gained: readonly CustomerOutput[]
  readonly lost: readonly OutputId[]
}

/** A live output of a customer, and where it was made. */
export interface CustomerOutput {
  readonly outputId: OutputId
  readonly owner: Address
  readonly output: Output
  readonly position: Position
  readonly height: bigint
}

/** An item of the inbox, as Ethereum recorded it. */
export interface StoredDeposit {
  readonly index: bigint
  readonly id: OutputId
  readonly output: Output
  readonly position: Position
  readonly block: bigint
}

/** A checkpoint that Ethereum accepted. */
export interface StoredCheckpoint {
  readonly number: bigint
  readonly headerHash: Hash
  readonly origin: bigint
  readonly inboxCursor: bigint
  readonly validatorSetId: bigint
  /** The last checkpoint up to this one whose data was not published; 0 if there is none. */
  readonly lastNonDA: bigint
  readonly block: bigint
  /** t(k), in seconds. */
  readonly acceptedAt: bigint
  readonly transactionHash: Hex
}

/** A block of Ethereum. `timestamp` in seconds. */
export interface StoredOrigin {
  readonly number: bigint
  readonly hash: Hash
  readonly timestamp: bigint
}

/** Everything read from Ethereum in one step. */
export interface EthereumStep {
  readonly cursor: string
  readonly origins: readonly StoredOrigin[]
  readonly deposits: readonly StoredDeposit[]
  readonly checkpoints: readonly StoredCheckpoint[]
  /** What became of markets, by block number. */
  readonly listings: ReadonlyMap<bigint, readonly unknown[]>
  /** Events of the exit games by block number. */
  readonly events: ReadonlyMap<bigint, readonly unknown[]>
}
