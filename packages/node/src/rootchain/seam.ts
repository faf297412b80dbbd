import type { Hash, Header, Hex, OmgError, Output, OutputId, Position, TxHash } from '@omg/protocol'

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

/** The first start of an exit of an output (R6). `time` in seconds. */
export interface SeenExit {
  readonly id: OutputId
  readonly time: bigint
  readonly block: bigint
}

/** The start of the in-flight exit of a payment that could still be included (R6). */
export interface SeenFlight {
  readonly txHash: TxHash
  readonly inputs: readonly OutputId[]
  readonly block: bigint
}

/** A transaction that Ethereum declared void: none of its outputs is ever paid, and it locks nothing any more. */
export interface SeenVoid {
  readonly txHash: TxHash
  readonly block: bigint
}

/** A payment in flight that a rival was shown of. */
export interface SeenRival {
  readonly txHash: TxHash
  readonly block: bigint
}

export interface SeenCheckpoint {
  readonly number: bigint
  readonly headerHash: Hash
  readonly block: bigint
  /** Seconds: `t(k)`. */
  readonly time: bigint
}

export type SourceStep =
  /** Final blocks, oldest first, with everything in them. Inbox and checkpoints come without gaps. */
  | {
      readonly kind: 'advanced'
      readonly blocks: readonly OriginBlock[]
      readonly deposits: readonly SeenDeposit[]
      readonly exits: readonly SeenExit[]
      readonly flights: readonly SeenFlight[]
      readonly voids: readonly SeenVoid[]
      readonly rivals: readonly SeenRival[]
      readonly checkpoints: readonly SeenCheckpoint[]
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

/** Where checkpoints go. */
export interface CheckpointSink {
  /** Number of the last checkpoint that Ethereum has accepted, at its head. */
  lastCheckpoint(): Promise<bigint>
  /**
   * Sends a checkpoint and waits until it is in a block, with whatever fee that takes. `accepted` too if somebody
   * else was first. Errors: thrown, to be tried again.
   */
  submit(
    header: Header,
    signatures: readonly CheckpointSignature[],
    signal: AbortSignal,
  ): Promise<'accepted' | 'refused'>
}
