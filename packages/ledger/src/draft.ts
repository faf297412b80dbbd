import {
  type Deposit,
  depositId,
  encodeOutput,
  encodePosition,
  fromHex,
  HASH_BYTES,
  MAX_INPUTS,
  MAX_SHARD_BLOB_BYTES,
  MAX_SHARD_LEAVES,
  MAX_U8,
  MAX_U64,
  OUTPUT_BYTES,
  POSITION_BYTES,
  packLanes,
  TAG,
  unpackLanes,
} from '@omg/protocol'
import { ENTRY, writeHeight, writePlace } from './entry.ts'
import type { LedgerErrorCode } from './errors.ts'
import { createArena } from './keccak.ts'
import { isExpired, type PaymentRules } from './payment.ts'
import {
  inputAt,
  inputCount,
  KIND_PAY,
  outputAt,
  outputCount,
  outputIdAt,
  recordKind,
  signedAt,
} from './record.ts'
import { NODE_BYTES } from './tree.ts'
import { ENTRY_BYTES, type Leaves, type LockedOutputs, type MappedRecord, type Tip } from './types.ts'
import { UnspentSet } from './unspent.ts'

const LENGTH_BYTES = 3

const arena = createArena()
arena.bytes[0] = TAG.leaf
/** Places in the arena: the leaf's message, the positions of its inputs. */
const AT = { leaf: 0, positionsHash: 65, lanes: 97, positions: 256, hash: 512 } as const

/** What {@link Draft.layOut} yields: everything that depends on where transactions stand. */
export interface Layout {
  readonly records: readonly MappedRecord[]
  readonly leaves: Leaves
  readonly body: Uint8Array
  readonly bounds: Uint32Array
  readonly spent: Uint8Array
  readonly created: Uint8Array
  readonly nextPath: number
  readonly shardBytes: number
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
  /** Numbers of outputs made and spent in this block. */
  readonly #spentMade = new Set<number>()
  /** Outputs made here by id, slab index = number: see `#findMade`. */
  readonly #outputs = new UnspentSet({ partitions: 1 })
  /** For each input of each record in turn: its slab index in the set, or `-1 - number` of an output made here. */
  readonly #sources: number[] = []
  /** For each record: where its inputs start in `#sources`. */
  readonly #sourcesAt: number[] = []
  readonly #refs = new Int32Array(MAX_INPUTS)
  readonly #entry = new Uint8Array(ENTRY_BYTES)

  constructor(
    set: UnspentSet,
    rules: PaymentRules,
    locked: LockedOutputs,
    context: { height: bigint; originTime: bigint; feeLanes: bigint },
  ) {
    this.#set = set
    this.#rules = rules
    this.#locked = locked
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
    entry.set(fromHex(depositId(deposit.output, deposit.position)), ENTRY.id)
    entry.set(encodeOutput(deposit.output), ENTRY.output)
    entry.set(encodePosition(deposit.position), ENTRY.position)
    writeHeight(entry, 0, this.#height)
    if (this.#set.find(entry, 0) >= 0) throw new Error('a deposit is in the set already')
    this.#deposits.push(entry)
  }

  /** The fee distribution: the ledger made it, or compared it with its own. */
  addFee(record: MappedRecord): void {
    this.#rules.lanes.fill(0n)
    this.#accept(record, 0, 0)
  }

  /** Adds a PAY, or returns the rule it breaks and changes nothing. */
  add(record: MappedRecord): LedgerErrorCode | undefined {
    if (recordKind(record) !== KIND_PAY) return 'transaction.protocol_only'
    if (isExpired(record, this.#originTime)) return 'transaction.expired'
    const inputs = inputCount(record)
    let level = 0
    for (let i = 0; i < inputs; i++) {
      const at = inputAt(record, i)
      const code = this.#resolve(record, at, i)
      if (code !== undefined) return code
      const ref = this.#refs[i]!
      if (ref < 0) level = Math.max(level, this.#levelAfter(-1 - ref))
    }
    return this.#rules.check(record) ?? this.#addLanes() ?? this.#accept(record, inputs, level)
  }

  /** Finds input `i` and copies the output it names to the rules. */
  #resolve(record: MappedRecord, at: number, i: number): LedgerErrorCode | undefined {
    const { inputs } = this.#rules
    const ref = this.#set.find(record, at)
    if (ref >= 0) {
      if (this.#spentRefs.has(ref)) return 'input.spent'
      this.#set.copyPart(ref, ENTRY.output, OUTPUT_BYTES, inputs, OUTPUT_BYTES * i)
      this.#refs[i] = ref
    } else {
      const made = this.#findMade(record, at)
      if (made < 0) return 'input.missing'
      if (this.#spentMade.has(made)) return 'input.spent'
      this.#outputs.copyPart(made, ENTRY.output, OUTPUT_BYTES, inputs, OUTPUT_BYTES * i)
      this.#refs[i] = -1 - made
    }
    if (this.#locked.size === 0) return undefined
    const id = record.subarray(at, at + HASH_BYTES)
    return this.#locked.blocks(id, record.subarray(0, HASH_BYTES)) ? 'input.locked' : undefined
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

  #accept(record: MappedRecord, inputs: number, level: number): undefined {
    this.#sourcesAt.push(this.#sources.length)
    for (let i = 0; i < inputs; i++) {
      const ref = this.#refs[i]!
      if (ref >= 0) this.#spentRefs.add(ref)
      else this.#spentMade.add(-1 - ref)
      this.#sources.push(ref)
    }
    const owner = this.records.push(record) - 1
    this.levels.push(level)
    if (4 * owner === this.#lanes.length) this.#lanes = doubled(this.#lanes)
    for (let lane = 0; lane < 4; lane++) this.#lanes[4 * owner + lane] = this.#rules.lanes[lane]!
    this.bytes += blobBytes(record)
    this.#firsts.push(this.#deposits.length + this.#makers.length)
    for (let index = 0; index < outputCount(record); index++) this.#makers.push(owner)
  }

  /**
   * Places the records in the order of `order`, packing shards from the tip's next path on (docs/encoding.md, "Leaf, tree,
   * lanes"). Undefined if the checkpoint has no room for them.
   */
  layOut(order: Uint32Array, tip: Tip): Layout | undefined {
    const count = order.length
    const paths = new Uint32Array(count)
    const pathOf = new Uint32Array(count)
    let path = tip.nextPath
    let shardBytes = tip.shardBytes
    for (let i = 0; i < count; i++) {
      const bytes = blobBytes(this.records[order[i]!]!)
      if (shardBytes + bytes > MAX_SHARD_BLOB_BYTES) path = ((path >>> 16) + 1) << 16
      if ((path & (MAX_SHARD_LEAVES - 1)) === 0) shardBytes = 0
      if (path >>> 16 > MAX_U8) return undefined
      paths[i] = path
      pathOf[order[i]!] = path
      path++
      shardBytes += bytes
    }
    return {
      ...this.#write(order, paths, pathOf, tip),
      ...this.#changes(order, pathOf, tip),
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
    const laneView = new DataView(arena.bytes.buffer, arena.bytes.byteOffset + AT.lanes, 32)
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
      copy(record, signed, body, at + LENGTH_BYTES, size)
      const inputs = inputCount(record)
      for (let j = 0; j < inputs; j++) {
        this.#writeSource(
          this.#sources[this.#sourcesAt[t]! + j]!,
          AT.positions + POSITION_BYTES * j,
          pathOf,
          tip,
        )
      }
      copy(arena.bytes, AT.positions, body, at + LENGTH_BYTES + size, POSITION_BYTES * inputs)
      arena.hash(AT.positions, POSITION_BYTES * inputs, AT.positionsHash)
      // A record starts with txHash ‖ witnessHash.
      copy(record, 0, arena.bytes, AT.leaf + 1, 2 * HASH_BYTES)
      for (let lane = 0; lane < 4; lane++) laneView.setBigUint64(8 * lane, this.#lanes[4 * t + lane]!)
      arena.hash(AT.leaf, 129, AT.hash)
      copy(arena.bytes, AT.hash, nodes, i * NODE_BYTES, HASH_BYTES)
      copy(arena.bytes, AT.lanes, nodes, i * NODE_BYTES + HASH_BYTES, 32)
      at += blobBytes(record)
    }
    const records = Array.from(order, t => this.records[t]!)
    return { records, body, bounds, leaves: { count, nodes, paths } }
  }

  /** Writes the position of a spent output to the arena. */
  #writeSource(source: number, at: number, pathOf: Uint32Array, tip: Tip): void {
    if (source >= 0) {
      this.#set.copyPart(source, ENTRY.position, POSITION_BYTES, arena.bytes, at)
      return
    }
    const made = -1 - source
    const maker = this.#makerOf(made)
    if (maker === undefined) copy(this.#deposits[made]!, ENTRY.position, arena.bytes, at, POSITION_BYTES)
    else writePlace(arena.bytes, at, Number(tip.checkpoint), pathOf[maker]!, made - this.#firsts[maker]!)
  }

  /** The net change: what leaves the set and what joins it, in canonical order. */
  #changes(order: Uint32Array, pathOf: Uint32Array, tip: Tip): { spent: Uint8Array; created: Uint8Array } {
    const spent = new Uint8Array(this.#spentRefs.size * HASH_BYTES)
    let at = 0
    for (const t of order) {
      const record = this.records[t]!
      for (let j = 0; j < inputCount(record); j++) {
        if (this.#sources[this.#sourcesAt[t]! + j]! < 0) continue
        copy(record, inputAt(record, j), spent, at, HASH_BYTES)
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
      for (let index = 0; index < outputCount(this.records[t]!); index++) {
        const number = this.#firsts[t]! + index
        if (this.#spentMade.has(number)) continue
        this.#writeMade(number, created, at)
        writePlace(created, at + ENTRY.position, checkpoint, pathOf[t]!, index)
        writeHeight(created, at, this.#height)
        at += ENTRY_BYTES
      }
    }
    return created
  }
}

/** `length u24 ‖ transaction ‖ witness ‖ Position × inputs`. */
export function blobBytes(record: MappedRecord): number {
  return LENGTH_BYTES + record.length - signedAt(record) + POSITION_BYTES * inputCount(record)
}

/** The order of a block: the FEE transaction, then by level, then by hash (docs/encoding.md, "Leaf, tree, lanes"). */
export function canonicalOrder(draft: Draft, hasFee: boolean): Uint32Array {
  const { records, levels } = draft
  const order = hashOrder(records, hasFee ? 1 : 0)
  // Stable, so within a level the hashes stay in order.
  if (levels.some(level => level > 0)) order.subarray(hasFee ? 1 : 0).sort((a, b) => levels[a]! - levels[b]!)
  return order
}

/**
 * Numbers of the records by hash; those before `first` stay where they are. The first five bytes of each hash and its number are
 * packed in one u64, so that the engine's own sort does the work, and only hashes that begin alike are compared.
 */
function hashOrder(records: readonly MappedRecord[], first: number): Uint32Array {
  const keys = new BigUint64Array(records.length)
  const words = new Uint32Array(keys.buffer)
  for (let i = first; i < records.length; i++) {
    const record = records[i]!
    // Little-endian halves of `prefix u40 ‖ number u24`: a checkpoint has at most 2^24 leaves.
    words[2 * i + 1] = ((record[0]! << 24) | (record[1]! << 16) | (record[2]! << 8) | record[3]!) >>> 0
    words[2 * i] = ((record[4]! << 24) | i) >>> 0
  }
  keys.subarray(first).sort()
  const order = Uint32Array.from(keys, (_, i) => (i < first ? i : words[2 * i]! & 0xff_ffff))
  const begin = (i: number) => words[2 * i + 1]! * 256 + (words[2 * i]! >>> 24)
  for (let from = first, i = first + 1; i <= order.length; i++) {
    if (i < order.length && begin(i) === begin(from)) continue
    if (i - from > 1) order.subarray(from, i).sort((a, b) => compareHashes(records[a]!, records[b]!))
    from = i
  }
  return order
}

/** By hash, which is the first 32 bytes of a record. */
export function compareHashes(a: MappedRecord, b: MappedRecord): number {
  for (let i = 0; i < HASH_BYTES; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

function copy(source: Uint8Array, from: number, target: Uint8Array, to: number, length: number): void {
  for (let i = 0; i < length; i++) target[to + i] = source[from + i]!
}

function doubled(words: BigUint64Array<ArrayBuffer>): BigUint64Array<ArrayBuffer> {
  const larger = new BigUint64Array(2 * words.length)
  larger.set(words)
  return larger
}
