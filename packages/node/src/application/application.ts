import type { Assembly, Block, BlockInputs, Execution, Ledger, MapPool, Tip } from '@omg/ledger'
import { type Hash, type OmgError, ok, type Result, toHex } from '@omg/protocol'
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
  VoteExtension,
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
import type { Checkpoints } from './checkpoints.ts'
import { EngineValidators } from './engine-validators.ts'
import type { ExchangeWork } from './exchange-work.ts'
import {
  type BlockOrigin,
  MAX_BLOCK_DEPOSITS,
  ORIGIN_PATIENCE_MILLISECONDS,
  ProposalRules,
} from './proposal.ts'
import type { Publication } from './publication.ts'
import {
  type BlockRecord,
  decodeExtension,
  decodeRecord,
  encodeExtension,
  encodeRecord,
  MAX_SEALS,
  type Seal,
} from './record.ts'
import { blockTime, type Schedule } from './schedule.ts'
import { StateSync } from './state-sync.ts'

/** Version that the engine is told. */
export const APPLICATION_VERSION = 'omg-node/1'
/** Bytes of one engine transaction: a proposal is the block record cut into such slices. */
export const SLICE_BYTES = 4 * 1024 * 1024
/** Of what the engine lets a block hold, this is left for its context, its deposits and the signatures. */
const CONTEXT_BYTES = 1024 * 1024
/** For so many blocks a checkpoint without a quorum is work by itself; later it waits for a block that has another reason. */
const SEALING_BLOCKS = 64n

export interface BlockLimits {
  transactions: number
  bytes: number
}

export const BLOCK_LIMITS: BlockLimits = { transactions: 20_000, bytes: 32 * 1024 * 1024 }

/** What happened, for subscribers and metrics. */
export interface CommittedBlock {
  execution: Execution
  seals: readonly Seal[]
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
  exchangeWork: ExchangeWork
  snapshots: Snapshots
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
  /** A block holds evidence of two votes by one validator. */
  onDoubleVote?: (height: bigint) => Promise<void>
  /** Why we do not sign at the moment. */
  onRefused?: (error: OmgError) => void
}

/** A block that was executed but not committed. Reused from proposal to commit, so nothing is executed twice. */
interface Candidate {
  txs: readonly Uint8Array[]
  bytes: Buffer
  record: BlockRecord
  execution: Execution
}

/** The chain's logic behind the engine seam: what a block is, when checkpoints close, who signed them. */
export class ChainApplication implements Application {
  readonly #options: ChainApplicationOptions
  readonly #rules: ProposalRules
  readonly #validators: EngineValidators
  readonly #stateSync: StateSync
  #candidate: Candidate | undefined
  #decided: Candidate | undefined

  constructor(options: ChainApplicationOptions) {
    this.#options = options
    this.#rules = new ProposalRules(options)
    this.#validators = new EngineValidators(options.store.tables, () => options.view.validators)
    this.#stateSync = new StateSync({
      ...options,
      execute: (block, ledger) => this.#executeBlock(block, ledger),
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

  /** A bundle from a peer: the same way in. What is new of it goes on to our own peers. */
  async insertTx(tx: Uint8Array): Promise<CheckTxResponse> {
    return this.checkTx(tx)
  }

  async reapTxs({ maxTxBytes }: ReapTxsRequest): Promise<{ txs: Uint8Array[] }> {
    return { txs: this.#options.outbox.take(maxTxBytes) }
  }

  /** Something to do although no transaction waits: a deposit to take in, a checkpoint to close, orders that trade or go back. */
  hasWork(): boolean {
    const { mempool, schedule, exchangeWork, ledger, clock } = this.#options
    if (mempool.size > 0 || schedule.isDue(ledger.tip, clock()) || this.#awaitsSignatures()) return true
    return exchangeWork.isDue()
  }

  async prepareProposal(request: PrepareProposalRequest): Promise<{ txs: Uint8Array[] }> {
    // R4: a first checkpoint that has seen nothing of Ethereum would never be taken by it.
    const seen = await this.#options.view.reached(0n, ORIGIN_PATIENCE_MILLISECONDS)
    if (!seen.ok) throw seen.error
    const { mempool } = this.#options
    const limits = this.#limits(request.maxTxBytes)
    const candidates = mempool.take(limits)
    const assembly = this.#assemble(request, candidates, limits)
    for (const { index, error, retry } of assembly.dropped) {
      if (!retry) mempool.reject(candidates[index]!, error)
    }
    const record = { block: assembly.execution.block, seals: this.#sealsOf(request.localLastCommit) }
    const bytes = encodeRecord(record)
    const txs = slices(bytes)
    this.#candidate = { txs, bytes, record, execution: assembly.execution }
    return { txs }
  }

  async processProposal(request: ProposalRequest): Promise<ProcessProposalResponse> {
    const candidate = await this.#execute(request, 'proposal')
    if (!candidate.ok) return { accept: false, reason: candidate.error.code }
    this.#candidate = candidate.value
    return { accept: true }
  }

  /** Signs what is closed and carries no signature of ours yet: a vote that was missed is made up for by the next. */
  async extendVote(_request: ExtendVoteRequest): Promise<{ extension: Uint8Array }> {
    try {
      return { extension: encodeExtension(await this.#options.checkpoints.ownSeals(this.#newestClosed())) }
    } catch (error) {
      // Blocks go on without our signature; whoever may not sign a checkpoint may still vote.
      this.#refused(error)
      return { extension: new Uint8Array(0) }
    }
  }

  /** Only whole, valid signatures of the voter over checkpoints that are closed here too: all that an honest one ever sends. */
  async verifyVoteExtension(request: VerifyVoteExtensionRequest): Promise<{ accept: boolean }> {
    const seals = decodeExtension(request.extension)
    if (!seals.ok) return { accept: false }
    const validator = toHex(request.validator)
    const { checkpoints } = this.#options
    return { accept: seals.value.every(seal => seal.validator === validator && checkpoints.isValid(seal)) }
  }

  async finalizeBlock(request: FinalizeBlockRequest): Promise<FinalizeBlockResponse> {
    const candidate = await this.#execute(request, 'decision')
    // More than 2/3 decided a block that we find invalid: stopping is all that is left.
    if (!candidate.ok) throw candidate.error
    this.#decided = candidate.value
    if (request.misbehavior.some(({ kind }) => kind === 'duplicate-vote')) {
      await this.#options.onDoubleVote?.(request.height)
    }
    return {
      appHash: await this.#options.snapshots.appHash(request.height, candidate.value.execution.block.appHash),
      txResults: request.txs.map(() => ({ code: 0 })),
      validatorUpdates: this.#validators.updates(this.#options.ledger.tip, candidate.value.execution.block),
    }
  }

  async commit(): Promise<CommitResponse> {
    const decided = this.#decided
    if (!decided) throw new Error('commit without a finalised block')
    const { block } = decided.execution
    const commitments = await this.#commitments(block)
    const place = await this.#options.store.append(block.height, decided.bytes)
    this.#decided = undefined
    this.#candidate = undefined
    await this.#apply(decided.record, decided.execution, place, commitments)
    return { retainHeight: 0n }
  }

  /** Applies a block that the log has and the tables do not. Its whole execution is checked again. */
  async replay(entry: LogEntry): Promise<void> {
    const record = decodeRecord(entry.payload)
    if (!record.ok) throw record.error
    const execution = await this.#executeBlock(record.value.block)
    if (!execution.ok) throw execution.error
    const commitments = await this.#commitments(record.value.block)
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
    const { checkpoints, onCommit } = this.#options
    const closed = this.#applyAtOnce(record, execution, place, commitments)
    await this.#options.snapshots.applied()
    const signed =
      closed && (await checkpoints.signAlone(closed).catch(error => this.#refused(error, closed)))
    onCommit({ execution, seals: record.seals, closed: signed })
  }

  /** From here to the end nothing waits, so tables, ledger and mempool always tell of the same block. */
  #applyAtOnce(
    record: BlockRecord,
    execution: Execution,
    place: LogPlace,
    commitments: readonly Hash[],
  ): StoredCheckpoint | undefined {
    const { ledger, store, mempool, checkpoints, schedule, view, onApply } = this.#options
    const before = ledger.tip
    // First what only follows: should it ever fail, tables and ledger still stand at the same block.
    onApply(execution)
    store.stage(execution, place)
    for (const seal of record.seals) if (checkpoints.isValid(seal)) checkpoints.addSeal(seal)
    const result = ledger.applyBlock(execution)
    const closed = result ? checkpoints.close(result, commitments) : undefined
    store.staged(() => ledger.save())
    schedule.applied(ledger.tip, this.#cursorBefore())
    this.#prepareBlobs(before)
    const originMoved = ledger.tip.origin > before.origin
    mempool.included(execution, ledger.tip.originTime, originMoved)
    const rulesMoved = view.hasLockAfter(before.origin) || view.hasListingAfter(before.origin)
    if (originMoved && rulesMoved) mempool.recheck()
    return closed
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

  #assemble(
    request: PrepareProposalRequest,
    candidates: Parameters<Ledger['assembleBlock']>[0],
    limits: BlockLimits,
  ): Assembly {
    const { ledger, schedule, view } = this.#options
    const { tip } = ledger
    const origin = schedule.origin(tip)
    const time = blockTime(tip, request.time)
    const deposits = view.deposits(tip.inboxCursor, origin.origin, MAX_BLOCK_DEPOSITS)
    const daMode = schedule.daMode(tip)
    const inputs: BlockInputs = {
      ...origin,
      height: request.height,
      time,
      checkpoint: tip.checkpoint,
      closes: schedule.closes(tip, time, candidates.length + deposits.length > 0),
      deposits,
      locked: view.locked(origin.origin),
      exchange: view.exchange(origin.origin, origin.originTime),
      daMode,
      limits,
    }
    const assembly = ledger.assembleBlock(candidates, inputs)
    if (!assembly.outgrown || daMode === 'plasma' || !schedule.isFresh(tip)) return assembly
    // Batches that no six blobs hold need a checkpoint without.
    return ledger.assembleBlock(candidates, { ...inputs, daMode: 'plasma' })
  }

  async #execute(request: ProposalRequest, from: BlockOrigin): Promise<Result<Candidate, OmgError>> {
    const { txs } = request
    if (this.#candidate && sameBytes(this.#candidate.txs, txs)) return ok(this.#candidate)
    const bytes = Buffer.concat(txs)
    const record = decodeRecord(bytes)
    if (!record.ok) return record
    const { block } = record.value
    const allowed = await this.#rules.check(record.value, request.time, from)
    if (!allowed.ok) return allowed
    const execution = await this.#executeBlock(block)
    return execution.ok ? ok({ txs, bytes, record: record.value, execution: execution.value }) : execution
  }

  /** Checks a block with what Ethereum says at its origin. */
  async #executeBlock(block: Block, ledger = this.#options.ledger): Promise<Result<Execution, OmgError>> {
    const { pool, view } = this.#options
    const batch = await pool.map(block.body, block.bounds)
    const { origin, originTime } = block
    return ledger.executeBlock(block, batch, view.locked(origin), view.exchange(origin, originTime))
  }

  #sealsOf(votes: readonly VoteExtension[]): Seal[] {
    const { checkpoints } = this.#options
    const seals: Seal[] = []
    for (const { extension } of votes) {
      // A vote that came late has not been checked, and one validator cannot speak for another.
      const brought = decodeExtension(extension)
      if (brought.ok)
        seals.push(...brought.value.filter(seal => !checkpoints.has(seal) && checkpoints.isValid(seal)))
    }
    const known = new Set<string>()
    const isFirst = ({ checkpoint, validator }: Seal) => {
      const size = known.size
      return known.add(`${checkpoint}/${validator}`).size > size
    }
    return seals.filter(isFirst).slice(0, MAX_SEALS)
  }

  #limits(maxTxBytes: number): BlockLimits {
    const limits = this.#options.limits ?? BLOCK_LIMITS
    const room = Math.max(Math.floor(maxTxBytes / 2), maxTxBytes - CONTEXT_BYTES)
    return { transactions: limits.transactions, bytes: Math.min(limits.bytes, room) }
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

  #awaitsSignatures(): boolean {
    const { checkpoints, ledger } = this.#options
    const since = ledger.tip.height - SEALING_BLOCKS
    return checkpoints
      .recent(this.#newestClosed())
      .some(checkpoint => checkpoint.lastHeight >= since && !checkpoints.hasQuorum(checkpoint))
  }

  /** Inbox items consumed before the open checkpoint. */
  #cursorBefore(): bigint {
    const { checkpoints } = this.#options
    const previous = checkpoints.get(this.#newestClosed())
    return previous ? checkpoints.header(previous).inboxCursor : 0n
  }
}

function slices(bytes: Buffer): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) parts.push(bytes.subarray(at, at + SLICE_BYTES))
  return parts
}

/** An engine in this process hands back the very slices that it was given: those need no look. */
function sameBytes(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((tx, i) => tx === b[i] || Buffer.compare(tx, b[i]!) === 0)
}
