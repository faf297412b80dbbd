import {
  fail,
  HASH_BYTES,
  MAX_DA_COMMITMENTS,
  MAX_INPUTS,
  MAX_SHARD_BLOB_BYTES,
  MAX_SIGNED_TRANSACTION_BYTES,
  type OmgError,
  OUTPUT_BYTES,
  ok,
  POSITION_BYTES,
  Reader,
  type Result,
  toHex,
  Writer,
} from '@omg/protocol'
import { blockAppHash } from './block.ts'
import { canonicalOrder, compareHashes, Draft, type Layout } from './draft.ts'
import { ENTRY } from './entry.ts'
import { type LedgerErrorCode, ledgerError } from './errors.ts'
import { createMapper, type Mapper } from './map.ts'
import { checkParameters, encodeFeeTransaction } from './parameters.ts'
import { isExpired, PaymentRules } from './payment.ts'
import {
  inputAt,
  inputCount,
  KIND_FEE,
  KIND_PAY,
  mapError,
  recordAt,
  recordHash,
  recordInput,
  recordKind,
} from './record.ts'
import { type Room, Selection } from './selection.ts'
import {
  checkContext,
  checkDeposits,
  closedCheckpoint,
  genesisTip,
  opensCheckpoint,
  readTip,
  tipAfter,
  writeTip,
} from './tip.ts'
import { OpenTree } from './tree.ts'
import {
  type Admission,
  type Assembly,
  type Block,
  type BlockInputs,
  type ClosedCheckpoint,
  ENTRY_BYTES,
  type Execution,
  type LedgerParameters,
  type LockedOutputs,
  type MappedBatch,
  type MappedRecord,
  type PendingOutputs,
  type StateTransition,
  type Tip,
} from './types.ts'
import { UnspentSet } from './unspent.ts'

/** Room that packing may leave at the end of each shard: one transaction more would not have fitted. */
const SHARD_SLACK_BYTES = 3 + MAX_SIGNED_TRANSACTION_BYTES + MAX_INPUTS * POSITION_BYTES

/** What an execution carries beyond its public face. */
interface Executed extends Execution {
  readonly parent: Tip
  readonly next: { txCount: number; feeLanes: bigint; nextPath: number; shardBytes: number }
}

export interface LedgerOptions {
  /** The live outputs that go with the saved state; empty at genesis. */
  readonly unspent?: UnspentSet
  /** The bytes of an earlier {@link Ledger.save}. */
  readonly state?: Uint8Array
}

/**
 * The state transition over an {@link UnspentSet}: the fast implementation of {@link StateTransition}. Pure: no clock, no I/O.
 * A block is checked whole against the set and a draft beside it; only `applyBlock` changes anything.
 */
export class Ledger implements StateTransition {
  readonly parameters: LedgerParameters
  readonly unspent: UnspentSet
  #tip: Tip
  #tree = new OpenTree()
  readonly #rules: PaymentRules
  readonly #map: Mapper

  /** Throws `ledger.parameters`, or `ledger.snapshot` if the saved state is damaged or not of these outputs. */
  constructor(parameters: LedgerParameters, options: LedgerOptions = {}) {
    checkParameters(parameters)
    this.parameters = parameters
    this.unspent = options.unspent ?? new UnspentSet()
    this.#rules = new PaymentRules(parameters)
    this.#map = createMapper(parameters.domain)
    this.#tip = genesisTip(parameters)
    if (options.state !== undefined) this.#restore(options.state)
  }

  get tip(): Tip {
    return this.#tip
  }

  /**
   * Tip and open tree as bytes, with the size and hash of the unspent set, which is saved apart (`saveUnspent`, or the net
   * changes): a store that lost or damaged an output is found out when the ledger starts from it.
   */
  save(): Uint8Array {
    const writer = new Writer(512).u64(BigInt(this.unspent.size)).raw(this.unspent.setHash())
    return writeTip(writer, this.#tip).raw(this.#tree.save()).finish()
  }

  checkTransaction(
    record: MappedRecord,
    locked: LockedOutputs,
    pending?: PendingOutputs,
  ): Result<Admission, OmgError> {
    if (recordKind(record) !== KIND_PAY) return refuse('transaction.protocol_only', record)
    if (isExpired(record, this.#tip.originTime)) return refuse('transaction.expired', record)
    for (let i = 0; i < inputCount(record); i++) {
      const code = this.#resolve(record, i, locked, pending)
      if (code !== undefined) return refuse(code, record)
    }
    const code = this.#rules.check(record)
    if (code !== undefined) return refuse(code, record)
    const { packedLanes: lanes, merge } = this.#rules
    return ok({ lanes, merge })
  }

  assembleBlock(candidates: readonly MappedRecord[], inputs: BlockInputs): Assembly {
    const problem = this.#contextProblem(inputs, inputs.deposits)
    if (problem) throw problem
    const draft = this.#draft(inputs, inputs.deposits, inputs.locked)
    const fee = this.#dueFee()
    if (fee) draft.addFee(fee)
    const selection = new Selection(draft, candidates, this.#room(inputs))
    selection.run()
    const layout = draft.layOut(canonicalOrder(draft, fee !== undefined), this.#tip)
    if (!layout) throw new Error('the selection outgrew the checkpoint')
    const execution = this.#finish(
      { ...inputs, closes: inputs.closes || selection.full },
      inputs.deposits,
      draft,
      layout,
    )
    return { execution, dropped: selection.dropped(), full: selection.full }
  }

  executeBlock(block: Block, batch: MappedBatch, locked: LockedOutputs): Result<Execution, OmgError> {
    const problem = this.#contextProblem(block, block.deposits) ?? this.#headerProblem(block)
    if (problem) return fail(problem)
    const draft = this.#draft(block, block.deposits, locked)
    const failure = this.#addAll(draft, batch)
    if (failure) return fail(failure)
    const order = Uint32Array.from(draft.records, (_, i) => i)
    const layout = draft.layOut(order, this.#tip)
    if (!layout) return fail(ledgerError('block.full', 'the block does not fit its checkpoint'))
    if (!sameBytes(layout.body, block.body)) {
      return fail(ledgerError('block.body', 'the body differs from the encoding of its transactions'))
    }
    const execution = this.#finish(block, block.deposits, draft, layout)
    if (execution.block.appHash !== block.appHash) {
      const message = `the app hash is ${execution.block.appHash}, not ${block.appHash}`
      return fail(ledgerError('block.app_hash', message))
    }
    return ok(execution)
  }

  applyBlock(execution: Execution): ClosedCheckpoint | undefined {
    const { block, leaves, spent, created, parent, next } = execution as Executed
    if (parent !== this.#tip) throw new Error(`the execution of block ${block.height} is not of this tip`)
    for (let at = 0; at < spent.length; at += HASH_BYTES) this.unspent.removeAt(spent, at)
    for (let at = 0; at < created.length; at += ENTRY_BYTES) this.unspent.addAt(created, at)
    this.#tree.append(leaves)
    this.#tip = tipAfter(parent, block, next)
    return block.closes ? closedCheckpoint(parent, block, next, this.#tree.close()) : undefined
  }

  #restore(state: Uint8Array): void {
    const reader = new Reader(state)
    const size = reader.u64()
    const setHash = reader.hash()
    const tip = readTip(reader)
    const tree = OpenTree.restore(state.subarray(reader.offset))
    if (reader.failed || !tree.ok) throw ledgerError('ledger.snapshot', 'the saved state is damaged')
    if (size !== BigInt(this.unspent.size) || setHash !== toHex(this.unspent.setHash())) {
      const message = `${this.unspent.size} outputs do not go with the saved state, which had ${size}`
      throw ledgerError('ledger.snapshot', message)
    }
    this.#tip = tip
    this.#tree = tree.value
  }

  /** Finds input `i` in the set, or among pending outputs, and copies the output to the rules. */
  #resolve(
    record: MappedRecord,
    i: number,
    locked: LockedOutputs,
    pending: PendingOutputs | undefined,
  ): LedgerErrorCode | undefined {
    const { inputs } = this.#rules
    const ref = this.unspent.find(record, inputAt(record, i))
    if (ref >= 0) {
      this.unspent.copyPart(ref, ENTRY.output, OUTPUT_BYTES, inputs, OUTPUT_BYTES * i)
    } else {
      const output = pending?.find(recordInput(record, i))
      if (output === undefined) return 'input.missing'
      inputs.set(output, OUTPUT_BYTES * i)
    }
    if (locked.size === 0) return undefined
    return locked.blocks(recordInput(record, i), record.subarray(0, HASH_BYTES)) ? 'input.locked' : undefined
  }

  #contextProblem(context: BlockInputs | Block, deposits: Block['deposits']): OmgError | undefined {
    const header = checkContext(this.#tip, context)
    if (!header.ok) return header.error
    const inbox = checkDeposits(this.#tip, deposits)
    return inbox.ok ? undefined : inbox.error
  }

  #headerProblem(block: Block): OmgError | undefined {
    if (block.previousAppHash !== this.#tip.appHash) {
      return ledgerError(
        'block.header',
        `the block follows ${block.previousAppHash}, not ${this.#tip.appHash}`,
      )
    }
    if (block.inboxCursor !== this.#tip.inboxCursor + BigInt(block.deposits.length)) {
      return ledgerError('block.deposits', `the inbox cursor is ${block.inboxCursor}`)
    }
    return undefined
  }

  #draft(context: BlockInputs | Block, deposits: Block['deposits'], locked: LockedOutputs): Draft {
    const { height, originTime } = context
    const { feeLanes } = this.#tip
    const draft = new Draft(this.unspent, this.#rules, locked, { height, originTime, feeLanes })
    for (const deposit of deposits) draft.addDeposit(deposit)
    return draft
  }

  /** The FEE transaction that the next block starts with, if one is due. */
  #dueFee(): MappedRecord | undefined {
    if (!opensCheckpoint(this.#tip)) return undefined
    const { checkpoint, feesToDistribute } = this.#tip
    const signed = encodeFeeTransaction(this.parameters, checkpoint - 1n, feesToDistribute)
    return signed && recordAt(this.#map(signed, Uint32Array.of(0, signed.length)), 0)
  }

  /** Adds the transactions of a block in its order, which must be canonical. Returns what is wrong, if anything. */
  #addAll(draft: Draft, batch: MappedBatch): OmgError | undefined {
    const fee = this.#dueFee()
    for (let i = 0; i < batch.count; i++) {
      const record = recordAt(batch, i)
      if (!record) return mapError(batch, i)
      if (i === 0 && fee) {
        if (!sameBytes(record, fee))
          return ledgerError('block.fees', 'the first transaction is not the fee distribution')
        draft.addFee(record)
        continue
      }
      if (recordKind(record) === KIND_FEE)
        return ledgerError('block.fees', `transaction ${i} distributes no due fees`)
      const code = draft.add(record)
      if (code) return ledgerError(code, `transaction ${i} (${recordHash(record)}): ${code}`)
      if (i > (fee ? 1 : 0) && !isAscending(draft, i)) {
        return ledgerError('block.order', `transaction ${i} stands after its canonical place`)
      }
    }
    if (fee && batch.count === 0) return ledgerError('block.fees', 'the fee distribution is missing')
    return undefined
  }

  /** How much the block may hold: the caller's limits, and what packing can surely fit into the rest of the checkpoint. */
  #room({ limits }: BlockInputs): Room {
    // One shard less than the tree has, so that every checkpoint can be published as blobs.
    const shardsLeft = MAX_DA_COMMITMENTS - 1 - (this.#tip.nextPath >>> 16)
    const checkpointBytes = Math.max(0, shardsLeft * (MAX_SHARD_BLOB_BYTES - SHARD_SLACK_BYTES))
    return {
      transactions: limits?.transactions ?? Number.MAX_SAFE_INTEGER,
      bytes: limits?.bytes ?? Number.MAX_SAFE_INTEGER,
      checkpointBytes,
    }
  }

  #finish(context: BlockInputs | Block, deposits: Block['deposits'], draft: Draft, layout: Layout): Executed {
    const { records, leaves, body, bounds, spent, created, nextPath, shardBytes } = layout
    const parent = this.#tip
    const { height, time, checkpoint, origin, originHash, originTime, closes } = context
    const header = {
      ...{ height, time, checkpoint, origin, originHash, originTime, closes, deposits, body, bounds },
      previousAppHash: parent.appHash,
      inboxCursor: parent.inboxCursor + BigInt(deposits.length),
    }
    const lanes = draft.feeLanes - parent.feeLanes
    const block = { ...header, appHash: blockAppHash(header, leaves, lanes) }
    const next = { txCount: leaves.count, feeLanes: draft.feeLanes, nextPath, shardBytes }
    return { block, records, leaves, lanes, spent, created, parent, next }
  }
}

function isAscending({ levels, records }: Draft, i: number): boolean {
  const step = levels[i]! - levels[i - 1]! || compareHashes(records[i]!, records[i - 1]!)
  return step > 0
}

function refuse(code: LedgerErrorCode, record: MappedRecord) {
  return fail(ledgerError(code, `${recordHash(record)}: ${code}`))
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
