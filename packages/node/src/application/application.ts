import type { Assembly, Block, BlockInputs, Execution, Ledger, MapPool, Tip } from '@omg/ledger'
import { fail, fromHex, type Hash, type OmgError, ok, type Result, toHex } from '@omg/protocol'
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
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import type { LogEntry, LogPlace } from '../store/log.ts'
import type { ChainStore } from '../store/store.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { ExchangeWork } from './exchange-work.ts'
import type { Publication } from './publication.ts'
import { type BlockRecord, decodeRecord, decodeSeal, encodeRecord, encodeSeal, type Seal } from './record.ts'
import { blockTime, MAX_CLOCK_DRIFT_SECONDS, type Schedule } from './schedule.ts'

/** Version that the engine is told. */
export const APPLICATION_VERSION = 'omg-node/1'
/** Deposits that one block takes; the next block takes the next. */
export const MAX_BLOCK_DEPOSITS = 4_096
/** Bytes of one engine transaction: a proposal is the block record cut into such slices. */
const SLICE_BYTES = 4 * 1024 * 1024

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
  limits?: BlockLimits
  /** Seconds since 1970. */
  clock: () => bigint
  /** A block is about to be applied, a replayed one too: the ledger still stands where it stood before. */
  onApply: (execution: Execution) => void
  onCommit: (committed: CommittedBlock) => void
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
  #candidate: Candidate | undefined
  #decided: Candidate | undefined

  constructor(options: ChainApplicationOptions) {
    this.#options = options
  }

  async info(): Promise<InfoResponse> {
    const { tip } = this.#options.ledger
    return {
      version: APPLICATION_VERSION,
      lastBlockHeight: tip.height,
      lastBlockAppHash: fromHex(tip.appHash),
    }
  }

  async initChain(request: InitChainRequest): Promise<InitChainResponse> {
    this.#options.checkpoints.setValidators(request.validators)
    return { appHash: fromHex(this.#options.ledger.tip.appHash) }
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
    const candidate = await this.#execute(request)
    if (!candidate.ok) return { accept: false, reason: candidate.error.code }
    this.#candidate = candidate.value
    return { accept: true }
  }

  /** Signs the newest closed checkpoint while it lacks a quorum: a vote that was missed is made up for by the next. */
  async extendVote(_request: ExtendVoteRequest): Promise<{ extension: Uint8Array }> {
    const { checkpoints } = this.#options
    const seal = this.#awaitsSignatures() ? checkpoints.seal(this.#newestClosed()) : undefined
    return { extension: seal ? encodeSeal(seal) : new Uint8Array(0) }
  }

  async verifyVoteExtension(request: VerifyVoteExtensionRequest): Promise<{ accept: boolean }> {
    if (request.extension.length === 0) return { accept: true }
    const seal = decodeSeal(request.extension)
    if (!seal.ok || seal.value.validator !== toHex(request.validator)) return { accept: false }
    return { accept: this.#options.checkpoints.isValid(seal.value) }
  }

  async finalizeBlock(request: FinalizeBlockRequest): Promise<FinalizeBlockResponse> {
    const candidate = await this.#execute(request)
    // More than 2/3 decided a block that we find invalid: stopping is all that is left.
    if (!candidate.ok) throw candidate.error
    this.#decided = candidate.value
    return {
      appHash: fromHex(candidate.value.execution.block.appHash),
      txResults: request.txs.map(() => ({ code: 0 })),
      validatorUpdates: [],
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
    this.#apply(decided.record, decided.execution, place, commitments)
    return { retainHeight: 0n }
  }

  /** Applies a block that the log has and the tables do not. Its whole execution is checked again. */
  async replay(entry: LogEntry): Promise<void> {
    const record = decodeRecord(entry.payload)
    if (!record.ok) throw record.error
    const execution = await this.#executeBlock(record.value.block)
    if (!execution.ok) throw execution.error
    this.#apply(record.value, execution.value, entry.place, await this.#commitments(record.value.block))
  }

  /** State sync needs peers to sync from: with one validator there are none, so none are offered and none accepted. */
  async listSnapshots(): Promise<Snapshot[]> {
    return []
  }

  async offerSnapshot(): Promise<{ accept: boolean }> {
    return { accept: false }
  }

  async loadSnapshotChunk(): Promise<Uint8Array> {
    return new Uint8Array(0)
  }

  async applySnapshotChunk(): Promise<{ result: 'abort' }> {
    return { result: 'abort' }
  }

  /** From here to the end nothing waits, so tables, ledger and mempool always tell of the same block. */
  #apply(record: BlockRecord, execution: Execution, place: LogPlace, commitments: readonly Hash[]): void {
    const { ledger, store, mempool, checkpoints, schedule, view, onApply, onCommit } = this.#options
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
    onCommit({ execution, seals: record.seals, closed })
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

  async #execute(request: ProposalRequest): Promise<Result<Candidate, OmgError>> {
    const { txs } = request
    if (this.#candidate && sameBytes(this.#candidate.txs, txs)) return ok(this.#candidate)
    const bytes = Buffer.concat(txs)
    const record = decodeRecord(bytes)
    if (!record.ok) return record
    const { block } = record.value
    const problem = this.#contextProblem(block)
    if (problem) return fail(problem)
    const execution = await this.#executeBlock(block)
    return execution.ok ? ok({ txs, bytes, record: record.value, execution: execution.value }) : execution
  }

  /** Checks a block with what Ethereum says at its origin. */
  async #executeBlock(block: Block): Promise<Result<Execution, OmgError>> {
    const { pool, ledger, view } = this.#options
    const batch = await pool.map(block.body, block.bounds)
    const { origin, originTime } = block
    return ledger.executeBlock(block, batch, view.locked(origin), view.exchange(origin, originTime))
  }

  /** What the ledger cannot know: our clock, and what Ethereum says. */
  #contextProblem(block: Block): OmgError | undefined {
    const { ledger, view, clock } = this.#options
    if (block.time > clock() + MAX_CLOCK_DRIFT_SECONDS && block.time > ledger.tip.time) {
      return nodeError('request.invalid', `The block's time ${block.time} is ahead of our clock.`)
    }
    if (block.origin !== ledger.tip.origin) {
      const origin = view.originAt(block.origin)
      if (!origin)
        return nodeError('ethereum.unavailable', `Ethereum block ${block.origin} is not final here.`)
      if (origin.hash !== block.originHash || origin.timestamp !== block.originTime) {
        return nodeError('ethereum.inconsistent', `Ethereum block ${block.origin} is another one here.`)
      }
    }
    const expected = view.deposits(ledger.tip.inboxCursor, block.origin, block.deposits.length)
    const same = (a: Block['deposits'][number], b: Block['deposits'][number]) =>
      a.position === b.position &&
      a.inboxIndex === b.inboxIndex &&
      a.output.type === b.output.type &&
      a.output.guard === b.output.guard &&
      a.output.token === b.output.token &&
      a.output.amount === b.output.amount
    const agree =
      expected.length === block.deposits.length && expected.every((d, i) => same(d, block.deposits[i]!))
    return agree
      ? undefined
      : nodeError('ethereum.inconsistent', 'The deposits of the block are not those of Ethereum.')
  }

  #sealsOf(votes: readonly VoteExtension[]): Seal[] {
    const { checkpoints } = this.#options
    const seals: Seal[] = []
    for (const { extension } of votes) {
      const seal = extension.length > 0 ? decodeSeal(extension) : undefined
      if (!seal?.ok || !checkpoints.isValid(seal.value)) continue
      const known = checkpoints.get(seal.value.checkpoint)?.signatures
      if (!known?.some(({ validator }) => validator === seal.value.validator)) seals.push(seal.value)
    }
    return seals
  }

  #limits(maxTxBytes: number): BlockLimits {
    const limits = this.#options.limits ?? BLOCK_LIMITS
    return { transactions: limits.transactions, bytes: Math.min(limits.bytes, maxTxBytes) }
  }

  #newestClosed(): bigint {
    return this.#options.ledger.tip.checkpoint - 1n
  }

  #awaitsSignatures(): boolean {
    const checkpoint = this.#options.checkpoints.get(this.#newestClosed())
    return checkpoint !== undefined && !this.#options.checkpoints.hasQuorum(checkpoint)
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
