import type { Batch, Case } from '@omg/exchange'
import type {
  Address,
  DataMode,
  Deposit,
  Domain,
  Guard,
  Hash,
  OmgError,
  Output,
  OutputId,
  Position,
  Result,
} from '@omg/protocol'
import type { FeeSchedule } from '@omg/stake'
import type { OrderState } from './order/state.ts'
import type { ExchangeParameters, ExchangeView, OrderChanges } from './order/types.ts'

export type * from './order/types.ts'

/** Bytes of one entry of the unspent set: `id 32 ‖ Output 69 ‖ Position 12 ‖ height u48 ‖ 0`. One format for memory, changes, snapshots and stores. */
export const ENTRY_BYTES = 120

/** Most fee recipients, so that one FEE transaction (16 outputs) can pay every lane to every recipient. */
export const MAX_FEE_RECIPIENTS = 4

/** A token in which fees are accepted. */
export interface FeeToken {
  /** 0..3: the place of the token in the packed lanes. */
  readonly lane: number
  readonly token: Address
  /** Base units of the token per lane unit (1e9 for 18 decimals); fees are multiples of it. Below 2^64. */
  readonly unit: bigint
  /** Smallest COIN output in this token, in base units (A30: dust flood). */
  readonly dust: bigint
  /** Minimum fee of one signature per class of operation, in lane units. A merge of one's own coins is free. */
  readonly fees: { readonly payment: bigint; readonly item: bigint }
}

/** What every node of one chain must agree on. The constructor of a ledger checks it. */
export interface LedgerParameters {
  readonly domain: Domain
  /** At most four, with distinct lanes and tokens. */
  readonly feeTokens: readonly FeeToken[]
  /** Who receives the fees of a checkpoint, by weight; at most {@link MAX_FEE_RECIPIENTS}. */
  readonly feeRecipients: readonly { readonly owner: Address; readonly weight: bigint }[]
  /** Trading fees and budgets; {@link DEFAULT_EXCHANGE} where absent. */
  readonly exchange?: ExchangeParameters
  /** How the fees above move; without it they never do. */
  readonly feePolicy?: FeePolicy
}

/** How fees move: with what the stakers vote, and with how full blocks are (docs/fees.md). */
export interface FeePolicy {
  /** Seconds of Ethereum's time; votes are counted once in each. That of the deployment. */
  readonly epoch: bigint
  /** Bytes of transactions in a block above which fees rise, and below which they fall; 1 to 2^32 - 1. */
  readonly targetBytes: number
  /** Congestion makes nothing dearer than so many times what is voted; 1 to {@link MAX_MULTIPLE}. */
  readonly maxMultiple: number
}

/** The highest {@link FeePolicy.maxMultiple}: 16 signatures still fit the 64 bits of a lane. */
export const MAX_MULTIPLE = 1_000

/** What decides the fees of a block besides the parameters: part of the state that every node must agree on. */
export interface FeeState {
  /** The origin's time in epochs when votes were last counted. */
  readonly epoch: bigint
  /** What the stakers have voted. */
  readonly schedule: FeeSchedule
  /** Congestion in parts per million; never below a million. */
  readonly multiple: bigint
}

/** A fee token as a block goes by it: `fees` are those that are due, congestion included. */
export interface FeeTokenInForce extends FeeToken {
  /** Whether the fee of a payment may be paid in it. Trades in markets that it quotes are not concerned. */
  readonly accepted: boolean
  /** The fees without congestion. */
  readonly voted: FeeToken['fees']
}

/** The parameters with the fees of a block. */
export interface ParametersInForce extends LedgerParameters {
  readonly feeTokens: readonly FeeTokenInForce[]
  readonly exchange: ExchangeParameters
}

/**
 * One transaction after the map stage: decoded, hashed, its signers recovered, its static rules checked.
 * A compact record of bytes, made only by the map stage, `createMapper` or `createMapPool` (never received from outside): read it with the
 * accessors of `record.ts` (`recordHash`, `recordInput`, `recordOutputId`, `recordSigned`, ... or `describeRecord`).
 */
export type MappedRecord = Uint8Array & { readonly __mapped: true }

/** The map stage's answer for a batch, as a structure of arrays: it moves between threads without a copy. */
export interface MappedBatch {
  readonly count: number
  /** 0, or the code of the refusal: `mapError(batch, i)` turns it into an error. */
  readonly codes: Uint16Array
  /** Record `i` is `records[offsets[i] .. offsets[i + 1]]`, empty if refused: `recordAt(batch, i)`. */
  readonly offsets: Uint32Array
  readonly records: Uint8Array
}

/** What was done to find signers: nothing depends on it. */
export interface SignatureCounts {
  /** Signatures that a batch has shown to be of a key that was known. */
  readonly verified: number
  /** Signatures whose signers were recovered. */
  readonly recovered: number
  /** Of these, those that a batch was asked about before, for nothing. */
  readonly vain: number
}

/** A pool of map workers. Zero workers = in this thread, same answers. */
export interface MapPool {
  readonly workers: number
  /**
   * Maps signed transactions. `bounds` holds `2n` ascending numbers: transaction `i` is `bytes[bounds[2i] .. bounds[2i + 1]]`.
   * The bytes are copied, so the caller keeps them. Rejects only if the pool is closed or a worker died.
   * `guesses`: 20 bytes for each transaction, the address of whom the caller expects to have signed first; zero = no idea. A right guess may
   * make it cheaper, a wrong one dearer; neither changes the answer.
   */
  map(bytes: Uint8Array, bounds: Uint32Array, guesses?: Uint8Array): Promise<MappedBatch>
  /**
   * The batches of these books, in their order; the same from any number of workers, whoever clears what. This thread clears, too, and a
   * worker that is slow or dies costs it a moment: so the caller gets them at once, not a promise.
   */
  clear(cases: readonly Case[]): readonly Batch[]
  /** Books that workers have cleared so far: nothing else depends on it. */
  readonly clearedByWorkers: number
  /** Whether workers check the signatures of signers whose keys they know in batches. */
  readonly checksBatches: boolean
  readonly signatures: SignatureCounts
  /** Roots of complete shards from their leaves; same result as `buildCheckpointTree` in this thread. */
  reduce(leaves: Leaves): Promise<{ root: Hash; lanes: bigint }>
  close(): Promise<void>
}

/** One live output. The object form of an entry; hot paths read the bytes. */
export interface UnspentOutput {
  readonly id: OutputId
  readonly output: Output
  readonly position: Position
  /** Height of the block that made it. */
  readonly height: bigint
}

/** The live outputs of the chain. Implemented by `UnspentSet` (typed arrays) and `ReferenceUnspentSet` (a Map). */
export interface UnspentOutputs {
  readonly size: number
  has(id: Uint8Array): boolean
  /** A copy of the entry, {@link ENTRY_BYTES} long; read it with `readEntry`. */
  get(id: Uint8Array): Uint8Array | undefined
  /** Throws if the id is present: the caller has checked. */
  add(entry: Uint8Array): void
  /** Throws if the id is absent. */
  remove(id: Uint8Array): void
  /** 32 bytes, independent of the order of changes. A self-check against corruption, not a security commitment. */
  setHash(): Uint8Array
  /** All entries in no particular order, in chunks of whole entries. */
  entries(): Iterable<Uint8Array>
}

/** What exits that started on Ethereum at or before the origin of the block forbid (R6). `Locks` makes one. */
export interface LockedOutputs {
  /** 0 if nothing is locked. */
  readonly size: number
  /** Whether the transaction with the hash `spender` may not spend the output. */
  blocks(id: Uint8Array, spender: Uint8Array): boolean
}

/** Header fields of a block, chosen by the proposer and checked by everyone. Times in seconds. */
export interface BlockContext {
  readonly height: bigint
  /** Proposer's time; never decreases. */
  readonly time: bigint
  /** Checkpoint the block belongs to: the ledger's `tip.checkpoint`. */
  readonly checkpoint: bigint
  /** Finalised Ethereum block seen; constant within a checkpoint, monotone across. */
  readonly origin: bigint
  readonly originHash: Hash
  /** Timestamp of the origin: `validUntil` is compared with it (R7). */
  readonly originTime: bigint
  /** Last block of its checkpoint. */
  readonly closes: boolean
  /** How the data of its checkpoint reaches people: chosen with its first block, and the same for all of it. */
  readonly daMode: DataMode
}

/** A block, as stored on disk and sent between node and watcher (`encodeBlock`, `decodeBlock`). */
export interface Block extends BlockContext {
  readonly previousAppHash: Hash
  readonly appHash: Hash
  /** Inbox items consumed up to and including this block: the previous cursor plus the deposits. */
  readonly inboxCursor: bigint
  /** In inbox order. */
  readonly deposits: readonly Deposit[]
  /** `{length u24 ‖ transaction ‖ witness ‖ Position × inputs} × n` in canonical order: the blob bytes. */
  readonly body: Uint8Array
  /** `2n` numbers: the signed transaction `i` is `body[bounds[2i] .. bounds[2i + 1]]`; its positions follow it. Feed both to `MapPool.map`. */
  readonly bounds: Uint32Array
}

/** Leaves of consecutive transactions of one checkpoint. */
export interface Leaves {
  readonly count: number
  /** `hash 32 ‖ lanes 32` each. */
  readonly nodes: Uint8Array
  /** `shard << 16 | index`, ascending. */
  readonly paths: Uint32Array
}

/** The effect of a valid block: nothing has been touched yet. Give it to `applyBlock`, and persist `spent` and `created`. */
export interface Execution {
  readonly block: Block
  /** Records in the order of the block. */
  readonly records: readonly MappedRecord[]
  readonly leaves: Leaves
  /** Fee lanes of the block. */
  readonly lanes: bigint
  /** Net change: ids (32 bytes each) that leave the set. Outputs made and spent within the block do not appear. */
  readonly spent: Uint8Array
  /** Net change: entries ({@link ENTRY_BYTES} each) that join the set, deposits included. */
  readonly created: Uint8Array
  /** What changes about orders; `orderRecords` makes it durable. */
  readonly orders: OrderChanges
  /** The auctions of the block, by market id: who traded, who went back and who was left out, and why. */
  readonly batches: readonly Batch<Guard>[]
  /** The fees that the block goes by. */
  readonly inForce: ParametersInForce
}

/** What a closed checkpoint contributes to its header; the node adds parent hash, validator set and commitments to blobs. */
export interface ClosedCheckpoint {
  readonly checkpoint: bigint
  readonly txRoot: Hash
  readonly feeLanes: bigint
  /** The books after its last block, and its batches; zero where there are none. */
  readonly bookRoot: Hash
  readonly batchRoot: Hash
  readonly txCount: number
  readonly origin: bigint
  readonly originHash: Hash
  readonly inboxCursor: bigint
  readonly daMode: DataMode
  readonly firstHeight: bigint
  readonly lastHeight: bigint
}

/** Where the chain stands. `Ledger.save()` makes it durable together with the open part of the tree; the unspent set is stored apart. */
export interface Tip {
  readonly height: bigint
  readonly time: bigint
  readonly appHash: Hash
  readonly origin: bigint
  readonly originHash: Hash
  readonly originTime: bigint
  readonly inboxCursor: bigint
  /** Position of the last deposit taken; deposits come in ascending positions. */
  readonly lastDeposit: Position
  /** Number of the open checkpoint, which the next block belongs to. */
  readonly checkpoint: bigint
  /** Height of the first block of the open checkpoint; `height + 1` if it has none yet. */
  readonly firstHeight: bigint
  readonly txCount: number
  /** Path (`shard << 16 | index`) and blob bytes used where the next leaf goes. */
  readonly nextPath: number
  readonly shardBytes: number
  /** Fee lanes of the previous checkpoint, which the first block of the open one distributes. */
  readonly feesToDistribute: bigint
  /** Fee lanes of the open checkpoint so far. */
  readonly feeLanes: bigint
  /** Of the open checkpoint; of the one before it while it has no block. */
  readonly daMode: DataMode
  /** R9: the last checkpoint before the open one whose data was not published, 0 if there is none. */
  readonly lastNonDA: bigint
  /** Of the last block, with the congestion of the next. */
  readonly fees: FeeState
}

/** What a pending transaction would do, for the mempool. */
export interface Admission {
  /** Fee per lane, packed. */
  readonly lanes: bigint
  /** No fee is due: all inputs are COIN of one owner and one token, with a single output back to her. */
  readonly merge: boolean
}

/** Outputs of transactions that wait in the mempool, so that their spenders can be admitted too (R5). */
export interface PendingOutputs {
  /** The 69 bytes of a pending output, or undefined. */
  find(id: Uint8Array): Uint8Array | undefined
}

/** A candidate left out of an assembled block. */
export interface Dropped {
  /** Index among the candidates. */
  readonly index: number
  readonly error: OmgError
  /** True if it may fit a later block (the block or checkpoint is full), false if it should leave the mempool. */
  readonly retry: boolean
}

export interface Assembly {
  readonly execution: Execution
  readonly dropped: readonly Dropped[]
  /** The checkpoint has no room for more transactions: the block closes it. */
  readonly full: boolean
  /** The batches of the block did not fit the checkpoint, so it has none; the next checkpoint, or one without blobs, has more room. */
  readonly outgrown: boolean
}

/** Limits of one assembled block. */
export interface BlockLimits {
  /** Most user transactions. */
  readonly transactions: number
  /** Most blob bytes. */
  readonly bytes: number
}

export interface BlockInputs extends BlockContext {
  /** Next deposits in inbox order, starting at the tip's cursor. */
  readonly deposits: readonly Deposit[]
  readonly locked: LockedOutputs
  /** Markets and seasoning at the origin; without it nothing trades. */
  readonly exchange?: ExchangeView
  readonly limits?: BlockLimits
}

/**
 * The state transition. Implemented by `Ledger` (fast) and `ReferenceLedger` (plain, on @omg/protocol only); one
 * conformance suite runs against both.
 */
export interface StateTransition {
  readonly parameters: LedgerParameters
  readonly tip: Tip
  readonly unspent: UnspentOutputs
  /** Orders, trading balances and what else rules version 2 keep beside the outputs. */
  readonly orders: OrderState
  /** The fees of the next block, if it enters no new epoch. */
  readonly inForce: ParametersInForce

  /**
   * Would this transaction be valid on top of the tip (and of pending outputs)? Rules R1, R5, R6, R7, conservation,
   * fees, dust. Conflicts between pending transactions are the mempool's affair.
   * Errors: transaction.*, input.*, output.*, signature.*, fee.*
   */
  checkTransaction(
    record: MappedRecord,
    locked: LockedOutputs,
    pending?: PendingOutputs,
    exchange?: ExchangeView,
  ): Result<Admission, OmgError>

  /**
   * Makes the next block: the FEE transaction if one is due, then as many candidates as fit, an earlier candidate
   * winning a conflict. Candidates may come in any order (a child before its parent). Throws if `inputs` does not
   * follow the tip (height, checkpoint, origin, cursor): that is the caller's bug.
   */
  assembleBlock(candidates: readonly MappedRecord[], inputs: BlockInputs): Assembly

  /**
   * Checks a whole block against the tip without touching anything. `batch` is the map stage's answer for
   * `block.body`/`block.bounds`. The caller has compared origin, originTime, deposits and locked outputs with Ethereum.
   * Errors: block.* (header, order, positions, app hash, fee distribution), or the code of the transaction at fault,
   * with its index in the message.
   */
  executeBlock(
    block: Block,
    batch: MappedBatch,
    locked: LockedOutputs,
    exchange?: ExchangeView,
  ): Result<Execution, OmgError>

  /** Moves the tip. Returns the checkpoint if the block closes it. Throws if the execution is not of this tip. */
  applyBlock(execution: Execution): ClosedCheckpoint | undefined
}
