import {
  addLanes,
  buildTree,
  concat,
  EMPTY_WITNESS,
  encodePosition,
  encodeSignedTransaction,
  fail,
  fromHex,
  leafHash,
  MAX_SHARD_BLOB_BYTES,
  MAX_SHARD_LEAVES,
  type OmgError,
  type OutputId,
  ok,
  type Position,
  position,
  type Result,
  type TreeLeaf,
  toHex,
  unwrap,
  Writer,
} from '@omg/protocol'
import { heirsOf, inCanonicalOrder, isOfBatch, packLeaves, planned, sum } from './block.reference.ts'
import { blockAppHash } from './block.ts'
import { writeEntry } from './entry.ts'
import { type LedgerErrorCode, ledgerError } from './errors.ts'
import { feesAfter, feesOf, parametersInForce } from './fees.ts'
import { type MappedTransaction, mapTransactionReference } from './map.reference.ts'
import { createMapper } from './map.ts'
import { plainAuctions } from './order/auction.ts'
import { NO_EXCHANGE, OrderBlock } from './order/block.ts'
import { publishedTo } from './order/listings.ts'
import { createPlainSealer } from './order/seal.ts'
import { OrderState } from './order/state.ts'
import { checkParameters, feeTransaction } from './parameters.ts'
import { isInstructionRecord, mapError, recordAt, recordSigned } from './record.ts'
import { blobBytes, blobBytesAtMost } from './room.ts'
import { RETRIED } from './selection.ts'
import {
  checkContext,
  checkDeposits,
  closedCheckpoint,
  genesisTip,
  lastNonDAOf,
  mustClose,
  opensCheckpoint,
  type Progress,
  tipAfter,
} from './tip.ts'
import type {
  Admission,
  Assembly,
  Block,
  BlockInputs,
  ClosedCheckpoint,
  Dropped,
  ExchangeView,
  Execution,
  FeeState,
  LedgerParameters,
  LockedOutputs,
  MappedBatch,
  MappedRecord,
  ParametersInForce,
  PendingOutputs,
  StateTransition,
  Tip,
  UnspentOutput,
} from './types.ts'
import { ReferenceUnspentSet } from './unspent.reference.ts'
import { type Accepted, type Source, View } from './view.reference.ts'

/** A candidate for a block. */
interface Candidate {
  readonly index: number
  readonly record: MappedRecord
  readonly mapped: MappedTransaction
}

const NO_LIMITS = { transactions: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

/**
 * The state transition in plain words, on @omg/protocol and a Map: the model that {@link Ledger} is tested against, and the
 * shortest way to read the rules. It decodes and recovers every transaction again from its signed bytes.
 */
export class ReferenceLedger implements StateTransition {
  readonly parameters: LedgerParameters
  readonly unspent = new ReferenceUnspentSet()
  readonly orders: OrderState
  tip: Tip
  #leaves: TreeLeaf[] = []
  readonly #progress = new WeakMap<Execution, { parent: Tip; next: Progress; leaves: TreeLeaf[] }>()

  constructor(parameters: LedgerParameters) {
    checkParameters(parameters)
    this.parameters = parameters
    this.orders = new OrderState(parameters.feeTokens)
    this.tip = genesisTip(parameters)
  }

  get inForce(): ParametersInForce {
    return parametersInForce(this.parameters, this.tip.fees)
  }

  checkTransaction(
    record: MappedRecord,
    locked: LockedOutputs,
    pending?: PendingOutputs,
    exchange: ExchangeView = NO_EXCHANGE,
  ): Result<Admission, OmgError> {
    const view = this.#view({ ...this.tip, height: this.tip.height + 1n }, locked, exchange, pending)
    const mapped = this.#map(record)
    const checked = view.check(mapped, this.tip.originTime)
    if (typeof checked === 'string') return refuse(checked, mapped)
    return ok({ lanes: checked.lanes, merge: checked.merge })
  }

  assembleBlock(candidates: readonly MappedRecord[], inputs: BlockInputs): Assembly {
    const problem = this.#contextProblem(inputs)
    if (problem) throw problem
    const { locked, exchange = NO_EXCHANGE } = inputs
    const view = this.#view(inputs, locked, exchange)
    for (const deposit of inputs.deposits) view.deposit(deposit)
    const accepted = this.#dueFee(view)
    const dropped = new Map<number, LedgerErrorCode>()
    const due = accepted.length
    const attempt = ({ index, record, mapped }: Candidate): boolean => {
      const bytes = sum([...accepted.map(item => blobBytes(item.record)), blobBytesAtMost(record)])
      const { transactions, bytes: most } = inputs.limits ?? NO_LIMITS
      const fits = accepted.length - due < transactions && bytes <= most
      const result = fits ? view.add(record, mapped, inputs.originTime) : 'block.full'
      if (typeof result === 'string') {
        dropped.set(index, result)
        return false
      }
      dropped.delete(index)
      accepted.push(result)
      return true
    }
    const seen: Candidate[] = []
    for (const [index, record] of candidates.entries()) {
      const candidate = { index, record, mapped: this.#map(record) }
      seen.push(candidate)
      if (!attempt(candidate)) continue
      // Whoever lacked an input may have it now; the earliest candidate goes first, then everybody may have more.
      const isWaiting = ({ index }: Candidate) => dropped.get(index) === 'input.missing'
      while (seen.filter(isWaiting).some(attempt));
    }
    accepted.push(...planned(view, accepted, this.tip, inputs.daMode))
    const closes = inputs.closes || mustClose(this.tip, inputs.daMode)
    const execution = this.#finish(
      { ...inputs, closes },
      inCanonicalOrder(accepted),
      view,
      this.#feesOf(inputs, exchange),
    )
    return {
      execution: unwrap(execution),
      dropped: describe(dropped, candidates),
      full: false,
      outgrown: false,
    }
  }

  executeBlock(
    block: Block,
    batch: MappedBatch,
    locked: LockedOutputs,
    exchange: ExchangeView = NO_EXCHANGE,
  ): Result<Execution, OmgError> {
    const problem = this.#contextProblem(block) ?? this.#headerProblem(block)
    if (problem) return fail(problem)
    const view = this.#view(block, locked, exchange)
    for (const deposit of block.deposits) view.deposit(deposit)
    const accepted = this.#dueFee(view)
    const due = accepted.length
    const hashes: string[] = []
    for (let i = 0; i < batch.count; i++) {
      const record = recordAt(batch, i)
      if (!record) return fail(mapError(batch, i))
      const mapped = this.#map(record)
      hashes.push(mapped.hash)
      if (i < due) {
        if (mapped.hash === accepted[0]!.transaction.hash) continue
        return fail(ledgerError('block.fees', 'the first transaction is not the fee distribution'))
      }
      if (mapped.transaction.kind === 'fee') return fail(ledgerError('block.fees', 'fees are not due'))
      if (isInstructionRecord(record)) return fail(ledgerError('block.body', 'an instruction in a block'))
      if (isOfBatch(mapped)) continue
      const result = view.add(record, mapped, block.originTime)
      if (typeof result === 'string') return refuse(result, mapped)
      accepted.push(result)
    }
    if (batch.count < due) return fail(ledgerError('block.fees', 'the fee distribution is missing'))
    accepted.push(...planned(view, accepted, this.tip, block.daMode))
    const ordered = inCanonicalOrder(accepted)
    const expected = ordered.map(({ transaction }) => transaction.hash)
    if ([...hashes].sort().join() !== [...expected].sort().join()) {
      return fail(ledgerError('block.batch', 'the settlements and releases are not those of the batches'))
    }
    if (hashes.join() !== expected.join()) {
      return fail(ledgerError('block.order', 'the transactions are not in canonical order'))
    }
    const execution = this.#finish(block, ordered, view, this.#feesOf(block, exchange))
    if (!execution.ok) return execution
    const made = execution.value.block
    if (toHex(made.body) !== toHex(block.body)) return fail(ledgerError('block.body', 'the body differs'))
    if (made.appHash !== block.appHash) return fail(ledgerError('block.app_hash', 'the app hash differs'))
    return execution
  }

  applyBlock(execution: Execution): ClosedCheckpoint | undefined {
    const { parent, next, leaves } = this.#progress.get(execution)!
    const { block, spent, created } = execution
    if (parent !== this.tip) throw new Error('the execution is not of this tip')
    for (let at = 0; at < spent.length; at += 32) this.unspent.remove(spent.subarray(at, at + 32))
    for (let at = 0; at < created.length; at += 120) this.unspent.add(created.subarray(at, at + 120))
    const roots = this.orders.apply(execution.orders)
    this.#leaves.push(...leaves)
    this.tip = tipAfter(parent, block, next)
    if (!block.closes) return undefined
    const tree = buildTree(this.#leaves)
    this.#leaves = []
    return closedCheckpoint(parent, block, next, { ...tree, ...roots! })
  }

  #feesOf({ originTime }: Pick<BlockInputs, 'originTime'>, exchange: ExchangeView): FeeState {
    return feesOf(this.parameters, this.tip, originTime, exchange.votes)
  }

  #view(
    context: Pick<BlockInputs, 'height' | 'originTime' | 'daMode'>,
    locked: LockedOutputs,
    exchange: ExchangeView,
    pending?: PendingOutputs,
  ): View {
    const { height, originTime, daMode } = context
    const { tip } = this
    const parameters = parametersInForce(this.parameters, this.#feesOf(context, exchange))
    const seal = createPlainSealer(parameters.domain)
    const options = { parameters, tip, height, originTime, locked, auctions: plainAuctions, seal }
    const published = publishedTo(exchange, lastNonDAOf(tip, daMode))
    const orders = new OrderBlock(this.orders, { ...options, exchange: published })
    return new View(this, orders, parameters, pending)
  }

  #map(record: MappedRecord): MappedTransaction {
    return unwrap(mapTransactionReference(recordSigned(record), this.parameters.domain))
  }

  #contextProblem(context: BlockInputs | Block): OmgError | undefined {
    const header = checkContext(this.tip, context)
    if (!header.ok) return header.error
    const inbox = checkDeposits(this.tip, context.deposits)
    return inbox.ok ? undefined : inbox.error
  }

  #headerProblem(block: Block): OmgError | undefined {
    if (mustClose(this.tip, block.daMode) && !block.closes)
      return ledgerError('block.header', 'does not close')
    if (block.previousAppHash !== this.tip.appHash) return ledgerError('block.header', 'another parent')
    const cursor = this.tip.inboxCursor + BigInt(block.deposits.length)
    return block.inboxCursor === cursor ? undefined : ledgerError('block.deposits', 'another inbox cursor')
  }

  /** The fee distribution that the block must start with: none or one. */
  #dueFee(view: View): Accepted[] {
    if (!opensCheckpoint(this.tip)) return []
    const transaction = feeTransaction(this.parameters, this.tip.checkpoint - 1n, this.tip.feesToDistribute)
    if (!transaction) return []
    const signed = encodeSignedTransaction({ transaction, witness: EMPTY_WITNESS })
    const record = recordAt(
      createMapper(this.parameters.domain)(signed, Uint32Array.of(0, signed.length)),
      0,
    )!
    const mapped = this.#map(record)
    const made = transaction.outputs.map((output, index) => ({ index, id: mapped.outputIds[index]!, output }))
    return [view.accept(record, mapped, { spent: [], made }, 0n)]
  }

  /** Gives every transaction its place and builds what depends on places. */
  #finish(
    context: BlockInputs | Block,
    accepted: readonly Accepted[],
    view: View,
    fees: FeeState,
  ): Result<Execution, OmgError> {
    const places = new Map<Accepted, number>()
    const shards = context.daMode === 'blob' ? 6 : 256
    let path = this.tip.nextPath
    let shardBytes = this.tip.shardBytes
    for (const item of accepted) {
      const bytes = blobBytes(item.record)
      const shardIsFull = shardBytes + bytes > MAX_SHARD_BLOB_BYTES
      if (shardIsFull) path = (Math.floor(path / MAX_SHARD_LEAVES) + 1) * MAX_SHARD_LEAVES
      if (path % MAX_SHARD_LEAVES === 0) shardBytes = 0
      if (path >= shards * MAX_SHARD_LEAVES)
        return fail(ledgerError('block.full', 'the checkpoint has no room'))
      places.set(item, path)
      path += 1
      shardBytes += bytes
    }
    const positionOf = (source: Source): Position =>
      source.from === 'block' ? this.#position(places.get(source.maker)!, source.index) : source.position
    const placed = accepted.map(item => {
      const positions = item.spends.map(id => positionOf(view.seen.get(id)!))
      const { hash: txHash, witnessHash } = item.transaction
      const hash = leafHash({ txHash, witnessHash, positions, lanes: item.lanes })
      return { item, positions, leaf: { path: places.get(item)!, hash, lanes: item.lanes } }
    })
    const body = new Writer()
    const bounds: number[] = []
    let at = 0
    for (const { item, positions } of placed) {
      const signed = recordSigned(item.record)
      body.u24(signed.length).raw(signed)
      for (const position of positions) body.raw(encodePosition(position))
      bounds.push(at + 3, at + 3 + signed.length)
      at += 3 + signed.length + 12 * positions.length
    }
    const leaves = placed.map(({ leaf }) => leaf)
    const lanes = accepted.reduce((sum, item) => unwrap(addLanes(sum, item.lanes)), 0n)
    const packed = packLeaves(leaves)
    const { height, time, checkpoint, origin, originHash, originTime, closes, daMode, deposits } = context
    const header = {
      ...{ height, time, checkpoint, origin, originHash, originTime, closes, daMode, deposits },
      body: body.finish(),
      bounds: Uint32Array.from(bounds),
      previousAppHash: this.tip.appHash,
      inboxCursor: this.tip.inboxCursor + BigInt(deposits.length),
    }
    const execution: Execution = {
      block: { ...header, appHash: blockAppHash(header, packed, lanes, this.parameters.feePolicy && fees) },
      records: accepted.map(({ record }) => record),
      leaves: packed,
      lanes,
      ...this.#changes(accepted, view, positionOf, height),
      orders: view.orders.changes(
        (transaction, index) => {
          const maker = view.taken[transaction]!
          return typeof maker === 'bigint' ? maker : this.#position(places.get(maker)!, index)
        },
        closes,
        heirsOf(accepted, checkpoint),
      ),
      batches: view.orders.batches,
      inForce: view.inForce,
    }
    const feeLanes = unwrap(addLanes(this.tip.feeLanes, lanes))
    const counts = { txCount: accepted.length, feeLanes, nextPath: path, shardBytes }
    const next = { ...counts, fees: feesAfter(this.parameters, fees, header.body.length) }
    this.#progress.set(execution, { parent: this.tip, next, leaves })
    return ok(execution)
  }

  #position(path: number, output: number): Position {
    const { checkpoint } = this.tip
    return position({ checkpoint, sequence: 0, shard: path >>> 16, index: path & 0xffff, output })
  }

  /** Outputs of the set that were spent, and new ones that were not, in canonical order. */
  #changes(
    accepted: readonly Accepted[],
    view: View,
    positionOf: (source: Source) => Position,
    height: bigint,
  ) {
    const isOld = (id: OutputId) => view.seen.get(id)!.from === 'set'
    const spent = accepted.flatMap(({ spends }) => spends.filter(isOld)).map(fromHex)
    const deposited = [...view.seen].filter(([, source]) => source.from === 'deposit').map(([id]) => id)
    const made = accepted.flatMap(({ makes }) => makes.map(({ id }) => id))
    const created: UnspentOutput[] = [...deposited, ...made]
      .filter(id => !view.spent.has(id))
      .map(id => ({
        id,
        output: view.seen.get(id)!.output,
        position: positionOf(view.seen.get(id)!),
        height,
      }))
    return { spent: concat(...spent), created: concat(...created.map(writeEntry)) }
  }
}

function describe(
  codes: ReadonlyMap<number, LedgerErrorCode>,
  candidates: readonly MappedRecord[],
): Dropped[] {
  const blockFull = [...codes.values()].includes('block.full')
  return [...codes]
    .sort(([a], [b]) => a - b)
    .map(([index, code]) => ({
      index,
      error: ledgerError(code, `candidate ${index} of ${candidates.length}: ${code}`),
      retry: RETRIED.has(code) || (code === 'input.missing' && blockFull),
    }))
}

function refuse(code: LedgerErrorCode, mapped: MappedTransaction) {
  return fail(ledgerError(code, `${mapped.hash}: ${code}`))
}
