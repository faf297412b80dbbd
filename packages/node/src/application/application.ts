import type { Block, Execution, Ledger, MapPool, Tip } from '@omg/ledger'
import type { Hash, OmgError } from '@omg/protocol'
import type {
  Application,
  CheckTxResponse,
  CommitResponse,
  ExtendVoteRequest,
  FinalizeBlockRequest,
  FinalizeBlockResponse,
  InfoResponse,
  InitChainRequest,
  InitChainResponse,
  PrepareProposalRequest,
  ProcessProposalResponse,
  ProposalRequest,
  ReapTxsRequest,
  Snapshot,
  VerifyVoteExtensionRequest,
} from '../engines/engine.ts'
import { nodeError } from '../errors.ts'
import type { Admission } from '../mempool/admission.ts'
import { readBundle } from '../mempool/bundle.ts'
import type { Mempool } from '../mempool/mempool.ts'
import type { Outbox } from '../mempool/outbox.ts'
import type { EthereumView } from '../rootchain/view.ts'
import type { Snapshots } from '../snapshot/snapshots.ts'
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import type { LogEntry, LogPlace } from '../store/log.ts'
import type { ChainStore } from '../store/store.ts'
import type { Upgrades } from '../upgrades.ts'
import { type BlockLimits, type Candidate, Candidates } from './candidates.ts'
import type { Checkpoints } from './checkpoints.ts'
import { EngineValidators } from './engine-validators.ts'
import type { ExchangeWork } from './exchange-work.ts'
import { isHeaderMessage } from './header-message.ts'
import type { LostCheckpoints } from './lost-checkpoints.ts'
import type { Participation } from './participation.ts'
import { ORIGIN_PATIENCE_MILLISECONDS, ProposalRules } from './proposal.ts'
import type { Publication } from './publication.ts'
import { type BlockRecord, decodeRecord, type Seal } from './record.ts'
import type { Renewal } from './renewal.ts'
import type { Schedule } from './schedule.ts'
import { SealGossip } from './seal-gossip.ts'
import { isSealMessage } from './seal-message.ts'
import { StateSync } from './state-sync.ts'
import type { TwoHeadersWatch } from './two-headers.ts'
import { upgradeProblem } from './upgrade-rules.ts'
import { Votes } from './votes.ts'

/** Version that the engine is told. */
export const APPLICATION_VERSION = 'omg-node/1'
/** What happened, for subscribers and metrics. */
export interface CommittedBlock {
  execution: Execution
  seals: readonly Seal[]
  /** Closed checkpoints that have another header since this block. */
  renewed: readonly StoredCheckpoint[]
  closed: StoredCheckpoint | undefined
}

export interface ChainApplicationOptions {
  ledger: Ledger
  pool: MapPool
  store: ChainStore
  mempool: Mempool
  admission: Admission
  outbox: Outbox
  view: EthereumView
  checkpoints: Checkpoints
  publication: Publication
  schedule: Schedule
  renewal: Renewal
  lost: LostCheckpoints
  twoHeaders: TwoHeadersWatch
  participation: Participation
  exchangeWork: ExchangeWork
  snapshots: Snapshots
  upgrades: Upgrades
  /** Where the chunks of a snapshot are gathered. */
  restoreDirectory: string
  limits?: BlockLimits
  /** Seconds since 1970. */
  clock: () => bigint
  /** A block is about to be applied, a replayed one too: the ledger still stands where it stood before. */
  onApply: (execution: Execution) => void
  onCommit: (committed: CommittedBlock) => void
  /** The ledger has taken over another state. */
  onTakeOver: () => void
  /** A checkpoint has a quorum of signatures here, or all of them. */
  onSealed: () => void
  /** A block holds evidence of two votes by one validator. */
  onDoubleVote?: (height: bigint) => Promise<void>
  /** Why we do not sign at the moment. */
  onRefused?: (error: OmgError) => void
}

/** The chain's logic behind the engine seam: what a block is, when checkpoints close, who signed them. */
export class ChainApplication implements Application {
  readonly #options: ChainApplicationOptions
  readonly #candidates: Candidates
  readonly #validators: EngineValidators
  readonly #votes: Votes
  readonly #gossip: SealGossip
  readonly #stateSync: StateSync
  #decided: Candidate | undefined

  constructor(options: ChainApplicationOptions) {
    this.#options = options
    this.#candidates = new Candidates(options, new ProposalRules(options))
    this.#validators = new EngineValidators(options.store.tables, () => options.view.validators)
    const signing = {
      ...{ checkpoints: options.checkpoints, onSealed: options.onSealed },
      newestClosed: () => this.#newestClosed(),
      onWrong: (seal: Seal) => options.twoHeaders.answer(seal),
      onRefused: (error: unknown): undefined => this.#refused(error),
    }
    this.#votes = new Votes(signing)
    this.#gossip = new SealGossip(signing)
    this.#stateSync = new StateSync({
      ...options,
      execute: (block, ledger) => this.#candidates.executeBlock(block, ledger),
      replay: entry => this.replay(entry),
      onTakeOver: () => {
        options.onTakeOver()
        options.schedule.applied(options.ledger.tip, this.#cursorBefore())
      },
      onRefused: error => this.#refused(error),
    })
  }

  async info(): Promise<InfoResponse> {
    const { tip } = this.#options.ledger
    return {
      version: APPLICATION_VERSION,
      lastBlockHeight: tip.height,
      lastBlockAppHash: await this.#options.snapshots.appHash(tip.height, tip.appHash),
    }
  }

  async initChain(request: InitChainRequest): Promise<InitChainResponse> {
    await this.#validators.begin(request.validators)
    const { tip } = this.#options.ledger
    return { appHash: await this.#options.snapshots.appHash(tip.height, tip.appHash) }
  }

  /** A bundle from outside, as POST /bundle takes it. */
  async checkTx(tx: Uint8Array): Promise<CheckTxResponse> {
    const bounds = readBundle(tx)
    if (!bounds.ok) return { code: 1, reason: bounds.error.code }
    const results = await this.#options.admission.submitMany(tx, bounds.value)
    const refused = results.find(result => !result.ok)
    return refused && !refused.ok ? { code: 1, reason: refused.error.code } : { code: 0 }
  }

  /** From a peer: checkpoint signatures, another header, or a bundle, by the same way in. What is new of it goes on to our own peers. */
  async insertTx(tx: Uint8Array): Promise<CheckTxResponse> {
    if (isHeaderMessage(tx)) return this.#options.twoHeaders.insert(tx)
    return isSealMessage(tx) ? this.#gossip.insert(tx) : this.checkTx(tx)
  }

  async reapTxs({ maxTxBytes }: ReapTxsRequest): Promise<{ txs: Uint8Array[] }> {
    const { twoHeaders, outbox } = this.#options
    const seals = await this.#gossip.take()
    return { txs: [...seals, ...twoHeaders.take(), ...outbox.take(maxTxBytes)] }
  }

  /** Something to do although no transaction waits: a deposit to take in, a checkpoint to close, orders that trade or go back. */
  hasWork(): boolean {
    const { mempool, schedule, exchangeWork, ledger, clock } = this.#options
    if (mempool.size > 0 || schedule.isDue(ledger.tip, clock())) return true
    return this.#renews() || exchangeWork.isDue()
  }

  /** Something needs a later origin, and can have it. */
  #renews(): boolean {
    const { schedule, renewal, lost, ledger, view } = this.#options
    const renews = lost.renewableFrom()
    const isWanted = renews !== undefined || schedule.needsRenewal(ledger.tip)
    return isWanted && view.newest !== undefined && renewal.isPossible(view.newest, renews)
  }

  async prepareProposal(request: PrepareProposalRequest): Promise<{ txs: Uint8Array[] }> {
    // R4: a first checkpoint that has seen nothing of Ethereum would never be taken by it.
    const seen = await this.#options.view.reached(0n, ORIGIN_PATIENCE_MILLISECONDS)
    if (!seen.ok) throw seen.error
    const { txs } = await this.#candidates.make(request, this.#votes.seals(request.localLastCommit))
    return { txs: [...txs] }
  }

  async processProposal(request: ProposalRequest): Promise<ProcessProposalResponse> {
    const candidate = await this.#candidates.execute(request, 'proposal')
    return candidate.ok ? { accept: true } : { accept: false, reason: candidate.error.code }
  }

  async extendVote(_request: ExtendVoteRequest): Promise<{ extension: Uint8Array }> {
    return { extension: await this.#votes.extension() }
  }

  async verifyVoteExtension(request: VerifyVoteExtensionRequest): Promise<{ accept: boolean }> {
    return { accept: this.#votes.accepts(request) }
  }

  async finalizeBlock(request: FinalizeBlockRequest): Promise<FinalizeBlockResponse> {
    const candidate = await this.#candidates.execute(request, 'decision')
    // More than 2/3 decided a block that we find invalid: stopping is all that is left.
    if (!candidate.ok) throw candidate.error
    this.#decided = candidate.value
    this.#options.participation.count(request.height - 1n, request.lastCommit)
    const upgraded = this.#options.upgrades.startingAt(request.height)
    if (request.misbehavior.some(({ kind }) => kind === 'duplicate-vote')) {
      await this.#options.onDoubleVote?.(request.height)
    }
    return {
      appHash: await this.#options.snapshots.appHash(request.height, candidate.value.execution.block.appHash),
      txResults: request.txs.map(() => ({ code: 0 })),
      validatorUpdates: this.#validators.updates(this.#options.ledger.tip, candidate.value.execution.block),
      ...(upgraded && { blockBytes: upgraded.bytes }),
    }
  }

  async commit(): Promise<CommitResponse> {
    const decided = this.#decided
    if (!decided) throw new Error('commit without a finalised block')
    const { block } = decided.execution
    const commitments = await this.#commitments(block)
    const place = await this.#options.store.append(block.height, decided.bytes)
    this.#decided = undefined
    this.#candidates.clear()
    await this.#apply(decided.record, decided.execution, place, commitments)
    return { retainHeight: 0n }
  }

  /** Applies a block that the log has and the tables do not. Its whole execution is checked again. */
  async replay(entry: LogEntry): Promise<void> {
    const record = decodeRecord(entry.payload)
    if (!record.ok) throw record.error
    const { block, renews } = record.value
    const { upgrades, lost } = this.#options
    const problem = upgradeProblem(upgrades, record.value, 'decision') ?? lost.problem(renews, block.origin)
    if (problem) throw problem
    const execution = await this.#candidates.executeBlock(block)
    if (!execution.ok) throw execution.error
    const commitments = await this.#commitments(block)
    await this.#apply(record.value, execution.value, entry.place, commitments)
  }

  async listSnapshots(): Promise<Snapshot[]> {
    return this.#options.snapshots.list()
  }

  async loadSnapshotChunk(height: bigint, format: number, chunk: number): Promise<Uint8Array> {
    return this.#options.snapshots.load(height, format, chunk)
  }

  async offerSnapshot(snapshot: Snapshot, appHash: Uint8Array): Promise<{ accept: boolean }> {
    return this.#stateSync.offer(snapshot, appHash)
  }

  async applySnapshotChunk(
    index: number,
    chunk: Uint8Array,
  ): Promise<{ result: 'accept' | 'retry' | 'abort' }> {
    return this.#stateSync.add(index, chunk)
  }

  async #apply(
    record: BlockRecord,
    execution: Execution,
    place: LogPlace,
    commitments: readonly Hash[],
  ): Promise<void> {
    const { onCommit } = this.#options
    const { renewed, closed } = this.#applyAtOnce(record, execution, place, commitments)
    await this.#options.snapshots.applied()
    for (const checkpoint of renewed) await this.#signAlone(checkpoint)
    const signed = closed && (await this.#signAlone(closed))
    onCommit({ execution, seals: record.seals, renewed, closed: signed })
  }

  #signAlone(checkpoint: StoredCheckpoint): Promise<StoredCheckpoint | undefined> {
    return this.#options.checkpoints.signAlone(checkpoint).catch(error => this.#refused(error, checkpoint))
  }

  /** From here to the end nothing waits, so tables, ledger and mempool always tell of the same block. */
  #applyAtOnce(
    record: BlockRecord,
    execution: Execution,
    place: LogPlace,
    commitments: readonly Hash[],
  ): { renewed: StoredCheckpoint[]; closed: StoredCheckpoint | undefined } {
    const { ledger, store, mempool, checkpoints, schedule, view, onApply } = this.#options
    const before = ledger.tip
    // First what only follows: should it ever fail, tables and ledger still stand at the same block.
    onApply(execution)
    store.stage(execution, place)
    for (const seal of record.seals) if (checkpoints.isValid(seal)) checkpoints.addSeal(seal)
    const { renews, block } = record
    const renewed = renews === undefined ? [] : checkpoints.renew(renews, before.checkpoint - 1n, block)
    const result = ledger.applyBlock(execution)
    const closed = result ? checkpoints.close(result, commitments) : undefined
    store.staged(() => ledger.save())
    schedule.applied(ledger.tip, this.#cursorBefore())
    this.#prepareBlobs(before)
    const originMoved = ledger.tip.origin > before.origin
    mempool.included(execution, ledger.tip.originTime, originMoved)
    const rulesMoved = view.hasLockAfter(before.origin) || view.hasListingAfter(before.origin)
    if (originMoved && rulesMoved) mempool.recheck()
    return { renewed, closed }
  }

  /** What the header of the checkpoint that a block closes names of its blobs. */
  async #commitments(block: Block): Promise<readonly Hash[]> {
    if (!block.closes || block.daMode === 'plasma') return []
    return this.#options.publication.commitments(block, this.#options.ledger.tip.firstHeight)
  }

  /** Where the block has filled a shard that goes to Ethereum. Whatever fails here is met again when the checkpoint closes. */
  #prepareBlobs(before: Tip): void {
    const { ledger, publication } = this.#options
    const { tip } = ledger
    const filled = tip.checkpoint === before.checkpoint && tip.nextPath >>> 16 > before.nextPath >>> 16
    if (filled && tip.daMode === 'blob') publication.prepare(tip.firstHeight, tip.height).catch(() => {})
  }

  /** Blocks go on unsigned: the operator is told. */
  #refused<T>(error: unknown, result?: T): T | undefined {
    const known = error as OmgError
    const isKnown = typeof known?.code === 'string'
    this.#options.onRefused?.(
      isKnown ? known : nodeError('node.internal', 'A checkpoint was not signed.', error),
    )
    return result
  }

  #newestClosed(): bigint {
    return this.#options.ledger.tip.checkpoint - 1n
  }

  /** Inbox items consumed before the open checkpoint. */
  #cursorBefore(): bigint {
    const { checkpoints } = this.#options
    const previous = checkpoints.get(this.#newestClosed())
    return previous ? checkpoints.header(previous).inboxCursor : 0n
  }
}
