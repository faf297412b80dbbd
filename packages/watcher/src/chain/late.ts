import { decodeBlock, type LockedOutputs } from '@omg/ledger'
import {
  type Domain,
  decodeSignedTransaction,
  fromHex,
  inputsOf,
  type OutputId,
  type SignedTransaction,
  type TxHash,
  transactionHash,
  unwrap,
} from '@omg/protocol'
import type { LateOrigins } from '@omg/rootchain'
import type { StoredCheckpoint } from '../store/facts.ts'
import type { Store } from '../store/store.ts'

export interface LateContentsParts {
  readonly store: Pick<Store, 'block' | 'checkpoint' | 'closed'>
  readonly domain: Domain
  readonly lateOrigins: LateOrigins
  /** R6: what exits that started at or before an Ethereum block forbid to spend. */
  readonly lockedAt: (origin: bigint) => LockedOutputs
  /** R6: whether an output is locked by its own exit or one that it inherits from. */
  readonly isLocked: (output: OutputId, locked: LockedOutputs, spender: Uint8Array) => boolean
}

/** A transaction that its checkpoint must not hold with the origin that Ethereum has of it. */
export interface StaleTransaction {
  readonly txHash: TxHash
  readonly height: bigint
  /** It was over when Ethereum took the checkpoint (R7), or it spends what an exit had locked for too long (R6). */
  readonly why: 'dead' | 'locked'
}

/**
 * Every block is executed with the origin that it names. Where Ethereum took its checkpoint with a later one (a renewal), this looks whether
 * Ethereum counts what is in it, and whether the exits that began in between can still be answered. Validators look before they sign; this is
 * for the case that they did not.
 */
export class LateContents {
  readonly #parts: LateContentsParts

  constructor(parts: LateContentsParts) {
    this.#parts = parts
  }

  /** The first transaction of an accepted checkpoint, whose blocks are here, that should not be in it; undefined if none. */
  stale(accepted: StoredCheckpoint): StaleTransaction | undefined {
    const { store, lateOrigins, lockedAt } = this.#parts
    const closed = store.closed(accepted.number)
    if (closed === undefined) return undefined
    const aliveAt = this.timelyFrom(accepted) - lateOrigins.maxOriginAgeSeconds
    const locked = lockedAt(accepted.origin - lateOrigins.answerableBlocks)
    for (let height = closed.firstHeight; height <= closed.lastHeight; height++) {
      const { origin, body, bounds } = unwrap(decodeBlock(store.block(height)!))
      // Origins never go back.
      if (origin >= accepted.origin) return undefined
      for (let at = 0; at < bounds.length; at += 2) {
        const signed = unwrap(decodeSignedTransaction(body.subarray(bounds[at]!, bounds[at + 1]!)))
        const txHash = transactionHash(signed.transaction, this.#parts.domain)
        const why = isDead(signed, aliveAt) ? 'dead' : this.#isLocked(signed, txHash, locked) && 'locked'
        if (why) return { txHash, height, why }
      }
    }
    return undefined
  }

  /** As the record of the checkpoint on Ethereum says it: see CheckpointRecord of the contracts. Seconds. */
  timelyFrom(accepted: StoredCheckpoint): bigint {
    const { store, lateOrigins } = this.#parts
    let first = accepted
    let before = store.checkpoint(first.number - 1n)
    while (before?.origin === first.origin) {
      first = before
      before = store.checkpoint(first.number - 1n)
    }
    const since = before?.acceptedAt ?? 0n
    return first.acceptedAt > since + lateOrigins.maxOriginAgeSeconds ? since : accepted.acceptedAt
  }

  #isLocked({ transaction }: SignedTransaction, txHash: TxHash, locked: LockedOutputs): boolean {
    if (locked.size === 0) return false
    const spender = fromHex(txHash)
    return inputsOf(transaction).some(id => this.#parts.isLocked(id, locked, spender))
  }
}

/** R7: settlements and the like have no time of their own. */
function isDead({ transaction, witness }: SignedTransaction, aliveAt: bigint): boolean {
  const { kind } = transaction
  const isSigned = kind === 'pay' || (kind === 'move' && witness.signatures.length > 0)
  return isSigned && transaction.validUntil < aliveAt
}
