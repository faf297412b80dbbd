import { fail, HASH_BYTES, OmgError, ok, Reader, type Result, toHex, Writer } from '@omg/protocol'
import { blockAppHash } from './block.ts'
import { canonicalOrder } from './canonical.ts'
import { Draft } from './draft.ts'
import { ledgerError } from './errors.ts'
import { feesAfter, feesOf, parametersInForce } from './fees.ts'
import type { Layout } from './layout.ts'
import { createMapper, type Mapper } from './map.ts'
import { type BookAuctions, engineAuctions } from './order/auction.ts'
import { type BatchSize, NO_EXCHANGE, OrderBlock } from './order/block.ts'
import { KeptChecks } from './order/check.ts'
import { publishedTo } from './order/listings.ts'
import { createSealer, type Sealer } from './order/seal.ts'
import { OrderState } from './order/state.ts'
import { checkParameters, encodeFeeTransaction } from './parameters.ts'
import { PaymentRules } from './payment.ts'
import { addReceived, contextProblem, headerProblem, sameBytes } from './received.ts'
import { KIND_PAY, recordAt, recordKind } from './record.ts'
import { batchRoom, checkpointRoom } from './room.ts'
import { type Room, Selection } from './selection.ts'
import {
  closedCheckpoint,
  genesisTip,
  lastNonDAOf,
  mustClose,
  opensCheckpoint,
  type Progress,
  readTip,
  tipAfter,
  writeTip,
} from './tip.ts'
import { OpenTree } from './tree.ts'
import {
  type Admission,
  type Assembly,
  type Block,
  type BlockContext,
  type BlockInputs,
  type ClosedCheckpoint,
  ENTRY_BYTES,
  type ExchangeView,
  type Execution,
  type FeeState,
  type LedgerParameters,
  type LockedOutputs,
  type MapPool,
  type MappedBatch,
  type MappedRecord,
  type OrderRecord,
  type ParametersInForce,
  type PendingOutputs,
  type StateTransition,
  type Tip,
} from './types.ts'
import { UnspentSet } from './unspent.ts'

/** What an execution carries beyond its public face. */
interface Executed extends Execution {
  readonly parent: Tip
  readonly next: Progress
  /** What of `created` the order state will hold, by number. */
  readonly fresh: Layout['fresh']
}

/** The fees of a block, and what follows from them. */
interface InForce {
  readonly fees: FeeState
  readonly parameters: ParametersInForce
  readonly rules: PaymentRules
}

export interface LedgerOptions {
  /** The live outputs that go with the saved state; empty at genesis. */
  readonly unspent?: UnspentSet
  /** The records of the order state that go with it (`OrderState.records`, or those that blocks changed); none at genesis. */
  readonly orders?: Iterable<OrderRecord>
  /** The bytes of an earlier {@link Ledger.save}. */
  readonly state?: Uint8Array
  /** Whose workers help to clear markets; without it this thread clears them alone, to the same end. */
  readonly pool?: Pick<MapPool, 'clear'>
}

/**
 * The state transition over an {@link UnspentSet}: the fast implementation of {@link StateTransition}. Pure: no clock, no I/O.
 * A block is checked whole against the set and a draft beside it; only `applyBlock` changes anything.
 */
export class Ledger implements StateTransition {
  readonly parameters: LedgerParameters
  readonly unspent: UnspentSet
  #orders: OrderState
  #tip: Tip
  #tree = new OpenTree()
  #inForce: InForce
  readonly #map: Mapper
  readonly #seal: Sealer
  readonly #auctions: BookAuctions
  #admission:
    | {
        readonly tip: Tip
        readonly locked: LockedOutputs
        readonly exchange: ExchangeView
        readonly draft: Draft
        readonly rules: PaymentRules
        readonly kept: KeptChecks
      }
    | undefined

  /** Throws `ledger.parameters`, or `ledger.snapshot` if the saved state is damaged or not of these outputs. */
  constructor(parameters: LedgerParameters, options: LedgerOptions = {}) {
    checkParameters(parameters)
    this.parameters = parameters
    this.unspent = options.unspent ?? new UnspentSet()
    this.#orders = OrderState.load(parameters.feeTokens, options.orders ?? [], this.unspent)
    this.#map = createMapper(parameters.domain)
    this.#seal = createSealer(parameters.domain, this.#map)
    const { pool } = options
    this.#auctions = engineAuctions(pool && (cases => pool.clear(cases)))
    this.#tip = genesisTip(parameters)
    if (options.state !== undefined) this.#restore(options.state)
    this.#inForce = inForce(parameters, this.#tip.fees)
  }

  get tip(): Tip {
    return this.#tip
  }

  get orders(): OrderState {
    return this.#orders
  }

  /**
   * Takes over a state that another ledger of this chain has saved, with its outputs and orders, in place of genesis. Throws
   * `ledger.snapshot` where they do not belong together; this ledger is useless then.
   */
  takeOver(state: Uint8Array, entries: Iterable<Uint8Array>, orders: Iterable<OrderRecord>): void {
    if (this.#tip.height !== 0n) throw new Error(`this ledger stands at block ${this.#tip.height} already`)
    for (const entry of entries) {
      if (this.unspent.has(entry)) throw ledgerError('ledger.snapshot', 'an output is repeated')
      this.unspent.add(entry)
    }
    this.#orders = OrderState.load(this.parameters.feeTokens, orders, this.unspent)
    this.#restore(state)
    this.#inForce = inForce(this.parameters, this.#tip.fees)
    this.#admission = undefined
  }

  get inForce(): ParametersInForce {
    return this.#with(this.#tip.fees).parameters
  }

  /**
   * Tip and open tree as bytes, with the size and hash of the unspent set, and the hash of the order state. Those two are saved apart
   * (`saveUnspent` and `OrderState.records`, or the net changes of each block with `orderRecords`): a store that lost or damaged
   * something is found out when the ledger starts from it.
   */
  save(): Uint8Array {
    const writer = new Writer(512).u64(BigInt(this.unspent.size)).raw(this.unspent.setHash())
    writer.u256(this.orders.hash)
    return writeTip(writer, this.#tip).raw(this.#tree.save()).finish()
  }

  checkTransaction(
    record: MappedRecord,
    locked: LockedOutputs,
    pending?: PendingOutputs,
    exchange: ExchangeView = NO_EXCHANGE,
  ): Result<Admission, OmgError> {
    const { draft, rules } = this.#admissionDraft(locked, exchange)
    const checked = draft.check(record, pending)
    if (typeof checked === 'string') return fail(ledgerError(checked, draft.explain(checked, record)))
    const { packedLanes: lanes, merge } = rules
    return ok({ lanes, merge: merge && recordKind(record) === KIND_PAY })
  }

  assembleBlock(candidates: readonly MappedRecord[], inputs: BlockInputs): Assembly {
    const problem = contextProblem(this.#tip, inputs, inputs.deposits)
    if (problem) throw problem
    const inForce = this.#inForceFor(inputs, inputs.exchange)
    const draft = this.#draft(inputs, inForce, inputs.locked, inputs.exchange, this.#keptFor(inputs))
    const fee = this.#dueFee()
    if (fee) draft.addFee(fee)
    const selection = new Selection(draft, candidates, this.#room(inputs, draft.orders.batchAtMost))
    selection.run()
    const { daMode } = inputs
    const { outgrown } = draft.addBatches(checkpointRoom(this.#tip.nextPath, daMode))
    const layout = draft.layOut(canonicalOrder(draft, fee !== undefined), this.#tip, daMode)
    if (!layout) throw new Error('the selection outgrew the checkpoint')
    // The next block must have room for whatever its batches may come to.
    const left = checkpointRoom(layout.nextPath, daMode) - batchRoom(draft.orders.nextBatchAtMost, daMode)
    const full = selection.full || left < 0 || outgrown || mustClose(this.#tip, daMode)
    const execution = this.#finish(
      { ...inputs, closes: inputs.closes || full },
      inputs.deposits,
      draft,
      layout,
      inForce,
    )
    return { execution, dropped: selection.dropped(), full, outgrown }
  }

  executeBlock(
    block: Block,
    batch: MappedBatch,
    locked: LockedOutputs,
    exchange: ExchangeView = NO_EXCHANGE,
  ): Result<Execution, OmgError> {
    const execution = this.rebuildBlock(block, batch, locked, exchange)
    if (execution.ok && execution.value.block.appHash !== block.appHash) {
      const message = `the app hash is ${execution.value.block.appHash}, not ${block.appHash}`
      return fail(ledgerError('block.app_hash', message))
    }
    return execution
  }

  /** The same for a block without its app hash, as blobs tell of it: the execution has it. */
  rebuildBlock(
    block: Omit<Block, 'appHash'>,
    batch: MappedBatch,
    locked: LockedOutputs,
    exchange: ExchangeView = NO_EXCHANGE,
  ): Result<Execution, OmgError> {
    const problem = contextProblem(this.#tip, block, block.deposits) ?? headerProblem(this.#tip, block)
    if (problem) return fail(problem)
    const inForce = this.#inForceFor(block, exchange)
    const draft = this.#draft(block, inForce, locked, exchange)
    const room = checkpointRoom(this.#tip.nextPath, block.daMode)
    const order = addReceived(draft, batch, this.#dueFee(), room)
    if (order instanceof OmgError) return fail(order)
    const layout = draft.layOut(order, this.#tip, block.daMode)
    if (!layout) return fail(ledgerError('block.full', 'the block does not fit its checkpoint'))
    if (!sameBytes(layout.body, block.body)) {
      return fail(ledgerError('block.body', 'the body differs from the encoding of its transactions'))
    }
    return ok(this.#finish(block, block.deposits, draft, layout, inForce))
  }

  applyBlock(execution: Execution): ClosedCheckpoint | undefined {
    const { block, leaves, spent, created, fresh, orders, parent, next } = execution as Executed
    if (parent !== this.#tip) throw new Error(`the execution of block ${block.height} is not of this tip`)
    for (let at = 0; at < spent.length; at += HASH_BYTES) this.unspent.removeAt(spent, at)
    for (let i = 0; i < fresh.length; i++) {
      const slot = this.unspent.addAt(created, ENTRY_BYTES * i)
      if (fresh[i]) fresh[i]!.slot = slot
    }
    const roots = this.orders.apply(orders)
    this.#tree.append(leaves)
    this.#tip = tipAfter(parent, block, next)
    this.#carryAdmission(parent, orders)
    return roots && closedCheckpoint(parent, block, next, { ...this.#tree.close(), ...roots })
  }

  #restore(state: Uint8Array): void {
    const reader = new Reader(state)
    const size = reader.u64()
    const setHash = reader.hash()
    const orderHash = reader.u256()
    const tip = readTip(reader)
    const tree = OpenTree.restore(state.subarray(reader.offset))
    if (reader.failed || !tree.ok) throw ledgerError('ledger.snapshot', 'the saved state is damaged')
    if (size !== BigInt(this.unspent.size) || setHash !== toHex(this.unspent.setHash())) {
      const message = `${this.unspent.size} outputs do not go with the saved state, which had ${size}`
      throw ledgerError('ledger.snapshot', message)
    }
    if (orderHash !== this.orders.hash) {
      throw ledgerError('ledger.snapshot', 'the order records do not go with the saved state')
    }
    this.#tip = tip
    this.#tree = tree.value
  }

  #draft(
    context: Pick<BlockInputs, 'height' | 'originTime' | 'deposits' | 'daMode'>,
    { parameters, rules }: InForce,
    locked: LockedOutputs,
    exchange: ExchangeView = NO_EXCHANGE,
    kept?: KeptChecks,
  ): Draft {
    const { height, originTime, deposits, daMode } = context
    const tip = this.#tip
    const { unspent } = this
    const options = {
      parameters,
      tip,
      height,
      originTime,
      locked,
      exchange: publishedTo(exchange, lastNonDAOf(tip, daMode)),
      auctions: this.#auctions,
      seal: this.#seal,
    }
    const orders = new OrderBlock(this.orders, options)
    const parts = { unspent, orders, rules, map: this.#map, locked, kept }
    const draft = new Draft(parts, { height, originTime, checkpoint: tip.checkpoint, feeLanes: tip.feeLanes })
    for (const deposit of deposits) draft.addDeposit(deposit)
    return draft
  }

  /** An empty block on top of the tip, for admission: checking changes nothing, so one serves until the tip moves. */
  #admissionDraft(locked: LockedOutputs, exchange: ExchangeView): { draft: Draft; rules: PaymentRules } {
    const cached = this.#admission
    if (cached?.tip === this.#tip && cached.locked === locked && cached.exchange === exchange) {
      return cached
    }
    return this.#openAdmission(locked, exchange, new KeptChecks())
  }

  #openAdmission(locked: LockedOutputs, exchange: ExchangeView, kept: KeptChecks) {
    const { height, originTime, daMode } = this.#tip
    const empty = { height: height + 1n, originTime, deposits: [], daMode }
    const inForce = this.#with(this.#tip.fees)
    const draft = this.#draft(empty, inForce, locked, exchange, kept)
    const { rules } = inForce
    this.#admission = { tip: this.#tip, locked, exchange, draft, rules, kept }
    return { draft, rules }
  }

  /** Instructions that waited while a block was made need no other look where it changed nothing about them. */
  #carryAdmission(parent: Tip, changes: Execution['orders']): void {
    const before = this.#admission
    this.#admission = undefined
    const { originTime, daMode } = this.#tip
    const isSame = originTime === parent.originTime && daMode === parent.daMode
    if (before?.tip !== parent || !isSame) return
    before.kept.applied(changes)
    this.#openAdmission(before.locked, before.exchange, before.kept)
  }

  /** The fees of a block on top of the tip. */
  #inForceFor({ originTime }: Pick<BlockInputs, 'originTime'>, exchange?: ExchangeView): InForce {
    return this.#with(feesOf(this.parameters, this.#tip, originTime, exchange?.votes))
  }

  #with(fees: FeeState): InForce {
    if (this.#inForce.fees !== fees) this.#inForce = inForce(this.parameters, fees)
    return this.#inForce
  }

  /** What admission found out, if a block depends on the same. */
  #keptFor({ originTime, daMode, locked, exchange = NO_EXCHANGE }: BlockInputs): KeptChecks | undefined {
    const { tip, locked: before, exchange: view, kept } = this.#admission ?? {}
    const isSame = tip === this.#tip && before === locked && view === exchange
    return isSame && tip?.originTime === originTime && tip.daMode === daMode ? kept : undefined
  }

  /** The FEE transaction that the next block starts with, if one is due. */
  #dueFee(): MappedRecord | undefined {
    if (!opensCheckpoint(this.#tip)) return undefined
    const { checkpoint, feesToDistribute } = this.#tip
    const signed = encodeFeeTransaction(this.parameters, checkpoint - 1n, feesToDistribute)
    return signed && recordAt(this.#map(signed, Uint32Array.of(0, signed.length)), 0)
  }

  /** How much the block may hold: the caller's limits, and what packing can surely fit into the rest of the checkpoint. */
  #room({ limits, daMode }: BlockInputs, size: BatchSize): Room {
    const batches = batchRoom(size, daMode)
    const checkpointBytes = Math.max(0, checkpointRoom(this.#tip.nextPath, daMode) - batches)
    return {
      transactions: limits?.transactions ?? Number.MAX_SAFE_INTEGER,
      bytes: limits?.bytes ?? Number.MAX_SAFE_INTEGER,
      checkpointBytes,
    }
  }

  #finish(
    context: BlockContext,
    deposits: Block['deposits'],
    draft: Draft,
    layout: Layout,
    { fees, parameters }: InForce,
  ): Executed {
    const { records, leaves, body, bounds, spent, created, fresh, nextPath, shardBytes } = layout
    const parent = this.#tip
    const { height, time, checkpoint, origin, originHash, originTime, closes, daMode } = context
    const header = {
      ...{ height, time, checkpoint, origin, originHash, originTime, closes, daMode, deposits, body, bounds },
      previousAppHash: parent.appHash,
      inboxCursor: parent.inboxCursor + BigInt(deposits.length),
    }
    const lanes = draft.feeLanes - parent.feeLanes
    const moving = this.parameters.feePolicy && fees
    const block = { ...header, appHash: blockAppHash(header, leaves, lanes, moving) }
    const counts = { txCount: leaves.count, feeLanes: draft.feeLanes, nextPath, shardBytes }
    const next = { ...counts, fees: feesAfter(this.parameters, fees, body.length) }
    const orders = draft.orders.changes(layout.positionOf, closes, draft.heirs)
    const { batches } = draft.orders
    const made = { block, records, leaves, lanes, spent, created, orders, batches, inForce: parameters }
    return { ...made, fresh, parent, next }
  }
}

function inForce(parameters: LedgerParameters, fees: FeeState): InForce {
  const current = parametersInForce(parameters, fees)
  return { fees, parameters: current, rules: new PaymentRules(current) }
}
