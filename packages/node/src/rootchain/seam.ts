import type { LockFact, MarketFact } from '@omg/ledger'
import type { Hash, Header, Hex, OmgError, Output, Position } from '@omg/protocol'
import type { BlobSidecar } from '@omg/rootchain'
import type { StakeFact } from '@omg/stake'
import type { ValidatorFact } from './validator-sets.ts'

/*
 * What the node needs of Ethereum, and nothing else: the real thing stands in ethereum.ts (over @omg/rootchain), a
 * misbehaving one in fake.ts.
 */

/** A block of Ethereum. `timestamp` in seconds. */
export interface OriginBlock {
  readonly number: bigint
  readonly hash: Hash
  readonly timestamp: bigint
}

export interface SeenDeposit {
  readonly index: bigint
  readonly output: Output
  readonly position: Position
  readonly block: bigint
}

export interface SeenCheckpoint {
  readonly number: bigint
  readonly headerHash: Hash
  readonly block: bigint
  /** Seconds: `t(k)`. */
  readonly time: bigint
  /** The last checkpoint up to this one whose data was not published; 0 if there is none. */
  readonly lastNonDA: bigint
  /** The Ethereum transaction that brought it. */
  readonly transaction: Hash
}

/** What the registry of markets said, with its number among everything that it said. */
export interface SeenListing {
  readonly index: bigint
  readonly fact: MarketFact
}

export type SourceStep =
  /** Final blocks, oldest first, with everything in them. Inbox, checkpoints and listings come without gaps. */
  | {
      readonly kind: 'advanced'
      readonly blocks: readonly OriginBlock[]
      readonly deposits: readonly SeenDeposit[]
      /** R6 */
      readonly locks: readonly LockFact[]
      readonly listings: readonly SeenListing[]
      /** Stake, and votes on fees. */
      readonly stakes: readonly StakeFact[]
      readonly checkpoints: readonly SeenCheckpoint[]
      readonly validators: readonly ValidatorFact[]
      readonly head: bigint
      readonly cursor: string
    }
  /** Blocks that had been final are gone: everything after `ancestor` never happened. */
  | {
      readonly kind: 'reorganised'
      readonly ancestor: OriginBlock
      readonly head: bigint
      readonly cursor: string
    }
  | { readonly kind: 'idle'; readonly head: bigint }
  /** No endpoint is usable; nothing was lost. */
  | { readonly kind: 'failed'; readonly error: OmgError; readonly retryInMs: number }

/** Final blocks of Ethereum, in order. Never throws for what an endpoint does. */
export interface RootChainSource {
  poll(): Promise<SourceStep>
}

export interface CheckpointSignature {
  readonly validator: Hex
  readonly signature: Hex
}

export interface SubmissionOptions {
  readonly signal: AbortSignal
  /** Its blobs, in blob mode. */
  readonly sidecars?: readonly BlobSidecar[]
}

/** Where checkpoints go. */
export interface CheckpointSink {
  /** Number of the last checkpoint that Ethereum has accepted, at its head. */
  lastCheckpoint(): Promise<bigint>
  /** What blobs cost at the head, in wei per blob gas. Errors: thrown. */
  feePerBlobGas(): Promise<bigint>
  /**
   * Sends a checkpoint and waits until it is in a block, with whatever fee that takes. `accepted` too if somebody
   * else was first. Errors: thrown, to be tried again.
   */
  submit(
    header: Header,
    signatures: readonly CheckpointSignature[],
    options: SubmissionOptions,
  ): Promise<'accepted' | 'refused'>
}
