/**
 * The seam between consensus and the chain's logic, in the words of ABCI 2.0. The application does not know which
 * engine drives it; `engine.conformance.ts` runs against every engine.
 *
 * An engine transaction is a run of bytes of the application: either the context of the block or a *bundle* of many
 * user transactions, so that the engine's cost per transaction is paid once per bundle.
 */

/** A validator as the engine knows it. */
export interface EngineValidator {
  /** 20 bytes: the address of its secp256k1 key. */
  address: Uint8Array
  power: bigint
  /** Its compressed public key, 33 bytes, where it is known: Ethereum's log has it since the key was proven. */
  publicKey?: Uint8Array
}

/** Whether one validator of the set voted for the block before, in the commit that a block carries. */
export interface CommitVote {
  validator: Uint8Array
  voted: boolean
}

/** What one validator added to its precommit: its checkpoint signature, or nothing. */
export interface VoteExtension {
  validator: Uint8Array
  extension: Uint8Array
}

export interface InfoResponse {
  /** Name and version of the application. */
  version: string
  /** 0 before the first block. */
  lastBlockHeight: bigint
  lastBlockAppHash: Uint8Array
}

export interface InitChainRequest {
  chainId: string
  /** Seconds. */
  time: bigint
  initialHeight: bigint
  validators: readonly EngineValidator[]
}

export interface InitChainResponse {
  appHash: Uint8Array
}

export interface CheckTxResponse {
  /** 0 when every user transaction of the bundle was taken. */
  code: number
  /** Stable `domain.reason` of the first refusal. */
  reason?: string
}

/** A peer may send what was refused with this code, or a higher one, again; below it the engine forgets it. */
export const RETRY_CODE = 32_000

export interface ReapTxsRequest {
  /** Most bytes of one engine transaction. */
  maxTxBytes: number
}

export interface PrepareProposalRequest {
  height: bigint
  /** The engine's clock in seconds; the block gets max(previous, this). */
  time: bigint
  maxTxBytes: number
  /** Extensions of the votes that decided the previous block. */
  localLastCommit: readonly VoteExtension[]
}

export interface ProposalRequest {
  height: bigint
  time: bigint
  txs: readonly Uint8Array[]
}

export interface ProcessProposalResponse {
  accept: boolean
  /** Stable `domain.reason` of the refusal. */
  reason?: string
}

export interface ExtendVoteRequest extends ProposalRequest {
  /** The validator whose vote is extended. */
  validator: Uint8Array
}

export interface VerifyVoteExtensionRequest extends VoteExtension {
  height: bigint
}

export interface FinalizeBlockRequest extends ProposalRequest {
  /** The commit of the block before: part of this one, so the same for everybody. Empty at the first height. */
  lastCommit: readonly CommitVote[]
  /** Evidence found by the engine; empty on solo. */
  misbehavior: readonly { validator: Uint8Array; height: bigint; kind: 'duplicate-vote' | 'light-client' }[]
}

export interface FinalizeBlockResponse {
  appHash: Uint8Array
  /** One entry per engine transaction. */
  txResults: readonly { code: number }[]
  validatorUpdates: readonly EngineValidator[]
  /** From the next block on, blocks have at most so many bytes of people's transactions; absent where nothing changes. */
  blockBytes?: number
}

export interface CommitResponse {
  /** The engine may drop blocks below this height; 0 keeps all. */
  retainHeight: bigint
}

export interface Snapshot {
  height: bigint
  format: number
  chunks: number
  /** sha256 over the hashes of the chunks. */
  hash: Uint8Array
  metadata: Uint8Array
}

export interface Application {
  info(): Promise<InfoResponse>
  initChain(request: InitChainRequest): Promise<InitChainResponse>
  /** A bundle from a client of the engine. */
  checkTx(tx: Uint8Array): Promise<CheckTxResponse>
  /** A bundle from a peer. Whatever its bytes are, it must not throw. */
  insertTx(tx: Uint8Array): Promise<CheckTxResponse>
  /**
   * Bundles for all peers: what the mempool has taken since the last call, from clients and from peers (the engine passes nothing on
   * by itself; a peer that has seen the same bytes drops them). Asked many times a second, so an empty answer must be quick.
   */
  reapTxs(request: ReapTxsRequest): Promise<{ txs: Uint8Array[] }>
  prepareProposal(request: PrepareProposalRequest): Promise<{ txs: Uint8Array[] }>
  processProposal(request: ProposalRequest): Promise<ProcessProposalResponse>
  extendVote(request: ExtendVoteRequest): Promise<{ extension: Uint8Array }>
  verifyVoteExtension(request: VerifyVoteExtensionRequest): Promise<{ accept: boolean }>
  finalizeBlock(request: FinalizeBlockRequest): Promise<FinalizeBlockResponse>
  /** Makes the finalised block durable. When it throws, nothing of the block has happened. */
  commit(): Promise<CommitResponse>
  listSnapshots(): Promise<Snapshot[]>
  offerSnapshot(snapshot: Snapshot, appHash: Uint8Array): Promise<{ accept: boolean }>
  loadSnapshotChunk(height: bigint, format: number, chunk: number): Promise<Uint8Array>
  applySnapshotChunk(index: number, chunk: Uint8Array): Promise<{ result: 'accept' | 'retry' | 'abort' }>
}

export interface EngineStatus {
  name: string
  running: boolean
  /** Last height that the engine decided. */
  height: bigint
  /** Where other nodes find this one, `<nodeId>@<p2p>`, and the engine's own RPC; on engines with a network. */
  network?: { nodeId: string; p2p: string; rpc: string }
  /** Why this validator votes for nothing at the moment, though its engine runs. */
  voteless?: { code: string; message: string; action: string }
  /** Why it makes no blocks at the moment, if it does not. */
  stalled?: { code: string; message: string; action: string }
}

/** Something that decides blocks: `solo` in process, or CometBFT over its socket. */
export interface ConsensusEngine {
  /** Brings the application to the engine's height (handshake) and starts deciding blocks. */
  start(application: Application): Promise<void>
  /** There is work: a block may be made now instead of at the next interval. */
  wake(): void
  /** Finishes the block in hand and stops. */
  stop(): Promise<void>
  status(): EngineStatus
  /** Evidence of misbehaviour in the block of a height, as the engine prints it; absent where one engine cannot vote twice. Errors: thrown. */
  evidenceAt?(height: bigint): Promise<readonly unknown[]>
}
