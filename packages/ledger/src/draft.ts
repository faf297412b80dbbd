import {
  type DataMode,
  type Deposit,
  depositId,
  encodeSignedTransaction,
  HASH_BYTES,
  MAX_STEP_INPUTS,
  MAX_STEPS,
  MAX_U64,
  OUTPUT_BYTES,
  type OutputId,
  POSITION_BYTES,
  packLanes,
  type SignedTransaction,
  toHex,
  unpackLanes,
} from '@omg/protocol'
import { copyRow, ENTRY, writeEntry } from './entry.ts'
import type { LedgerErrorCode } from './errors.ts'
import { type DraftParts, type Layout, packRecords } from './layout.ts'
import * as leaf from './leaf.ts'
import { MadeOutputs } from './made.ts'
import type { Mapper } from './map.ts'
import { NumberSet } from './numbers.ts'
import type { OrderBlock } from './order/block.ts'
import { type Checked, OrderChecks, touchesOrders } from './order/check.ts'
import type { MadeOutput, SpentOutput } from './order/draft.ts'
import { HeirLog } from './order/heirs.ts'
import { isExpired, type PaymentRules } from './payment.ts'
import {
  inputCount,
  inputPlaces,
  KIND_MOVE,
  KIND_PAY,
  outputIdAt,
  recordAt,
  recordHash,
  recordKind,
  signedAt,
} from './record.ts'
import { blobBytes } from './room.ts'
import { NODE_BYTES } from './tree.ts'
import type { LockedOutputs, MappedRecord, PendingOutputs, Tip } from './types.ts'
import type { UnspentSet } from './unspent.ts'

const LENGTH_BYTES = 3
/** From so many bytes on a view costs less than a loop. */
const LONG = 512
/** The source of an input that is neither in the set nor made by the block. */
const PENDING = -0x8000_0000

/**
 * A block in the making, on top of a set that it does not touch. `add` checks one transaction after another against the
 * set and what the block made so far; `layOut` then gives every transaction its place in canonical order.
 */
export class Draft {
  readonly records: MappedRecord[] = []
  /** Dependency level of each record: 0 = spends no output of this block's transactions. */
  readonly levels: number[] = []
  /** Blob bytes of the records. */
  bytes = 0
  readonly orders: OrderBlock
  readonly #set: UnspentSet
  readonly #rules: PaymentRules
  readonly #locked: LockedOutputs
  readonly #originTime: bigint
  readonly #height: number
  readonly #totals: bigint[]
  /** Four fee lanes of each record. */
  #lanes = new BigUint64Array(4 * 1024)
  readonly #spentRefs = new NumberSet()
  readonly #made = new MadeOutputs(this.records)
  /** For each input of each record in turn: its slab index in the set, or `-1 - number` of an output made here. */
  readonly #sources: number[] = []
  /** For each record: where its inputs start in `#sources`. */
  readonly #sourcesAt: number[] = []
  readonly #refs = new Int32Array(MAX_STEPS * MAX_STEP_INPUTS)
  /** Where the inputs of a record stand. */
  readonly #places = new Uint32Array(MAX_STEPS * MAX_STEP_INPUTS)
  readonly #heirs = new HeirLog()
  readonly #checkpoint: bigint
  readonly #checks: OrderChecks
  readonly #map: Mapper
  #pending: PendingOutputs | undefined

  constructor(
    parts: DraftParts,
    context: { height: bigint; originTime: bigint } & Pick<Tip, 'checkpoint' | 'feeLanes'>,
  ) {
    this.#set = parts.unspent
    this.#rules = parts.rules
    this.#map = parts.map
    this.#locked = parts.locked
    this.orders = parts.orders
    const inputs = {
      resolve: (record: MappedRecord, outputs: Uint8Array) => this.#resolve(record, outputs),
      isFresh: (i: number) => {
        const ref = this.#refs[i]!
        return ref === PENDING || (ref < 0 && this.#made.makerOf(-1 - ref) !== undefined)
      },
    }
    this.#checks = new OrderChecks(parts.orders, parts.rules, inputs, parts.kept)
    this.#originTime = context.originTime
    this.#height = Number(context.height)
    this.#checkpoint = context.checkpoint
    this.#totals = [...unpackLanes(context.feeLanes)]
  }

  /** Fees of the open checkpoint, this block included. */
  get feeLanes(): bigint {
    return packLanes(this.#totals as [bigint, bigint, bigint, bigint])
  }

  /** What its MOVEs and SETTLEs made of what, in bytes. */
  get heirs(): Uint8Array {
    return this.#heirs.finish()
  }

  /** Whether an output exists, spent or not, before the block or in it. */
  knows(id: Uint8Array): boolean {
    return this.#set.has(id) || this.#made.find(id, 0) >= 0
  }

  addDeposit(deposit: Deposit): void {
    const id = depositId(deposit.output, deposit.position)
    const isOrder = deposit.output.type === 'order'
    if (isOrder) this.orders.accept([], [{ index: 0, id, output: deposit.output }], [])
    const entry = writeEntry({ id, ...deposit, height: BigInt(this.#height) })
    if (this.#set.find(entry, 0) >= 0) throw new Error('a deposit is in the set already')
    this.#made.addDeposit(entry, isOrder)
  }

  /** The fee distribution: the ledger made it, or compared it with its own. */
  addFee(record: MappedRecord): void {
    this.#rules.lanes.fill(0n)
    this.#accept({ record })
  }

  /** Adds a PAY or a MOVE, or returns the rule it breaks and changes nothing. */
  add(record: MappedRecord): LedgerErrorCode | undefined {
    const checked = this.check(record)
    if (typeof checked === 'string') return checked
    const code = this.#addLanes()
    if (code) return code
    const { orders } = checked
    // Its live outputs were found by their guards.
    if (checked.record !== record) this.#locate(checked.record, orders?.spent)
    if (orders?.move) this.orders.acceptMove(orders.move.request, orders.spent, orders.move.effect)
    else if (orders) this.orders.accept(orders.spent, orders.made, orders.terms)
    this.#accept(checked)
    this.#checks.forget(record)
    return undefined
  }

  /**
   * Adds the batches of the block, after everything else. There are none where their fees do not fit the lanes, or the block would not
   * fit `room` blob bytes; says whether it did not.
   */
  addBatches(room: number): { outgrown: boolean } {
    const plan = this.orders.plan()
    const records = plan.transactions.map(({ sealed, signed }) => sealed.record ?? this.#recordOf(signed))
    if (records.reduce((bytes, record) => bytes + blobBytes(record), this.bytes) > room) {
      return { outgrown: true }
    }
    const totals = [...this.#totals]
    for (const { lanes } of plan.transactions) {
      for (const [lane, fee] of unpackLanes(lanes).entries()) totals[lane] = totals[lane]! + fee
    }
    if (totals.some(total => total > MAX_U64)) return { outgrown: false }
    this.orders.acceptPlan(plan)
    for (const [t, { signed, spent, made, lanes }] of plan.transactions.entries()) {
      const record = records[t]!
      this.#locate(record)
      this.#rules.lanes.set(unpackLanes(lanes))
      this.#addLanes()
      const { orderTerms: terms } = signed.witness
      this.#accept({ record, orders: { spent, made, terms } })
    }
    return { outgrown: false }
  }

  /**
   * Whether a PAY, MOVE or instruction is valid here; one that is not added may spend pending outputs too. Leaves its fee in the
   * lanes of the rules.
   */
  check(record: MappedRecord, pending?: PendingOutputs): Checked | LedgerErrorCode {
    this.#pending = pending
    const kind = recordKind(record)
    if (kind === KIND_MOVE) return this.#checks.move(record)
    if (kind !== KIND_PAY) return 'transaction.protocol_only'
    if (isExpired(record, this.#originTime)) return 'transaction.expired'
    const { inputs } = this.#rules
    const code = this.#resolve(record, inputs)
    if (code !== undefined) return code
    if (touchesOrders(record, inputs)) return this.#checks.pay(record)
    return this.#rules.check(record) ?? { record }
  }

  /** An error of a record in words; of a fee, with what is due. */
  explain(code: LedgerErrorCode, record: MappedRecord): string {
    const message = `${recordHash(record)}: ${code}`
    return code.startsWith('fee.') ? `${message}; ${this.#rules.describeDue(record)}` : message
  }

  #recordOf(transaction: SignedTransaction): MappedRecord {
    const signed = encodeSignedTransaction(transaction)
    return recordAt(this.#map(signed, Uint32Array.of(0, signed.length)), 0)!
  }

  /** Finds every input of a record and copies the outputs they name to `outputs`. */
  #resolve(record: MappedRecord, outputs: Uint8Array): LedgerErrorCode | undefined {
    const inputs = inputPlaces(record, this.#places)
    for (let i = 0; i < inputs; i++) {
      const code = this.#resolveOne(record, this.#places[i]!, i, outputs)
      if (code !== undefined) return code
    }
    return undefined
  }

  /** Finds the inputs of a record that may spend them; `spent` says what the orders know of them. */
  #locate(record: MappedRecord, spent?: readonly SpentOutput[]): void {
    const inputs = inputPlaces(record, this.#places)
    for (let i = 0; i < inputs; i++) {
      const slot = spent?.[i]?.output.slot ?? -1
      this.#refs[i] = slot >= 0 ? slot : this.#refOf(record, this.#places[i]!)
    }
  }

  #resolveOne(record: MappedRecord, at: number, i: number, outputs: Uint8Array): LedgerErrorCode | undefined {
    const ref = this.#refOf(record, at)
    this.#refs[i] = ref
    if (ref >= 0) {
      if (this.#spentRefs.has(ref)) return 'input.spent'
      this.#set.copyPart(ref, ENTRY.output, OUTPUT_BYTES, outputs, OUTPUT_BYTES * i)
    } else if (ref === PENDING) {
      const output = this.#pending?.find(record.subarray(at, at + HASH_BYTES))
      if (output === undefined) return 'input.missing'
      outputs.set(output, OUTPUT_BYTES * i)
    } else {
      if (this.#made.spent.has(-1 - ref)) return 'input.spent'
      this.#made.copyOutput(-1 - ref, outputs, OUTPUT_BYTES * i)
    }
    if (this.#locked.size === 0) return undefined
    const id = record.subarray(at, at + HASH_BYTES)
    const spender = record.subarray(0, HASH_BYTES)
    const isLocked = this.orders.hasHeirs
      ? this.orders.isLocked(toHex(id) as OutputId, spender)
      : this.#locked.blocks(id, spender)
    return isLocked ? 'input.locked' : undefined
  }

  /** Where the output whose id stands at `record[at]` is: its slab index, or `-1 - number` of an output made here, or {@link PENDING}. */
  #refOf(record: MappedRecord, at: number): number {
    const ref = this.#set.find(record, at)
    if (ref >= 0) return ref
    const made = this.#made.find(record, at)
    return made < 0 ? PENDING : -1 - made
  }

  #levelAfter(made: number): number {
    const maker = this.#made.makerOf(made)
    return maker === undefined ? 0 : this.levels[maker]! + 1
  }

  #addLanes(): LedgerErrorCode | undefined {
    const { lanes } = this.#rules
    for (let lane = 0; lane < 4; lane++) {
      if (this.#totals[lane]! + lanes[lane]! > MAX_U64) return 'transaction.overflow'
    }
    for (let lane = 0; lane < 4; lane++) this.#totals[lane] = this.#totals[lane]! + lanes[lane]!
    return undefined
  }

  #accept({ record, orders }: Checked): void {
    const inputs = inputCount(record)
    let level = 0
    this.#sourcesAt.push(this.#sources.length)
    for (let i = 0; i < inputs; i++) {
      const ref = this.#refs[i]!
      if (ref >= 0) this.#spentRefs.add(ref)
      else {
        this.#made.spent.add(-1 - ref)
        level = Math.max(level, this.#levelAfter(-1 - ref))
      }
      this.#sources.push(ref)
    }
    const owner = this.records.push(record) - 1
    this.levels.push(level)
    if (4 * owner === this.#lanes.length) this.#lanes = leaf.doubled(this.#lanes)
    for (let lane = 0; lane < 4; lane++) this.#lanes[4 * owner + lane] = this.#rules.lanes[lane]!
    this.bytes += blobBytes(record)
    this.#made.addRecord(orders?.made)
    if (orders) this.#logHeirs(record, orders.made)
  }

  #logHeirs(record: MappedRecord, made: readonly MadeOutput[]): void {
    if (recordKind(record) === KIND_PAY) return
    inputPlaces(record, this.#places)
    for (const { index, heir } of made) {
      if (heir) this.#heirs.add(record, outputIdAt(record, index), this.#places, this.#checkpoint, heir)
    }
  }

  /**
   * Places the records in the order of `order`, packing shards from the tip's next path on (docs/encoding.md, "Leaf, tree,
   * lanes"). Undefined if the checkpoint, whose data comes in this mode, has no room for them.
   */
  layOut(order: Uint32Array, tip: Tip, daMode: DataMode): Layout | undefined {
    const packed = packRecords(this.records, order, tip, daMode)
    if (!packed) return undefined
    const { paths, pathOf, nextPath, shardBytes } = packed
    return {
      ...this.#write(order, paths, pathOf, tip),
      ...this.#changes(order, pathOf, tip),
      positionOf: this.#made.placement(pathOf, tip.checkpoint),
      nextPath,
      shardBytes,
    }
  }

  /** Body and leaves, in order. */
  #write(order: Uint32Array, paths: Uint32Array, pathOf: Uint32Array, tip: Tip) {
    const count = order.length
    const body = new Uint8Array(this.bytes)
    const bounds = new Uint32Array(2 * count)
    const nodes = new Uint8Array(count * NODE_BYTES)
    let at = 0
    for (let i = 0; i < count; i++) {
      const t = order[i]!
      const record = this.records[t]!
      const signed = signedAt(record)
      const size = record.length - signed
      body[at] = size >>> 16
      body[at + 1] = size >>> 8
      body[at + 2] = size
      bounds[2 * i] = at + LENGTH_BYTES
      bounds[2 * i + 1] = at + LENGTH_BYTES + size
      if (size < LONG) copyRow(record, signed, body, at + LENGTH_BYTES, size)
      else body.set(record.subarray(signed), at + LENGTH_BYTES)
      const inputs = inputCount(record)
      for (let j = 0; j < inputs; j++) {
        this.#writeSource(
          this.#sources[this.#sourcesAt[t]! + j]!,
          leaf.positions + POSITION_BYTES * j,
          pathOf,
          tip,
        )
      }
      copyRow(leaf.bytes, leaf.positions, body, at + LENGTH_BYTES + size, POSITION_BYTES * inputs)
      leaf.write(record, inputs, this.#lanes.subarray(4 * t, 4 * t + 4), nodes, i * NODE_BYTES)
      at += blobBytes(record)
    }
    const records = Array.from(order, t => this.records[t]!)
    return { records, body, bounds, leaves: { count, nodes, paths } }
  }

  /** Writes the position of a spent output to the scratch memory of leaves. */
  #writeSource(source: number, at: number, pathOf: Uint32Array, tip: Tip): void {
    if (source >= 0) {
      this.#set.copyPart(source, ENTRY.position, POSITION_BYTES, leaf.bytes, at)
      return
    }
    this.#made.writePosition(-1 - source, leaf.bytes, at, pathOf, Number(tip.checkpoint))
  }

  /** The net change: what leaves the set and what joins it, in canonical order. */
  #changes(order: Uint32Array, pathOf: Uint32Array, tip: Tip): Pick<Layout, 'spent' | 'created' | 'fresh'> {
    const spent = new Uint8Array(this.#spentRefs.size * HASH_BYTES)
    let at = 0
    for (const t of order) {
      const record = this.records[t]!
      const inputs = inputPlaces(record, this.#places)
      for (let j = 0; j < inputs; j++) {
        if (this.#sources[this.#sourcesAt[t]! + j]! < 0) continue
        copyRow(record, this.#places[j]!, spent, at, HASH_BYTES)
        at += HASH_BYTES
      }
    }
    return { spent, ...this.#made.created(order, pathOf, Number(tip.checkpoint), this.#height) }
  }
}
