import { type Execution, isDerivingRecord, type Ledger } from '@omg/ledger'
import {
  type Domain,
  decodeSignedTransaction,
  fromHex,
  inputsOf,
  MAX_U64,
  type OmgError,
  type SignedTransaction,
  transactionHash,
  unwrap,
} from '@omg/protocol'
import { nodeError } from '../errors.ts'
import type { OriginBlock } from '../rootchain/seam.ts'
import type { EthereumView } from '../rootchain/view.ts'
import type { ChainStore } from '../store/store.ts'
import type { Checkpoints } from './checkpoints.ts'
import { decodeRecord } from './record.ts'

/** Name of the fact in the store: `{checkpoint u64 ‖ seconds u64} × n`. */
const KEY = 'settledUntil'
const ENTRY_BYTES = 16

export interface RenewalParts {
  store: ChainStore
  ledger: Ledger
  checkpoints: Checkpoints
  view: EthereumView
  domain: Domain
}

/**
 * Whether checkpoints with transactions may get a later origin: only if Ethereum would find everything in them valid as of that, too. It
 * is the way out after the whole network stood still, or nobody submitted, for so long that Ethereum takes no checkpoint with the old one
 * any more (R4).
 */
export class Renewal {
  readonly #parts: RenewalParts
  #known: { height: bigint; from: bigint; origin: bigint; problem: OmgError | undefined } | undefined
  #looking: Promise<unknown> | undefined
  /** Seconds, by checkpoint: until then no order expires that it has settled. */
  readonly #settled = new Map<bigint, bigint>()

  constructor(parts: RenewalParts) {
    this.#parts = parts
    const bytes = parts.store.tables.meta.get(KEY) ?? Buffer.alloc(0)
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      this.#settled.set(bytes.readBigUInt64BE(at), bytes.readBigUInt64BE(at + 8))
    }
  }

  /** Why what nothing else would bring to Ethereum cannot be renewed, as far as was looked. */
  get stranded(): OmgError | undefined {
    return this.#known?.height === this.#parts.ledger.tip.height ? this.#known.problem : undefined
  }

  /** Before a block is applied: how long the orders that it settles would have lived. They are gone afterwards. */
  note({ batches, orders, records }: Execution): void {
    const { ledger, store, view } = this.#parts
    if (batches.length === 0 || !records.some(isDerivingRecord)) return
    const { checkpoint } = ledger.tip
    const before = this.#settledUntil(checkpoint)
    let until = before
    for (const { base, removed } of orders.holdings) {
      const terms = base?.live ? base.terms : undefined
      if (terms?.expiryKind === 'time' && removed.size > 0 && terms.expiry < until) until = terms.expiry
    }
    if (until === before) return
    this.#settled.set(checkpoint, until)
    // What Ethereum has, nothing renews.
    const accepted = view.newest ? view.lastAccepted(view.newest.number) : 0n
    for (const known of this.#settled.keys()) if (known <= accepted) this.#settled.delete(known)
    const bytes = Buffer.alloc(ENTRY_BYTES * this.#settled.size)
    for (const [i, [number, seconds]] of [...this.#settled].entries()) {
      bytes.writeBigUInt64BE(number, ENTRY_BYTES * i)
      bytes.writeBigUInt64BE(seconds, ENTRY_BYTES * i + 8)
    }
    store.tables.meta.put(KEY, bytes)
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
    const problem = this.#unrenewable(from) ?? (await this.#look(from, origin))
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
    const { ledger, checkpoints, store } = this.#parts
    const { tip } = ledger
    for (let number = from; number < tip.checkpoint; number++) {
      const checkpoint = checkpoints.get(number)
      if (!checkpoint) return refused(`checkpoint ${number} is not here`)
      if (checkpoints.header(checkpoint).daMode === 'blob')
        return refused(`checkpoint ${number} is in blob mode`)
      if (!store.block(checkpoint.firstHeight))
        return refused(`the blocks of checkpoint ${number} are not here`)
    }
    const isFresh = tip.firstHeight > tip.height
    return from < tip.checkpoint && !isFresh && tip.daMode === 'blob'
      ? refused('the open one is in blob mode')
      : undefined
  }

  async #look(from: bigint, origin: OriginBlock): Promise<OmgError | undefined> {
    const { checkpoints, ledger } = this.#parts
    const { tip } = ledger
    const first = checkpoints.get(from)?.firstHeight ?? tip.firstHeight
    let settles = false
    for (let height = first; height <= tip.height; height++) {
      for (const signed of await this.#transactions(height)) {
        const problem = this.#transactionProblem(signed, origin)
        if (problem) return refused(`${this.#hash(signed)} ${problem}`)
        settles ||= signed.transaction.kind === 'settle'
      }
    }
    return settles ? this.#settlementProblem(from, origin) : undefined
  }

  /** R7: what its signer has given up by then; R6: what exits have locked since. */
  #transactionProblem(signed: SignedTransaction, origin: OriginBlock): string | undefined {
    const { transaction, witness } = signed
    const { kind } = transaction
    const isSigned = kind === 'pay' || (kind === 'move' && witness.signatures.length > 0)
    if (isSigned && transaction.validUntil < origin.timestamp) return 'is not valid any more'
    const { ledger, view } = this.#parts
    const locked = view.locked(origin.number)
    if (locked.size === 0) return undefined
    const spender = fromHex(this.#hash(signed))
    const isLocked = inputsOf(transaction).some(id => ledger.orders.heirs.isLocked(id, locked, spender))
    return isLocked ? 'spends what an exit has locked' : undefined
  }

  /** F7: a settlement needs live orders and an open market at its origin. */
  #settlementProblem(from: bigint, { number, timestamp }: OriginBlock): OmgError | undefined {
    const { checkpoints, ledger, view } = this.#parts
    for (let checkpoint = from; checkpoint <= ledger.tip.checkpoint; checkpoint++) {
      if (this.#settledUntil(checkpoint) < timestamp) return refused('an order that was settled has expired')
    }
    const oldest = checkpoints.get(from)
    const since = oldest ? checkpoints.header(oldest).origin : ledger.tip.origin
    for (const { fact } of view.listings([Number(since), Number.MAX_SAFE_INTEGER])) {
      if (fact.block > number) break
      if (fact.kind === 'state') return refused(`market ${fact.market} has another state`)
    }
    return undefined
  }

  async #transactions(height: bigint): Promise<SignedTransaction[]> {
    const { store } = this.#parts
    const place = store.block(height)
    if (!place)
      throw nodeError(
        'store.corrupt',
        `Block ${height} of a checkpoint that Ethereum does not have is missing.`,
      )
    const { body, bounds } = unwrap(decodeRecord(await store.read(place))).block
    return Array.from({ length: bounds.length / 2 }, (_, i) =>
      unwrap(decodeSignedTransaction(body.subarray(bounds[2 * i]!, bounds[2 * i + 1]!))),
    )
  }

  #settledUntil(checkpoint: bigint): bigint {
    return this.#settled.get(checkpoint) ?? MAX_U64
  }

  #hash({ transaction }: SignedTransaction) {
    return transactionHash(transaction, this.#parts.domain)
  }
}

function refused(why: string): OmgError {
  return nodeError('proposal.origin', `What Ethereum does not have cannot get a later origin: ${why}.`)
}
