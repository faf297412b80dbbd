import {
  addLanes,
  buildTree,
  concat,
  decodeOutput,
  depositId,
  EMPTY_WITNESS,
  encodePosition,
  encodeSignedTransaction,
  fail,
  fromHex,
  leafHash,
  MAX_SHARD_BLOB_BYTES,
  MAX_SHARD_LEAVES,
  MAX_U64,
  type OmgError,
  type Output,
  type OutputId,
  ok,
  ownerOfGuard,
  type Pay,
  type Position,
  packLanes,
  position,
  type Result,
  type TreeLeaf,
  toHex,
  unwrap,
  Writer,
} from '@omg/protocol'
import { blockAppHash } from './block.ts'
import { readEntry, writeEntry } from './entry.ts'
import { type LedgerErrorCode, ledgerError } from './errors.ts'
import { type MappedTransaction, mapTransactionReference } from './map.reference.ts'
import { createMapper } from './map.ts'
import { checkParameters, feeTransaction } from './parameters.ts'
import { inputCount, mapError, recordAt, recordSigned } from './record.ts'
import {
  checkContext,
  checkDeposits,
  closedCheckpoint,
  genesisTip,
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
  Execution,
  Leaves,
  LedgerParameters,
  LockedOutputs,
  MappedBatch,
  MappedRecord,
  PendingOutputs,
  StateTransition,
  Tip,
  UnspentOutput,
} from './types.ts'
import { ReferenceUnspentSet } from './unspent.reference.ts'

/** A transaction that was found valid, with what it spends and the fee it pays. */
interface Accepted {
  readonly record: MappedRecord
  readonly transaction: MappedTransaction
  readonly spends: readonly OutputId[]
  readonly lanes: bigint
  readonly level: number
}

/** A candidate for a block. */
interface Candidate {
  readonly index: number
  readonly record: MappedRecord
  readonly mapped: MappedTransaction
}

const NO_LIMITS = { transactions: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

/** An output that the block sees: from the set, from a deposit, or made by a transaction of the block. */
type Source = { readonly output: Output } & (
  | { readonly from: 'set' | 'deposit'; readonly position: Position }
  | { readonly from: 'block'; readonly maker: Accepted; readonly index: number }
)

/**
 * The state transition in plain words, on @omg/protocol and a Map: the model that {@link Ledger} is tested against, and the
 * shortest way to read the rules. It decodes and recovers every transaction again from its signed bytes.
 */
export class ReferenceLedger implements StateTransition {
  readonly parameters: LedgerParameters
  readonly unspent = new ReferenceUnspentSet()
  tip: Tip
  #leaves: TreeLeaf[] = []
  readonly #progress = new WeakMap<Execution, { parent: Tip; next: Progress; leaves: TreeLeaf[] }>()

  constructor(parameters: LedgerParameters) {
    checkParameters(parameters)
    this.parameters = parameters
    this.tip = genesisTip(parameters)
  }

  checkTransaction(
    record: MappedRecord,
    locked: LockedOutputs,
    pending?: PendingOutputs,
  ): Result<Admission, OmgError> {
    const view = new View(this, locked, pending)
    const mapped = this.#map(record)
    const checked = view.check(mapped, this.tip.originTime)
    if (typeof checked === 'string') return refuse(checked, mapped)
    const { hash, signers } = mapped
    return ok({ hash, signers, lanes: checked.lanes, merge: checked.merge })
  }

  assembleBlock(candidates: readonly MappedRecord[], inputs: BlockInputs): Assembly {
    const problem = this.#contextProblem(inputs)
    if (problem) throw problem
    const view = new View(this, inputs.locked)
    for (const deposit of inputs.deposits) view.deposit(deposit)
    const accepted = this.#dueFee(view)
    const dropped = new Map<number, LedgerErrorCode>()
    const due = accepted.length
    const attempt = ({ index, record, mapped }: Candidate): boolean => {
      const bytes = sum([...accepted.map(item => item.record), record].map(blobBytes))
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
    const fee = accepted[0]?.transaction.transaction.kind === 'fee' ? accepted.splice(0, 1) : []
    accepted.sort((a, b) => a.level - b.level || (a.transaction.hash < b.transaction.hash ? -1 : 1))
    const execution = this.#finish(inputs, [...fee, ...accepted], view)
    return { execution: unwrap(execution), dropped: describe(dropped, candidates), full: false }
  }

  executeBlock(block: Block, batch: MappedBatch, locked: LockedOutputs): Result<Execution, OmgError> {
    const problem = this.#contextProblem(block) ?? this.#headerProblem(block)
    if (problem) return fail(problem)
    const view = new View(this, locked)
    for (const deposit of block.deposits) view.deposit(deposit)
    const accepted = this.#dueFee(view)
    const due = accepted.length
    for (let i = 0; i < batch.count; i++) {
      const record = recordAt(batch, i)
      if (!record) return fail(mapError(batch, i))
      const mapped = this.#map(record)
      if (i < due) {
        if (mapped.hash === accepted[0]!.transaction.hash) continue
        return fail(ledgerError('block.fees', 'the first transaction is not the fee distribution'))
      }
      if (mapped.transaction.kind === 'fee') return fail(ledgerError('block.fees', 'fees are not due'))
      const result = view.add(record, mapped, block.originTime)
      if (typeof result === 'string') return refuse(result, mapped)
      const last = accepted.at(-1)
      const first = accepted.length === due
      if (
        !first &&
        last &&
        !(last.level < result.level || (last.level === result.level && last.transaction.hash < mapped.hash))
      ) {
        return fail(ledgerError('block.order', `transaction ${i} stands after its canonical place`))
      }
      accepted.push(result)
    }
    if (batch.count < due) return fail(ledgerError('block.fees', 'the fee distribution is missing'))
    const execution = this.#finish(block, accepted, view)
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
    this.#leaves.push(...leaves)
    this.tip = tipAfter(parent, block, next)
    if (!block.closes) return undefined
    const tree = buildTree(this.#leaves)
    this.#leaves = []
    return closedCheckpoint(parent, block, next, tree)
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
    return [view.accept(record, this.#map(record), [], 0n, 0)]
  }

  /** Gives every transaction its place and builds what depends on places. */
  #finish(
    context: BlockInputs | Block,
    accepted: readonly Accepted[],
    view: View,
  ): Result<Execution, OmgError> {
    const places = new Map<Accepted, number>()
    let path = this.tip.nextPath
    let shardBytes = this.tip.shardBytes
    for (const item of accepted) {
      const bytes = blobBytes(item.record)
      const shardIsFull = shardBytes + bytes > MAX_SHARD_BLOB_BYTES
      if (shardIsFull) path = (Math.floor(path / MAX_SHARD_LEAVES) + 1) * MAX_SHARD_LEAVES
      if (path % MAX_SHARD_LEAVES === 0) shardBytes = 0
      if (path >= 256 * MAX_SHARD_LEAVES) return fail(ledgerError('block.full', 'the checkpoint has no room'))
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
    const { height, time, checkpoint, origin, originHash, originTime, closes, deposits } = context
    const header = {
      ...{ height, time, checkpoint, origin, originHash, originTime, closes, deposits },
      body: body.finish(),
      bounds: Uint32Array.from(bounds),
      previousAppHash: this.tip.appHash,
      inboxCursor: this.tip.inboxCursor + BigInt(deposits.length),
    }
    const execution: Execution = {
      block: { ...header, appHash: blockAppHash(header, packed, lanes) },
      records: accepted.map(({ record }) => record),
      leaves: packed,
      lanes,
      ...this.#changes(accepted, view, positionOf, height),
    }
    const feeLanes = unwrap(addLanes(this.tip.feeLanes, lanes))
    const next = { txCount: accepted.length, feeLanes, nextPath: path, shardBytes }
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
    const made = accepted.flatMap(({ transaction }) => transaction.outputIds)
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

/** What a block sees while it grows: the set, its own outputs, and what it has spent. */
class View {
  readonly seen = new Map<OutputId, Source>()
  readonly spent = new Set<OutputId>()
  #feeLanes: bigint
  readonly #ledger: ReferenceLedger
  readonly #locked: LockedOutputs
  readonly #pending: PendingOutputs | undefined

  constructor(ledger: ReferenceLedger, locked: LockedOutputs, pending?: PendingOutputs) {
    this.#ledger = ledger
    this.#locked = locked
    this.#pending = pending
    this.#feeLanes = ledger.tip.feeLanes
  }

  deposit(deposit: Block['deposits'][number]): void {
    const { output, position } = deposit
    this.seen.set(depositId(output, position), { from: 'deposit', output, position })
  }

  /** Checks and takes a transaction, or names the rule it breaks. */
  add(record: MappedRecord, mapped: MappedTransaction, originTime: bigint): Accepted | LedgerErrorCode {
    const checked = this.check(mapped, originTime)
    if (typeof checked === 'string') return checked
    const sum = addLanes(this.#feeLanes, checked.lanes)
    if (!sum.ok) return 'transaction.overflow'
    this.#feeLanes = sum.value
    const { inputs } = mapped.transaction as Pay
    const levels = inputs.map(id => {
      const source = this.seen.get(id)!
      return source.from === 'block' ? source.maker.level + 1 : 0
    })
    return this.accept(record, mapped, inputs, checked.lanes, Math.max(...levels))
  }

  accept(
    record: MappedRecord,
    transaction: MappedTransaction,
    spends: readonly OutputId[],
    lanes: bigint,
    level: number,
  ): Accepted {
    const accepted = { record, transaction, spends, lanes, level }
    for (const id of spends) this.spent.add(id)
    const { outputs } = transaction.transaction as Pay
    outputs.forEach((output, index) => {
      this.seen.set(transaction.outputIds[index]!, { from: 'block', output, maker: accepted, index })
    })
    return accepted
  }

  /** Whether a transaction is valid here: R1, R5, R6, R7, conservation, fees, dust. */
  check(
    { transaction, signers }: MappedTransaction,
    originTime: bigint,
  ): { lanes: bigint; merge: boolean } | LedgerErrorCode {
    if (transaction.kind !== 'pay') return 'transaction.protocol_only'
    if (originTime > transaction.validUntil) return 'transaction.expired'
    const inputs: Output[] = []
    for (const id of transaction.inputs) {
      const output = this.#find(id)
      if (!output) return 'input.missing'
      if (this.spent.has(id)) return 'input.spent'
      if (this.#locked.has(fromHex(id))) return 'input.locked'
      inputs.push(output)
    }
    return checkPayment(transaction, inputs, signers, this.#ledger.parameters)
  }

  #find(id: OutputId): Output | undefined {
    const seen = this.seen.get(id)
    if (seen) return seen.output
    const entry = this.#ledger.unspent.get(fromHex(id))
    if (entry) {
      const { output, position } = readEntry(entry)
      this.seen.set(id, { from: 'set', output, position })
      return output
    }
    const pending = this.#pending?.find(fromHex(id))
    return pending && unwrap(decodeOutput(pending))
  }
}

/** The rules of a payment whose inputs are known. */
function checkPayment(
  { outputs }: Pay,
  inputs: readonly Output[],
  signers: readonly string[],
  { feeTokens }: LedgerParameters,
): { lanes: bigint; merge: boolean } | LedgerErrorCode {
  const all = [...inputs, ...outputs]
  if (inputs.some(({ type }) => type !== 'coin' && type !== 'item')) return 'input.type_inactive'

  const owners = [...new Set(inputs.map(({ guard }) => ownerOfGuard(guard)))]
  const differs = owners.findIndex((owner, i) => signers[i] !== owner)
  if (differs >= 0) return differs >= signers.length ? 'signature.missing' : 'signature.wrong_signer'
  if (signers.length > owners.length) return 'signature.wrong_signer'

  const feeTokenOf = (token: string) => feeTokens.find(fee => fee.token === token)
  const isDust = ({ type, token, amount }: Output) =>
    type === 'coin' && amount < (feeTokenOf(token)?.dust ?? 0n)
  if (outputs.some(isDust)) return 'output.dust'

  const items = (list: readonly Output[]) =>
    list.filter(({ type }) => type === 'item').map(({ token, amount }) => `${token}/${amount}`)
  if (items(inputs).sort().join() !== items(outputs).sort().join()) return 'transaction.unbalanced'

  const tokens = [...new Set(all.filter(({ type }) => type === 'coin').map(({ token }) => token))]
  const total = (list: readonly Output[], token: string) =>
    list.reduce(
      (total, output) => total + (output.type === 'coin' && output.token === token ? output.amount : 0n),
      0n,
    )
  const surplus = tokens.map(token => ({ token, fee: total(inputs, token) - total(outputs, token) }))
  if (surplus.some(({ fee }) => fee < 0n)) return 'transaction.unbalanced'

  const lanes: [bigint, bigint, bigint, bigint] = [0n, 0n, 0n, 0n]
  for (const { token, fee } of surplus.filter(({ fee }) => fee > 0n)) {
    const feeToken = feeTokenOf(token)
    if (!feeToken) return 'transaction.unbalanced'
    if (fee % feeToken.unit !== 0n) return 'fee.not_multiple'
    if (fee / feeToken.unit > MAX_U64) return 'transaction.overflow'
    lanes[feeToken.lane] = fee / feeToken.unit
  }
  const [only] = outputs
  const merge =
    inputs.length >= 2 &&
    outputs.length === 1 &&
    inputs.every(
      ({ type, guard, token }) =>
        type === 'coin' && only!.type === 'coin' && guard === only!.guard && token === only!.token,
    )
  const kind = items(inputs).length > 0 ? 'item' : 'payment'
  const paid = feeTokens.some(({ lane, fees }) => lanes[lane]! >= fees[kind])
  return merge || paid ? { lanes: packLanes(lanes), merge } : 'fee.too_low'
}

/** `length u24 ‖ transaction ‖ witness ‖ Position × inputs`. */
function blobBytes(record: MappedRecord): number {
  return 3 + recordSigned(record).length + 12 * inputCount(record)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function packLeaves(leaves: readonly TreeLeaf[]): Leaves {
  const nodes = leaves.map(({ hash, lanes }) => new Writer(64).hash(hash).u256(lanes).finish())
  return {
    count: leaves.length,
    nodes: concat(...nodes),
    paths: Uint32Array.from(leaves, ({ path }) => path),
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
      retry: code === 'block.full' || (code === 'input.missing' && blockFull),
    }))
}

function refuse(code: LedgerErrorCode, mapped: MappedTransaction) {
  return fail(ledgerError(code, `${mapped.hash}: ${code}`))
}
