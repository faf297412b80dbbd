import { ENTRY_BYTES, type OrderRecord } from '@omg/ledger'
import { fail, type OmgError, ok, type Result } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import { decodeCheckpoint, encodeCheckpoint, type StoredCheckpoint } from '../store/checkpoints.ts'

/** "OMGS" and the version of the format. */
const MAGIC = Buffer.from([0x4f, 0x4d, 0x47, 0x53, 1])
/** Most bytes of the saved ledger without its outputs and orders: its open tree is empty where a checkpoint closes. */
const MAX_STATE_BYTES = 4 * 1024 * 1024
const MAX_CHECKPOINTS_BYTES = 4 * 1024 * 1024
const MAX_VALUE_BYTES = 1024 * 1024
/** Key length that ends the order records. */
const END = 0xffff

/** A state of the chain right after a block that closed a checkpoint: the same bytes on every node. */
export interface SnapshotState {
  readonly height: bigint
  /** Transactions up to there. */
  readonly total: number
  /** Of the ledger's `save`. */
  readonly state: Uint8Array
  /** The newest closed checkpoints, oldest first, without what a node knows of Ethereum. */
  readonly checkpoints: readonly StoredCheckpoint[]
  readonly outputs: number
  /** In canonical order. */
  entries: () => Iterable<Uint8Array>
  /** By key. */
  orders: () => Iterable<OrderRecord>
}

/**
 * `"OMGS" 1 ‖ height u64 ‖ total u64 ‖ {state, checkpoints: length u32 ‖ bytes} ‖ outputs u64 ‖ entry 120 × outputs ‖
 * {key length u16 ‖ value length u32 ‖ key ‖ value} × n ‖ 0xffff`.
 */
export function* encodeState(snapshot: SnapshotState): Generator<Uint8Array> {
  const numbers = Buffer.alloc(16)
  numbers.writeBigUInt64BE(snapshot.height)
  numbers.writeBigUInt64BE(BigInt(snapshot.total), 8)
  yield Buffer.concat([MAGIC, numbers])
  yield* sized(snapshot.state)
  const checkpoints = snapshot.checkpoints.map(checkpoint => JSON.parse(encodeCheckpoint(checkpoint)))
  yield* sized(Buffer.from(JSON.stringify(checkpoints)))
  const outputs = Buffer.alloc(8)
  outputs.writeBigUInt64BE(BigInt(snapshot.outputs))
  yield outputs
  yield* snapshot.entries()
  for (const { key, value } of snapshot.orders()) {
    if (!value) continue
    const head = Buffer.alloc(6)
    head.writeUInt16BE(key.length)
    head.writeUInt32BE(value.length, 2)
    yield Buffer.concat([head, key, value])
  }
  const end = Buffer.alloc(2)
  end.writeUInt16BE(END)
  yield end
}

function* sized(bytes: Uint8Array): Generator<Uint8Array> {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  yield length
  yield bytes
}

/** A state that was read back: everything in memory. */
export interface ReadState extends Omit<SnapshotState, 'entries' | 'orders' | 'outputs'> {
  /** Side by side. */
  readonly entries: Uint8Array
  readonly orders: readonly OrderRecord[]
}

/** Reads what {@link encodeState} wrote. Errors: snapshot.invalid. */
export function decodeState(bytes: Uint8Array): Result<ReadState, OmgError> {
  const reader = new BoundedReader(bytes)
  try {
    if (!reader.take(MAGIC.length).equals(MAGIC)) return invalid('it has another format')
    const height = reader.u64()
    const total = Number(reader.u64())
    const state = reader.sized(MAX_STATE_BYTES)
    const checkpoints = (JSON.parse(reader.sized(MAX_CHECKPOINTS_BYTES).toString()) as unknown[]).map(each =>
      decodeCheckpoint(JSON.stringify(each)),
    )
    const outputs = reader.u64()
    if (outputs * BigInt(ENTRY_BYTES) > BigInt(bytes.length)) return invalid(`it names ${outputs} outputs`)
    const entries = reader.take(Number(outputs) * ENTRY_BYTES)
    const orders: OrderRecord[] = []
    for (let keyBytes = reader.u16(); keyBytes !== END; keyBytes = reader.u16()) {
      const valueBytes = reader.u32()
      if (valueBytes > MAX_VALUE_BYTES) return invalid(`a record of ${valueBytes} bytes`)
      orders.push({ key: reader.take(keyBytes), value: reader.take(valueBytes) })
    }
    if (!reader.isDone) return invalid('bytes stand after its end')
    return ok({ height, total, state, checkpoints, entries, orders })
  } catch (cause) {
    return fail(nodeError('snapshot.invalid', 'The snapshot cannot be read.', cause))
  }
}

/** Blocks: `{length u32 ‖ record} × n`. */
export function* encodeBlocks(records: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const record of records) yield* sized(record)
}

/** Errors: snapshot.invalid. */
export function decodeBlocks(bytes: Uint8Array, count: number): Result<Buffer[], OmgError> {
  const reader = new BoundedReader(bytes)
  try {
    const records = Array.from({ length: count }, () => reader.sized(bytes.length))
    return reader.isDone ? ok(records) : invalid('bytes stand after its blocks')
  } catch (cause) {
    return fail(nodeError('snapshot.invalid', 'The blocks of the snapshot cannot be read.', cause))
  }
}

function invalid(what: string) {
  return fail(nodeError('snapshot.invalid', `The snapshot is none: ${what}.`))
}

/** Reads from bytes of somebody else; throws at their end. */
class BoundedReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isDone(): boolean {
    return this.#at === this.#bytes.length
  }

  take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new Error('it ends too early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  u16(): number {
    return this.take(2).readUInt16BE()
  }

  u32(): number {
    return this.take(4).readUInt32BE()
  }

  u64(): bigint {
    return this.take(8).readBigUInt64BE()
  }

  sized(limit: number): Buffer {
    const length = this.u32()
    if (length > limit) throw new Error(`${length} bytes where ${limit} are the most`)
    return this.take(length)
  }
}
