import {
  type Deposit,
  decodeTransaction,
  depositId,
  encodeTransaction,
  fail,
  fromHex,
  HASH_BYTES,
  type Hash,
  type OmgError,
  ok,
  POSITION_BYTES,
  protocolError,
  Reader,
  type Result,
  TAG,
  toHex,
  Writer,
} from '@omg/protocol'
import { writeFees } from './fees.ts'
import { fastKeccak256 } from './keccak.ts'
import { countInputs } from './record.ts'
import { NODE_BYTES } from './tree.ts'
import type { Block, FeeState, Leaves } from './types.ts'

/** The version of the block record. */
const BLOCK_VERSION = 1
/** kind ‖ inboxIndex u64 ‖ Position ‖ Output. */
const DEPOSIT_BYTES = 1 + 8 + 12 + 69
const LENGTH_BYTES = 3

/** A longer block is refused before it is read: 256 full shards and two million deposits' worth of room do not fit one. */
export const MAX_BLOCK_BYTES = 64 * 1024 * 1024

const CLOSES = 1
const BLOB = 2

/** Bytes of a block's header in its record, up to and including the number of transactions. */
const HEADER_BYTES = 1 + 8 + 8 + 8 + 8 + 32 + 8 + 8 + 1 + 32 + 32 + 4 + 4

/** A block as bytes: on disk, and between node and watcher (docs/encoding.md, "Block and app hash"). */
export function encodeBlock(block: Block): Uint8Array {
  const writer = new Writer(HEADER_BYTES + DEPOSIT_BYTES * block.deposits.length + block.body.length)
    .u8(BLOCK_VERSION)
    .u64(block.height)
    .u64(block.time)
    .u64(block.checkpoint)
    .u64(block.origin)
    .hash(block.originHash)
    .u64(block.originTime)
    .u64(block.inboxCursor)
    .u8(flagsOf(block))
    .hash(block.previousAppHash)
    .hash(block.appHash)
    .u32(block.deposits.length)
    .u32(block.bounds.length / 2)
  for (const deposit of block.deposits) writer.raw(encodeTransaction(deposit))
  return writer.raw(block.body).finish()
}

/**
 * Bytes to a block, strictly; the signed transactions are delimited, not decoded (the map stage does that). The body is a view
 * of the bytes. Errors: `encoding.*`, `output.type`.
 */
export function decodeBlock(bytes: Uint8Array): Result<Block> {
  const reader = new Reader(bytes)
  if (bytes.length > MAX_BLOCK_BYTES)
    reader.refuseWith('encoding.too_long', `a block of ${bytes.length} bytes`)
  const version = reader.u8()
  if (version !== BLOCK_VERSION) reader.refuseWith('encoding.kind', `block version ${version}`)
  const header = {
    height: reader.u64(),
    time: reader.u64(),
    checkpoint: reader.u64(),
    origin: reader.u64(),
    originHash: reader.hash(),
    originTime: reader.u64(),
    inboxCursor: reader.u64(),
    ...readFlags(reader),
    previousAppHash: reader.hash(),
    appHash: reader.hash(),
  }
  const depositCount = reader.u32()
  const count = reader.u32()
  const deposits = reader.list(depositCount, () => readDeposit(reader))
  if (reader.failed) return reader.finish(header as Block)
  const body = bytes.subarray(reader.offset)
  const delimited = delimitBody(body, count)
  if (!delimited.ok) return delimited
  const { bounds, end } = delimited.value
  if (end < body.length) {
    return fail(protocolError('encoding.trailing', `${body.length - end} bytes after the body`))
  }
  return ok({ ...header, deposits, body, bounds })
}

/** `1`: the block closes its checkpoint; `2`: the data of the checkpoint comes as blobs. */
function flagsOf({ closes, daMode }: Pick<Block, 'closes' | 'daMode'>): number {
  return (closes ? CLOSES : 0) | (daMode === 'blob' ? BLOB : 0)
}

function readFlags(reader: Reader): Pick<Block, 'closes' | 'daMode'> {
  const flags = reader.u8()
  if ((flags & ~(CLOSES | BLOB)) !== 0) reader.refuseWith('encoding.kind', `flags ${flags}`)
  return { closes: (flags & CLOSES) !== 0, daMode: (flags & BLOB) === 0 ? 'plasma' : 'blob' }
}

function readDeposit(reader: Reader): Deposit {
  const decoded = decodeTransaction(reader.take(DEPOSIT_BYTES) ?? new Uint8Array(0))
  if (decoded.ok && decoded.value.kind === 'deposit') return decoded.value
  if (decoded.ok) reader.refuseWith('encoding.kind', `a ${decoded.value.kind} among the deposits`)
  else reader.refuse(decoded.error)
  return undefined as unknown as Deposit
}

/**
 * Where the signed transactions of a body stand, and where it ends: after `count` of them, or without a count, where a length is
 * zero or has no room. Errors: `encoding.truncated`, `encoding.kind`.
 */
export function delimitBody(
  body: Uint8Array,
  count?: number,
): Result<{ bounds: Uint32Array; end: number }, OmgError> {
  const most = Math.floor(body.length / LENGTH_BYTES)
  if (count !== undefined && count > most) {
    return fail(protocolError('encoding.truncated', `no room for ${count} transactions`))
  }
  const bounds = new Uint32Array(2 * (count ?? most))
  let at = 0
  let i = 0
  for (; i < (count ?? most); i++) {
    const from = at + LENGTH_BYTES
    const length = (body[at]! << 16) | (body[at + 1]! << 8) | body[at + 2]!
    if (count === undefined && (from > body.length || length === 0)) break
    const to = from + length
    if (!(to <= body.length)) return fail(protocolError('encoding.truncated', `transaction ${i} is missing`))
    const inputs = countInputs(body.subarray(from, to))
    if (inputs < 0)
      return fail(protocolError('encoding.kind', `transaction ${i} has a kind without a place in a block`))
    at = to + POSITION_BYTES * inputs
    if (at > body.length) return fail(protocolError('encoding.truncated', `transaction ${i} is cut off`))
    bounds[2 * i] = from
    bounds[2 * i + 1] = to
  }
  return ok({ bounds: bounds.slice(0, 2 * i), end: at })
}

/** The 12-byte input positions of transaction `i`, side by side: a view. */
export function inputPositionsOf(block: Block, i: number): Uint8Array {
  const from = block.bounds[2 * i + 1]!
  const to = i + 1 < block.bounds.length / 2 ? block.bounds[2 * i + 2]! - LENGTH_BYTES : block.body.length
  return block.body.subarray(from, to)
}

/**
 * The app hash of a block, over everything that decides the state after it (docs/encoding.md, "Block and app hash"). `fees` are those
 * that the block goes by, where the parameters let fees move.
 */
export function blockAppHash(
  block: Omit<Block, 'appHash'>,
  leaves: Leaves,
  lanes: bigint,
  fees?: FeeState,
): Hash {
  const hashes = new Uint8Array(leaves.count * HASH_BYTES)
  for (let i = 0; i < leaves.count; i++) {
    hashes.set(leaves.nodes.subarray(i * NODE_BYTES, i * NODE_BYTES + HASH_BYTES), i * HASH_BYTES)
  }
  const message = new Writer(256)
    .u8(TAG.appHash)
    .hash(block.previousAppHash)
    .u64(block.height)
    .u64(block.time)
    .u64(block.checkpoint)
    .u64(block.origin)
    .hash(block.originHash)
    .u64(block.originTime)
    .u64(block.inboxCursor)
    .u32(block.deposits.length)
    .raw(fastKeccak256(depositIds(block.deposits)))
    .u32(leaves.count)
    .raw(fastKeccak256(hashes))
    .u256(lanes)
    .u8(flagsOf(block))
  if (fees) writeFees(message, fees)
  return toHex(fastKeccak256(message.finish())) as Hash
}

function depositIds(deposits: readonly Deposit[]): Uint8Array {
  const ids = new Uint8Array(deposits.length * HASH_BYTES)
  for (const [i, { output, position }] of deposits.entries()) {
    ids.set(fromHex(depositId(output, position)), i * HASH_BYTES)
  }
  return ids
}
