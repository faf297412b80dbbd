import type { Block, Tip } from '@omg/ledger'
import type { DataMode, OmgError } from '@omg/protocol'
import type { Configuration } from '../configuration/schema.ts'
import { nodeError } from '../errors.ts'
import type { EthereumView } from '../rootchain/view.ts'
import type { DataModes } from './data-modes.ts'
import type { LostCheckpoints } from './lost-checkpoints.ts'

/** When checkpoints close. Seconds of block time. */
export interface CheckpointPolicy {
  /** A checkpoint with anything in it closes after this time. */
  intervalSeconds: bigint
  /** Not even for a waiting deposit is a checkpoint closed before this time: every checkpoint costs gas. */
  minimumSeconds: bigint
  /** A checkpoint with this many transactions closes at once. */
  transactions: number
  /** A checkpoint with an older origin than this many blocks closes, so that Ethereum takes it in time (R4). */
  originAgeBlocks: bigint
  /** One that is even older by then gets a later origin first, if all it holds is valid as of that: see {@link Renewal}. */
  renewalAgeBlocks: bigint
  /** Ethereum takes no checkpoint with an older origin (R4). */
  maxOriginAgeBlocks: bigint
}

/** The policy of a node, with the limit of the contracts. */
export function policyOf(
  settings: Configuration['checkpoint'],
  maxOriginAgeBlocks: number,
): CheckpointPolicy {
  const part = (divisor: number) => BigInt(Math.max(1, Math.floor(maxOriginAgeBlocks / divisor)))
  return {
    intervalSeconds: BigInt(settings.intervalSeconds),
    minimumSeconds: BigInt(settings.minimumSeconds),
    transactions: settings.transactions,
    originAgeBlocks: part(3),
    renewalAgeBlocks: part(2),
    maxOriginAgeBlocks: BigInt(maxOriginAgeBlocks),
  }
}

/** Largest step of block time between two blocks in seconds, so that one wrong clock cannot take it far away. */
export const MAX_TIME_STEP_SECONDS = 3_600n
/** A proposal whose time is this far ahead of our clock is refused, in seconds. */
export const MAX_CLOCK_DRIFT_SECONDS = 15n

/** Beyond twice its interval, a checkpoint with content may stay open for so long, in seconds: the next proposer closes it. */
const CLOSING_GRACE_SECONDS = 60n
/** From half of its paths on, a checkpoint may be closed at any time; one with blobs always, which hold little. */
const CROWDED_PATH = 1 << 23

/** Block time: the clock, but never back, and never far ahead at once. */
export function blockTime(tip: Tip, clock: bigint): bigint {
  if (tip.height === 0n) return clock
  if (clock < tip.time) return tip.time
  return clock > tip.time + MAX_TIME_STEP_SECONDS ? tip.time + MAX_TIME_STEP_SECONDS : clock
}

/** Ethereum blocks by which another validator's view may be ahead of ours. */
const ORIGIN_AHEAD_BLOCKS = 2n

/** What a block is about to say of Ethereum: its origin, and the oldest checkpoint that it renews. */
export interface NextOrigin {
  readonly origin?: bigint
  readonly renews?: bigint | undefined
}

/** Decides when a checkpoint closes and which origin the next one has. */
export class Schedule {
  readonly #policy: CheckpointPolicy
  readonly #view: EthereumView
  readonly #dataModes: DataModes
  readonly #isLost: LostCheckpoints['isLost']
  /** Block time of the first block of the open checkpoint, and the inbox cursor before it. */
  #opened: { time: bigint; cursor: bigint }
  #draining = false

  constructor(
    policy: CheckpointPolicy,
    parts: { view: EthereumView; dataModes: DataModes; tip: Tip; isLost: LostCheckpoints['isLost'] },
  ) {
    const { tip } = parts
    this.#isLost = parts.isLost
    this.#policy = policy
    this.#view = parts.view
    this.#dataModes = parts.dataModes
    this.#opened = { time: tip.time, cursor: 0n }
  }

  /** After each block. `cursorBefore` is the inbox cursor before the open checkpoint. */
  applied(tip: Tip, cursorBefore: bigint): void {
    const isFirst = tip.firstHeight === tip.height
    this.#opened = { time: isFirst ? tip.time : this.#opened.time, cursor: cursorBefore }
  }

  /** The node stops: what is in the open checkpoint closes now, so that it does not grow old on a disk (R4). */
  drain(): void {
    this.#draining = true
  }

  /** No block of the open checkpoint exists yet, so its origin is still free. */
  isFresh(tip: Tip): boolean {
    return tip.firstHeight > tip.height
  }

  /** Nothing in the open checkpoint depends on its origin, so that each block may take a later one (R4). */
  isOriginFree(tip: Tip): boolean {
    return this.isFresh(tip) || (tip.daMode === 'plasma' && tip.txCount === 0)
  }

  /** Nothing but a later origin will bring the open checkpoint to Ethereum. Behind one that is lost it waits for that. */
  needsRenewal(tip: Tip): boolean {
    const { renewalAgeBlocks } = this.#policy
    return tip.daMode === 'plasma' && this.#originAge(tip) >= renewalAgeBlocks && !this.#isLost()
  }

  /** The origin of the next block: fixed within a checkpoint with transactions, else the newest final block. */
  origin(tip: Tip): { origin: bigint; originHash: Tip['originHash']; originTime: bigint } {
    const newest = this.#view.newest
    if (!this.isOriginFree(tip) || !newest || newest.number <= tip.origin) {
      return { origin: tip.origin, originHash: tip.originHash, originTime: tip.originTime }
    }
    return { origin: newest.number, originHash: newest.hash, originTime: newest.timestamp }
  }

  /** The data mode of the next block: fixed within a checkpoint, what is possible now for a fresh one. */
  daMode(tip: Tip): DataMode {
    return this.isFresh(tip) ? this.#dataModes.next(this.#view.newest?.number) : tip.daMode
  }

  /** Does the next block close the open checkpoint? `adds` = the block itself brings something; `origin` is its own, `renews` what it renews. */
  closes(tip: Tip, time: bigint, adds: boolean, { origin = tip.origin, renews }: NextOrigin = {}): boolean {
    if (renews === undefined && this.#isLost()) return false
    if (this.#originAge(tip) > this.#policy.originAgeBlocks && origin > tip.origin) return true
    // What Ethereum would refuse for ever stays open, for a later origin.
    if (this.#originAge(tip) > this.#policy.maxOriginAgeBlocks) return false
    const fresh = this.isFresh(tip)
    const age = fresh ? 0n : time - this.#opened.time
    if (tip.txCount >= this.#policy.transactions) return true
    if (this.#draining) return this.hasContent(tip) || adds
    if (this.#originAge(tip) >= this.#policy.originAgeBlocks) return true
    if (!this.isOriginFree(tip) && this.#originIsWanted(tip)) return age >= this.#policy.minimumSeconds
    if (!this.hasContent(tip) && !adds) return false
    return age >= this.#policy.intervalSeconds
  }

  /**
   * What is wrong with a proposer's choice to close the open checkpoint, or of its data mode. Both are hers within bounds: each
   * checkpoint costs gas, and what stands in none cannot leave (A37).
   */
  choiceProblem(tip: Tip, block: Block, renews?: bigint): OmgError | undefined {
    const { closes, time, daMode, deposits, bounds, origin } = block
    const isRenewing = renews !== undefined
    if (origin > tip.origin && !isRenewing && !this.isOriginFree(tip) && !this.#isAging(tip)) {
      return nodeError('proposal.origin', `The proposal moves the origin of checkpoint ${tip.checkpoint}.`)
    }
    if (this.isFresh(tip) && daMode === 'blob' && this.#dataModes.wanted !== 'blob') {
      return nodeError(
        'proposal.data_mode',
        'The proposal begins a checkpoint with blobs, which this node does not want.',
      )
    }
    const { maxOriginAgeBlocks: limitBlocks } = this.#policy
    if (closes && origin === tip.origin && this.#originAge(tip) > limitBlocks + ORIGIN_AHEAD_BLOCKS) {
      const what = `checkpoint ${tip.checkpoint} with an origin that Ethereum does not take any more`
      return nodeError('proposal.closing', `The proposal closes ${what}.`)
    }
    const newest = this.#view.newest
    if (closes && !isRenewing && newest && this.#isLost(newest.number - ORIGIN_AHEAD_BLOCKS)) {
      return nodeError('proposal.closing', 'The proposal closes a checkpoint behind one that is lost.')
    }
    const adds = deposits.length > 0 || bounds.length > 0
    const age = this.isFresh(tip) ? 0n : time - this.#opened.time
    if (closes && !this.#mayClose(tip, age, adds, daMode)) {
      return nodeError('proposal.closing', `The proposal closes checkpoint ${tip.checkpoint} without need.`)
    }
    const limit = 2n * this.#policy.intervalSeconds + CLOSING_GRACE_SECONDS
    if (!closes && !isRenewing && this.hasContent(tip) && age > limit) {
      return nodeError('proposal.closing', `Checkpoint ${tip.checkpoint} has been open for ${age} seconds.`)
    }
    return undefined
  }

  #mayClose(tip: Tip, age: bigint, adds: boolean, daMode: DataMode): boolean {
    if (this.#draining || tip.txCount >= this.#policy.transactions) return true
    const isWanted = this.hasContent(tip) || adds || !this.isOriginFree(tip)
    return (
      isWanted && (age >= this.#policy.minimumSeconds || this.#isCrowded(tip, daMode) || this.#isAging(tip))
    )
  }

  /** Its origin is old, or will be for whoever sees Ethereum before us (R4). After a pause the chain's time tells nothing of that. */
  #isAging(tip: Tip): boolean {
    return (
      !this.isOriginFree(tip) && this.#originAge(tip) + ORIGIN_AHEAD_BLOCKS >= this.#policy.originAgeBlocks
    )
  }

  /** Shards may be full, or nearly: whoever makes the block knows better than whoever checks it. */
  #isCrowded(tip: Tip, daMode: DataMode): boolean {
    return daMode === 'blob' || tip.nextPath >= CROWDED_PATH
  }

  /** Something is in the open checkpoint that owners wait to see committed. */
  hasContent(tip: Tip): boolean {
    return !this.isFresh(tip) && (tip.txCount > 0 || tip.inboxCursor > this.#opened.cursor)
  }

  /** A block should be made although no transaction waits. An empty checkpoint is no reason: its origin does not age. */
  isDue(tip: Tip, time: bigint): boolean {
    const next = this.#view.nextDepositBlock(tip.inboxCursor)
    if (next !== undefined && next <= this.origin(tip).origin) return true
    if (this.isFresh(tip)) return false
    return this.closes(tip, blockTime(tip, time), false)
  }

  /** Deposits, exits, listings or another validator set stand behind the origin of the open checkpoint. */
  #originIsWanted({ inboxCursor, origin }: Tip): boolean {
    const next = this.#view.nextDepositBlock(inboxCursor)
    if (next !== undefined && next > origin) return true
    const view = this.#view
    return view.hasLockAfter(origin) || view.hasListingAfter(origin) || view.hasSetAfter(origin)
  }

  /** Ethereum blocks since the origin of the open checkpoint, where it cannot simply take another. */
  #originAge(tip: Tip): bigint {
    const newest = this.#view.newest
    return newest && !this.isOriginFree(tip) ? newest.number - tip.origin : 0n
  }
}
