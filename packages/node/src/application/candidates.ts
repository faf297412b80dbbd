import {
  type Assembly,
  type Block,
  type BlockInputs,
  type Execution,
  guessSigners,
  type Ledger,
  type MapPool,
} from '@omg/ledger'
import { fail, type OmgError, ok, type Result } from '@omg/protocol'
import type { PrepareProposalRequest, ProposalRequest } from '../engines/engine.ts'
import type { Mempool } from '../mempool/mempool.ts'
import type { EthereumView } from '../rootchain/view.ts'
import type { Upgrades } from '../upgrades.ts'
import type { LostCheckpoints } from './lost-checkpoints.ts'
import type { BlockOrigin, ProposalRules } from './proposal.ts'
import { type BlockRecord, decodeRecord, encodeRecord, type Seal } from './record.ts'
import type { Renewal } from './renewal.ts'
import { blockTime, type NextOrigin, type Schedule } from './schedule.ts'
import { limitProblem } from './upgrade-rules.ts'

/** Bytes of one engine transaction: a proposal is the block record cut into such slices. */
export const SLICE_BYTES = 4 * 1024 * 1024
/** Of what the engine lets a block hold, this is left for its context, its deposits and the signatures. */
const CONTEXT_BYTES = 1024 * 1024

export interface BlockLimits {
  transactions: number
  bytes: number
}

export const BLOCK_LIMITS: BlockLimits = { transactions: 20_000, bytes: 32 * 1024 * 1024 }

/** A block that was executed but not committed. */
export interface Candidate {
  txs: readonly Uint8Array[]
  bytes: Buffer
  record: BlockRecord
  execution: Execution
}

type BlockOriginFields = Pick<BlockInputs, 'origin' | 'originHash' | 'originTime'>
/** With the oldest checkpoint that gets this origin, too. */
type ChosenOrigin = BlockOriginFields & { readonly renews?: bigint }

export interface CandidatesParts {
  ledger: Ledger
  pool: MapPool
  mempool: Mempool
  view: EthereumView
  schedule: Schedule
  renewal: Renewal
  lost: LostCheckpoints
  upgrades: Upgrades
  limits?: BlockLimits
}

/** Makes and executes blocks on top of the tip. The newest is kept from proposal to commit, so nothing is executed twice. */
export class Candidates {
  readonly #parts: CandidatesParts
  readonly #rules: ProposalRules
  #newest: Candidate | undefined

  constructor(parts: CandidatesParts, rules: ProposalRules) {
    this.#parts = parts
    this.#rules = rules
  }

  /** Makes a block of what waits, and of these signatures. What it cannot take for good leaves the mempool. */
  async make(request: PrepareProposalRequest, seals: readonly Seal[]): Promise<Candidate> {
    const { mempool, upgrades } = this.#parts
    const limits = this.#limits(request)
    const candidates = mempool.take(limits)
    const { renews, ...origin } = await this.#origin()
    const assembly = this.#assemble(request, candidates, limits, { ...origin, renews })
    for (const { index, error, retry } of assembly.dropped) {
      if (!retry) mempool.reject(candidates[index]!, error)
    }
    const { block } = assembly.execution
    const record = { block, seals, upgrades: upgrades.hashAt(request.height), renews }
    const bytes = encodeRecord(record)
    this.#newest = { txs: slices(bytes), bytes, record, execution: assembly.execution }
    return this.#newest
  }

  /** Checks and executes a block of somebody else, unless that was done before. */
  async execute(request: ProposalRequest, from: BlockOrigin): Promise<Result<Candidate, OmgError>> {
    const { txs } = request
    if (this.#newest && sameBytes(this.#newest.txs, txs)) return ok(this.#newest)
    const bytes = Buffer.concat(txs)
    const record = decodeRecord(bytes)
    if (!record.ok) return record
    const excess = from === 'proposal' ? limitProblem(this.#parts.upgrades, record.value.block) : undefined
    if (excess) return fail(excess)
    const allowed = await this.#rules.check(record.value, request.time, from)
    if (!allowed.ok) return allowed
    const execution = await this.executeBlock(record.value.block)
    if (!execution.ok) return execution
    this.#newest = { txs, bytes, record: record.value, execution: execution.value }
    return ok(this.#newest)
  }

  /** Checks a block with what Ethereum says at its origin. */
  async executeBlock(block: Block, ledger = this.#parts.ledger): Promise<Result<Execution, OmgError>> {
    const { pool, view } = this.#parts
    const guesses = pool.checksBatches ? guessSigners(ledger.unspent, block.body, block.bounds) : undefined
    const batch = await pool.map(block.body, block.bounds, guesses)
    const { origin, originTime } = block
    return ledger.executeBlock(block, batch, view.locked(origin), view.exchange(origin, originTime))
  }

  /** The tip has moved. */
  clear(): void {
    this.#newest = undefined
  }

  /** R4: that of the open checkpoint, or a later one where nothing else brings it, or what is lost, to Ethereum and all they hold stays valid. */
  async #origin(): Promise<ChosenOrigin> {
    const { ledger, schedule, view, renewal, lost } = this.#parts
    const { newest } = view
    const renews = lost.renewableFrom(newest?.number)
    const isWanted = renews !== undefined || schedule.needsRenewal(ledger.tip)
    if (!newest || !isWanted || (await renewal.problem(newest, renews))) return schedule.origin(ledger.tip)
    const later = { origin: newest.number, originHash: newest.hash, originTime: newest.timestamp }
    return renews === undefined ? later : { ...later, renews }
  }

  #assemble(
    request: PrepareProposalRequest,
    candidates: Parameters<Ledger['assembleBlock']>[0],
    limits: BlockLimits,
    { renews, ...origin }: BlockOriginFields & NextOrigin,
  ): Assembly {
    const { ledger, schedule, view, upgrades } = this.#parts
    const { tip } = ledger
    const time = blockTime(tip, request.time)
    const { deposits: most } = upgrades.at(request.height)
    const deposits = view.deposits(tip.inboxCursor, origin.origin, most)
    const daMode = schedule.daMode(tip)
    const inputs: BlockInputs = {
      ...origin,
      height: request.height,
      time,
      checkpoint: tip.checkpoint,
      closes: schedule.closes(tip, time, candidates.length + deposits.length > 0, {
        origin: origin.origin,
        renews,
      }),
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

  /** Our own limits, within those of the chain and of the engine. */
  #limits({ maxTxBytes, height }: PrepareProposalRequest): BlockLimits {
    const own = this.#parts.limits ?? BLOCK_LIMITS
    const most = this.#parts.upgrades.at(height)
    const room = Math.max(Math.floor(maxTxBytes / 2), maxTxBytes - CONTEXT_BYTES)
    return {
      transactions: Math.min(own.transactions, most.transactions),
      bytes: Math.min(own.bytes, most.bytes, room),
    }
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
