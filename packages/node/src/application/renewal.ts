import { type Execution, isDerivingRecord, type Ledger, type Tip } from '@omg/ledger'
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
import { decodeRecord } from './record.ts'

/** Name of the fact in the store: `checkpoint u64 ‖ seconds u64`. */
const KEY = 'settledUntil'

export interface RenewalParts {
  store: ChainStore
  ledger: Ledger
  view: EthereumView
  domain: Domain
}

/**
 * Whether a checkpoint with transactions may get a later origin: only if Ethereum would find everything in it valid as of that, too. It
 * is the way out after the whole network stood still for so long that Ethereum takes no checkpoint with the old one any more (R4).
 */
export class Renewal {
  readonly #parts: RenewalParts
  #known: { height: bigint; origin: bigint; problem: OmgError | undefined } | undefined
  /** Seconds: until then no order expires that a checkpoint has settled. */
  #settled: { checkpoint: bigint; until: bigint } | undefined

  constructor(parts: RenewalParts) {
    this.#parts = parts
    const bytes = parts.store.tables.meta.get(KEY)
    if (bytes) this.#settled = { checkpoint: bytes.readBigUInt64BE(), until: bytes.readBigUInt64BE(8) }
  }

  /** Why the checkpoint that nothing else would bring to Ethereum cannot be renewed, as far as was looked. */
  get stranded(): OmgError | undefined {
    return this.#known?.height === this.#parts.ledger.tip.height ? this.#known.problem : undefined
  }

  /** Before a block is applied: how long the orders that it settles would have lived. They are gone afterwards. */
  note({ batches, orders, records }: Execution): void {
    const { ledger, store } = this.#parts
    if (batches.length === 0 || !records.some(isDerivingRecord)) return
    const { checkpoint } = ledger.tip
    const before = this.#settledUntil(checkpoint)
    let until = before
    for (const { base, removed } of orders.holdings) {
      const terms = base?.live ? base.terms : undefined
      if (terms?.expiryKind === 'time' && removed.size > 0 && terms.expiry < until) until = terms.expiry
    }
    if (until === before) return
    this.#settled = { checkpoint, until }
    const bytes = Buffer.alloc(16)
    bytes.writeBigUInt64BE(checkpoint)
    bytes.writeBigUInt64BE(until, 8)
    store.tables.meta.put(KEY, bytes)
  }

  /** What forbids to give the open checkpoint this origin; worked out once for a tip. Error: proposal.origin. */
  async problem(origin: OriginBlock): Promise<OmgError | undefined> {
    const { height } = this.#parts.ledger.tip
    if (this.#known?.height === height && this.#known.origin === origin.number) return this.#known.problem
    const problem = await this.#look(origin)
    this.#known = { height, origin: origin.number, problem }
    return problem
  }

  async #look(origin: OriginBlock): Promise<OmgError | undefined> {
    const { tip } = this.#parts.ledger
    let settles = false
    for (let height = tip.firstHeight; height <= tip.height; height++) {
      for (const signed of await this.#transactions(height)) {
        const problem = this.#transactionProblem(signed, origin)
        if (problem) return refused(`${this.#hash(signed)} ${problem}`)
        settles ||= signed.transaction.kind === 'settle'
      }
    }
    return settles ? this.#settlementProblem(tip, origin) : undefined
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
  #settlementProblem(tip: Tip, { number, timestamp }: OriginBlock): OmgError | undefined {
    if (this.#settledUntil(tip.checkpoint) < timestamp)
      return refused('an order that was settled has expired')
    for (const { fact } of this.#parts.view.listings([Number(tip.origin), Number.MAX_SAFE_INTEGER])) {
      if (fact.block > number) break
      if (fact.kind === 'state') return refused(`market ${fact.market} has another state`)
    }
    return undefined
  }

  async #transactions(height: bigint): Promise<SignedTransaction[]> {
    const { store } = this.#parts
    const place = store.block(height)
    if (!place) throw nodeError('store.corrupt', `Block ${height} of the open checkpoint is missing.`)
    const { body, bounds } = unwrap(decodeRecord(await store.read(place))).block
    return Array.from({ length: bounds.length / 2 }, (_, i) =>
      unwrap(decodeSignedTransaction(body.subarray(bounds[2 * i]!, bounds[2 * i + 1]!))),
    )
  }

  #settledUntil(checkpoint: bigint): bigint {
    return this.#settled?.checkpoint === checkpoint ? this.#settled.until : MAX_U64
  }

  #hash({ transaction }: SignedTransaction) {
    return transactionHash(transaction, this.#parts.domain)
  }
}

function refused(why: string): OmgError {
  return nodeError('proposal.origin', `The open checkpoint cannot get a later origin: ${why}.`)
}
