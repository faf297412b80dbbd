import type { Ledger } from '@omg/ledger'
import {
  type Domain,
  decodeSignedTransaction,
  fromHex,
  inputsOf,
  type OmgError,
  type SignedTransaction,
  transactionHash,
  unwrap,
} from '@omg/protocol'
import type { LateOrigins } from '@omg/rootchain'
import { nodeError } from '../errors.ts'
import type { OriginBlock } from '../rootchain/seam.ts'
import type { EthereumView } from '../rootchain/view.ts'
import type { ChainStore } from '../store/store.ts'
import type { Checkpoints } from './checkpoints.ts'
import { decodeRecord } from './record.ts'

export interface RenewalParts {
  store: ChainStore
  ledger: Ledger
  checkpoints: Checkpoints
  view: EthereumView
  domain: Domain
  lateOrigins: LateOrigins
}

/** What an origin asks of transactions that were executed before it. */
interface Terms {
  readonly origin: OriginBlock
  /** R7: it counts if its `validUntil` is this time or later, in seconds. */
  readonly aliveAt: bigint
  /** R6: an exit that began up to this Ethereum block forbids it. */
  readonly lockedBy: bigint
  /** Whether what follows from the chain and from Ethereum alone is enough, or it takes the transactions themselves. */
  readonly needsBlocks: boolean
}

/**
 * Whether checkpoints with transactions may get a later origin. What was valid when it was executed stays so; the question is whether Ethereum
 * finds it so, too, and whether an exit that has begun since can still be answered. It is the way out after the whole network stood still, or
 * nobody submitted, for so long that Ethereum takes no checkpoint with the old one any more (R4).
 */
export class Renewal {
  readonly #parts: RenewalParts
  #known: { height: bigint; from: bigint; origin: bigint; problem: OmgError | undefined } | undefined
  #looking: Promise<unknown> | undefined

  constructor(parts: RenewalParts) {
    this.#parts = parts
  }

  /** Why what nothing else would bring to Ethereum cannot be renewed, as far as was looked. */
  get stranded(): OmgError | undefined {
    return this.#known?.height === this.#parts.ledger.tip.height ? this.#known.problem : undefined
  }

  /**
   * What forbids to give this origin to the open checkpoint, and to all closed ones from `renews` on; worked out once for a tip. Error:
   * proposal.origin.
   */
  async problem(origin: OriginBlock, renews?: bigint): Promise<OmgError | undefined> {
    const { height, checkpoint } = this.#parts.ledger.tip
    const from = renews ?? checkpoint
    const known = this.#known
    if (known?.height === height && known.from === from && known.origin === origin.number)
      return known.problem
    const problem = this.#unrenewable(from) ?? (await this.#look(from, this.#terms(from, origin)))
    this.#known = { height, from, origin: origin.number, problem }
    return problem
  }

  /**
   * Whether a block with this origin could be made for it. Looked up beside the chain: no until that is known, so that nobody makes empty
   * blocks to find out.
   */
  isPossible(origin: OriginBlock, renews?: bigint): boolean {
    const { height, checkpoint } = this.#parts.ledger.tip
    const known = this.#known
    const isKnown = known?.height === height && known.from === (renews ?? checkpoint)
    if (isKnown && known.origin === origin.number) return known.problem === undefined
    this.#looking ??= this.problem(origin, renews)
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined
      })
    return false
  }

  /** Blobs do not tell the origins of blocks, so whoever rebuilds a checkpoint from them takes that of its header for all of them. */
  #unrenewable(from: bigint): OmgError | undefined {
    const { ledger, checkpoints } = this.#parts
    const { tip } = ledger
    for (let number = from; number < tip.checkpoint; number++) {
      const checkpoint = checkpoints.get(number)
      if (!checkpoint) return refused(`checkpoint ${number} is not here`)
      if (checkpoints.header(checkpoint).daMode === 'blob')
        return refused(`checkpoint ${number} is in blob mode`)
    }
    const isFresh = tip.firstHeight > tip.height
    return from < tip.checkpoint && !isFresh && tip.daMode === 'blob'
      ? refused('the open one is in blob mode')
      : undefined
  }

  #terms(from: bigint, origin: OriginBlock): Terms {
    const { checkpoints, ledger, view, lateOrigins } = this.#parts
    const { maxOriginAgeSeconds, answerableBlocks } = lateOrigins
    const last = view.lastAccepted(origin.number)
    const pausedSince = view.acceptedAt(last)
    // Ethereum will find the same: it takes the first of them after the origin, and none before them.
    const isPaused = last + 1n === from && pausedSince + maxOriginAgeSeconds < origin.timestamp
    const lockedBy = origin.number - answerableBlocks
    const accepted = checkpoints.get(last)
    const acceptedOrigin = accepted && checkpoints.header(accepted).origin
    const oldest = checkpoints.get(from)
    const oldestOrigin = oldest ? checkpoints.header(oldest).origin : ledger.tip.origin
    // With the origin of the last accepted one they may have been renewed together, and executed long before.
    const isLater = last === 0n || (acceptedOrigin !== undefined && oldestOrigin > acceptedOrigin)
    const isUnlocked = !view.hasLockWithin(acceptedOrigin ?? 0n, lockedBy)
    return {
      origin,
      aliveAt: isPaused ? pausedSince - maxOriginAgeSeconds : origin.timestamp,
      lockedBy,
      needsBlocks: !(isPaused && isLater && isUnlocked),
    }
  }

  async #look(from: bigint, terms: Terms): Promise<OmgError | undefined> {
    const { checkpoints, ledger, store } = this.#parts
    const { tip } = ledger
    const first = checkpoints.get(from)?.firstHeight ?? tip.firstHeight
    if (!terms.needsBlocks) return undefined
    for (let height = first; height <= tip.height; height++) {
      const place = store.block(height)
      if (!place || !store.holds(place)) return refused(`block ${height} is not here to be looked at`)
      const { body, bounds } = unwrap(decodeRecord(await store.read(place))).block
      for (let at = 0; at < bounds.length; at += 2) {
        const signed = unwrap(decodeSignedTransaction(body.subarray(bounds[at]!, bounds[at + 1]!)))
        const problem = this.#problemOf(signed, terms)
        if (problem) return refused(`${this.#hash(signed)} ${problem}`)
      }
    }
    return undefined
  }

  /** R7: what Ethereum would call dead; R6: what exits have locked for so long that they could not be answered any more. */
  #problemOf(signed: SignedTransaction, { aliveAt, lockedBy }: Terms): string | undefined {
    const { transaction, witness } = signed
    const { kind } = transaction
    const isSigned = kind === 'pay' || (kind === 'move' && witness.signatures.length > 0)
    if (isSigned && transaction.validUntil < aliveAt) return 'is not valid any more'
    const { ledger, view } = this.#parts
    const locked = view.locked(lockedBy)
    if (locked.size === 0) return undefined
    const spender = fromHex(this.#hash(signed))
    const isLocked = inputsOf(transaction).some(id => ledger.orders.heirs.isLocked(id, locked, spender))
    return isLocked ? 'spends what an exit has locked too long ago' : undefined
  }

  #hash({ transaction }: SignedTransaction) {
    return transactionHash(transaction, this.#parts.domain)
  }
}

function refused(why: string): OmgError {
  return nodeError('proposal.origin', `What Ethereum does not have cannot get a later origin: ${why}.`)
}
