import {
  type DataMode,
  type Deposit,
  decodePosition,
  depositId,
  encodeOutput,
  encodePosition,
  encodeSignedTransaction,
  fromHex,
  HASH_BYTES,
  MAX_SHARD_BLOB_BYTES,
  MAX_SHARD_LEAVES,
  MAX_STEP_INPUTS,
  MAX_STEPS,
  MAX_U64,
  OUTPUT_BYTES,
  type OutputId,
  POSITION_BYTES,
  type Position,
  packLanes,
  type SignedTransaction,
  toHex,
  unpackLanes,
  unwrap,
} from '@omg/protocol'
import { ENTRY, writeHeight, writePlace } from './entry.ts'
import type { LedgerErrorCode } from './errors.ts'
import * as leaf from './leaf.ts'
import type { Mapper } from './map.ts'
import type { OrderBlock } from './order/block.ts'
import { type Checked, type KeptChecks, OrderChecks, touchesOrders } from './order/check.ts'
import type { MadeOutput } from './order/draft.ts'
import { writeOutputTo } from './output.ts'
import { isExpired, type PaymentRules } from './payment.ts'
import {
  inputAt,
  inputCount,
  inputPlaces,
  KIND_MOVE,
  KIND_PAY,
  outputAt,
  outputCount,
  outputIdAt,
  recordAt,
  recordKind,
  signedAt,
} from './record.ts'
import { blobBytes, USABLE_SHARDS } from './room.ts'
import { NODE_BYTES } from './tree.ts'
import {
  ENTRY_BYTES,
  type Leaves,
  type LockedOutputs,
  type MappedRecord,
  type PendingOutputs,
  type Tip,
} from './types.ts'
import { UnspentSet } from './unspent.ts'

const LENGTH_BYTES = 3
/** From so many bytes on a view costs less than a loop. */
const LONG = 512
const TREE_SHARDS = 256
/** The source of an input that is neither in the set nor made by the block. */
const PENDING = -0x8000_0000

/** What {@link Draft.layOut} yields: everything that depends on where transactions stand. */
export interface Layout {
  readonly records: readonly MappedRecord[]
  readonly leaves: Leaves
  readonly body: Uint8Array
  readonly bounds: Uint32Array
  readonly spent: Uint8Array
  readonly created: Uint8Array
  /** The place of an output that the block makes. */
  readonly positionOf: (id: OutputId) => Position
  readonly nextPath: number
  readonly shardBytes: number
}

/** What a draft is made on, and with. */
export interface DraftParts {
  readonly unspent: UnspentSet
  readonly orders: OrderBlock
  readonly rules: PaymentRules
  readonly map: Mapper
  readonly locked: LockedOutputs
  /** Of this tip, locks and exchange. */
  readonly kept?: KeptChecks | undefined
}

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
  readonly #spentRefs = new Set<number>()
  /** Outputs made in this block have numbers in turn: first those of the deposits, then those of the records. */
  readonly #deposits: Uint8Array[] = []
  /** For each number from a record on: the record. */
  readonly #makers: number[] = []
  /** For each record: the number of its first output. */
  readonly #firsts: number[] = []
  /** What records derived from live inputs; the others list their outputs. */
  readonly #derived = new Map<number, readonly MadeOutput[]>()
  /** The numbers of what these, and deposits of orders, made. */
  readonly #numbers = new Map<OutputId, number>()
  /** Numbers of outputs made and spent in this block. */
  readonly #spentMade = new Set<number>()
  /** Outputs made here by id, slab index = number: see `#findMade`. */
  readonly #outputs = new UnspentSet({ partitions: 1 })
  /** For each input of each record in turn: its slab index in the set, or `-1 - number` of an output made here. */
  readonly #sources: number[] = []
  /** For each record: where its inputs start in `#sources`. */
  readonly #sourcesAt: number[] = []
  readonly #refs = new Int32Array(MAX_STEPS * MAX_STEP_INPUTS)
  /** Where the inputs of a record stand. */
  readonly #places = new Uint32Array(MAX_STEPS * MAX_STEP_INPUTS)
  readonly #checks: OrderChecks
  readonly #entry = new Uint8Array(ENTRY_BYTES)
  readonly #map: Mapper
  #pending: PendingOutputs | undefined

  constructor(parts: DraftParts, context: { height: bigint; originTime: bigint; feeLanes: bigint }) {
    this.#set = parts.unspent
    this.#rules = parts.rules
    this.#map = parts.map
    this.#locked = parts.locked
    this.orders = parts.orders
    const inputs = {
      resolve: (record: MappedRecord, outputs: Uint8Array) => this.#resolve(record, outputs),
      isFresh: (i: number) => {
        const ref = this.#refs[i]!
        return ref === PENDING || (ref < 0 && this.#makerOf(-1 - ref) !== undefined)
      },
    }
    this.#checks = new OrderChecks(parts.orders, parts.rules, inputs, parts.kept)
    this.#originTime = context.originTime
    this.#height = Number(context.height)
    this.#totals = [...unpackLanes(context.feeLanes)]
  }

  /** Fees of the open checkpoint, this block included. */
  get feeLanes(): bigint {
    return packLanes(this.#totals as [bigint, bigint, bigint, bigint])
  }

  /** Whether an output exists, spent or not, before the block or in it. */
  knows(id: Uint8Array): boolean {
    return this.#set.has(id) || this.#findMade(id, 0) >= 0
  }

  addDeposit(deposit: Deposit): void {
    const entry = new Uint8Array(ENTRY_BYTES)
    const id = depositId(deposit.output, deposit.position)
    if (deposit.output.type === 'order') {
      this.orders.accept([], [{ index: 0, id, output: deposit.output }], [])
      this.#numbers.set(id, this.#deposits.length)
    }
    entry.set(fromHex(id), ENTRY.id)
    entry.set(encodeOutput(deposit.output), ENTRY.output)
    entry.set(encodePosition(deposit.position), ENTRY.position)
    writeHeight(entry, 0, this.#height)
    if (this.#set.find(entry, 0) >= 0) throw new Error('a deposit is in the set already')
    this.#deposits.push(entry)
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
    if (orders?.move) this.orders.acceptMove(orders.move.request, orders.spent, orders.move.effect)
    else if (orders) this.orders.accept(orders.spent, orders.made, orders.terms)
    this.#accept(checked)
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
      for (let i = 0; i < spent.length; i++) this.#refs[i] = this.#refOf(record, inputAt(record, i))
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
      if (this.#spentMade.has(-1 - ref)) return 'input.spent'
      this.#outputs.copyPart(-1 - ref, ENTRY.output, OUTPUT_BYTES, outputs, OUTPUT_BYTES * i)
    }
    if (this.#locked.size === 0) return undefined
    const id = record.subarray(at, at + HASH_BYTES)
    const spender = record.subarray(0, HASH_BYTES)
    const isLocked = this.orders.hasHeirs
      ? this.orders.isLocked(toHex(id) as OutputId, spender)
      : this.#locked.blocks(id, spender)
    return isLocked ? 'input.locked' : undefined
  }

  /** Where the output whose id stands at `record[at]` is: its slab index, or `-1 - slab index` in `#outputs`, or {@link PENDING}. */
  #refOf(record: MappedRecord, at: number): number {
    const ref = this.#set.find(record, at)
    if (ref >= 0) return ref
    const made = this.#findMade(record, at)
    return made < 0 ? PENDING : -1 - made
  }

  #levelAfter(made: number): number {
    const maker = this.#makerOf(made)
    return maker === undefined ? 0 : this.levels[maker]! + 1
  }

  /** The record that made an output of this block; undefined for a deposit. */
  #makerOf(made: number): number | undefined {
    return this.#makers[made - this.#deposits.length]
  }

  /**
   * The number of the output of this block whose id stands at `bytes[at]`, or -1. Outputs are indexed when the first one is asked for:
   * most payments spend outputs of earlier blocks.
   */
  #findMade(bytes: Uint8Array, at: number): number {
    const count = this.#deposits.length + this.#makers.length
    for (let made = this.#outputs.size; made < count; made++) {
      this.#writeMade(made, this.#entry, 0)
      this.#outputs.addAt(this.#entry, 0)
    }
    return this.#outputs.find(bytes, at)
  }

  /** Writes an output of this block as an entry; one of a record has no position and no height yet. */
  #writeMade(made: number, target: Uint8Array, at: number): void {
    const maker = this.#makerOf(made)
    if (maker === undefined) {
      copy(this.#deposits[made]!, 0, target, at, ENTRY_BYTES)
      return
    }
    const record = this.records[maker]!
    const index = made - this.#firsts[maker]!
    const derived = this.#derived.get(maker)?.[index]
    if (derived) {
      copy(record, outputIdAt(record, derived.index), target, at + ENTRY.id, HASH_BYTES)
      writeOutputTo(derived.output, target, at + ENTRY.output)
      return
    }
    copy(record, outputIdAt(record, index), target, at + ENTRY.id, HASH_BYTES)
    copy(record, outputAt(record, index), target, at + ENTRY.output, OUTPUT_BYTES)
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
        this.#spentMade.add(-1 - ref)
        level = Math.max(level, this.#levelAfter(-1 - ref))
      }
      this.#sources.push(ref)
    }
    const owner = this.records.push(record) - 1
    this.levels.push(level)
    if (4 * owner === this.#lanes.length) this.#lanes = doubled(this.#lanes)
    for (let lane = 0; lane < 4; lane++) this.#lanes[4 * owner + lane] = this.#rules.lanes[lane]!
    this.bytes += blobBytes(record)
    const first = this.#deposits.length + this.#makers.length
    this.#firsts.push(first)
    if (orders) {
      this.#derived.set(owner, orders.made)
      for (const [i, { id }] of orders.made.entries()) this.#numbers.set(id, first + i)
    }
    const outputs = orders ? orders.made.length : outputCount(record)
    for (let index = 0; index < outputs; index++) this.#makers.push(owner)
  }

  /** The index of an output of this block in the transaction that made it. */
  #indexOf(made: number, maker: number): number {
    const index = made - this.#firsts[maker]!
    return this.#derived.get(maker)?.[index]?.index ?? index
  }

  /** Where a transaction of the block has put an output of an order. */
  #positionOf(id: OutputId, pathOf: Uint32Array, checkpoint: bigint): Position {
    const made = this.#numbers.get(id)!
    const maker = this.#makerOf(made)
    if (maker === undefined) return positionIn(this.#deposits[made]!)
    return ((checkpoint << 64n) | BigInt(256 * pathOf[maker]! + this.#indexOf(made, maker))) as Position
  }

  /**
   * Places the records in the order of `order`, packing shards from the tip's next path on (docs/encoding.md, "Leaf, tree,
   * lanes"). Undefined if the checkpoint, whose data comes in this mode, has no room for them.
   */
  layOut(order: Uint32Array, tip: Tip, daMode: DataMode): Layout | undefined {
    const count = order.length
    const paths = new Uint32Array(count)
    const pathOf = new Uint32Array(count)
    const shards = daMode === 'blob' ? USABLE_SHARDS.blob : TREE_SHARDS
    let path = tip.nextPath
    let shardBytes = tip.shardBytes
    for (let i = 0; i < count; i++) {
      const bytes = blobBytes(this.records[order[i]!]!)
      if (shardBytes + bytes > MAX_SHARD_BLOB_BYTES) path = ((path >>> 16) + 1) << 16
      if ((path & (MAX_SHARD_LEAVES - 1)) === 0) shardBytes = 0
      if (path >>> 16 >= shards) return undefined
      paths[i] = path
      pathOf[order[i]!] = path
      path++
      shardBytes += bytes
    }
    return {
      ...this.#write(order, paths, pathOf, tip),
      ...this.#changes(order, pathOf, tip),
      positionOf: id => this.#positionOf(id, pathOf, tip.checkpoint),
      nextPath: path,
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
      if (size < LONG) copy(record, signed, body, at + LENGTH_BYTES, size)
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
      copy(leaf.bytes, leaf.positions, body, at + LENGTH_BYTES + size, POSITION_BYTES * inputs)
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
    this.#writePositionOf(-1 - source, leaf.bytes, at, pathOf, tip)
  }

  #writePositionOf(made: number, target: Uint8Array, at: number, pathOf: Uint32Array, tip: Tip): void {
    const maker = this.#makerOf(made)
    if (maker === undefined) copy(this.#deposits[made]!, ENTRY.position, target, at, POSITION_BYTES)
    else writePlace(target, at, Number(tip.checkpoint), pathOf[maker]!, this.#indexOf(made, maker))
  }

  /** The net change: what leaves the set and what joins it, in canonical order. */
  #changes(order: Uint32Array, pathOf: Uint32Array, tip: Tip): { spent: Uint8Array; created: Uint8Array } {
    const spent = new Uint8Array(this.#spentRefs.size * HASH_BYTES)
    let at = 0
    for (const t of order) {
      const record = this.records[t]!
      const inputs = inputPlaces(record, this.#places)
      for (let j = 0; j < inputs; j++) {
        if (this.#sources[this.#sourcesAt[t]! + j]! < 0) continue
        copy(record, this.#places[j]!, spent, at, HASH_BYTES)
        at += HASH_BYTES
      }
    }
    return { spent, created: this.#created(order, pathOf, tip) }
  }

  #created(order: Uint32Array, pathOf: Uint32Array, tip: Tip): Uint8Array {
    const checkpoint = Number(tip.checkpoint)
    const made = this.#deposits.length + this.#makers.length - this.#spentMade.size
    const created = new Uint8Array(made * ENTRY_BYTES)
    let at = 0
    for (let number = 0; number < this.#deposits.length; number++) {
      if (this.#spentMade.has(number)) continue
      this.#writeMade(number, created, at)
      at += ENTRY_BYTES
    }
    for (const t of order) {
      const end = this.#firsts[t + 1] ?? this.#deposits.length + this.#makers.length
      for (let number = this.#firsts[t]!; number < end; number++) {
        if (this.#spentMade.has(number)) continue
        this.#writeMade(number, created, at)
        writePlace(created, at + ENTRY.position, checkpoint, pathOf[t]!, this.#indexOf(number, t))
        writeHeight(created, at, this.#height)
        at += ENTRY_BYTES
      }
    }
    return created
  }
}

function positionIn(entry: Uint8Array): Position {
  return unwrap(decodePosition(entry.subarray(ENTRY.position, ENTRY.position + POSITION_BYTES)))
}

function copy(source: Uint8Array, from: number, target: Uint8Array, to: number, length: number): void {
  for (let i = 0; i < length; i++) target[to + i] = source[from + i]!
}

function doubled(words: BigUint64Array<ArrayBuffer>): BigUint64Array<ArrayBuffer> {
  const larger = new BigUint64Array(2 * words.length)
  larger.set(words)
  return larger
}
