import { type Block, decodeBlock, encodeBlock } from '@omg/ledger'
import {
  fail,
  type Hash,
  type Hex,
  ok,
  protocolError,
  type Result,
  SIGNATURE_BYTES,
  toHex,
} from '@omg/protocol'

/** Version of the record around a block: before the first upgrade of the chain, and from then on. */
const RECORD_VERSION = 1
const UPGRADED_VERSION = 2
/** Added to the version of a record whose block renews checkpoints. */
const RENEWING = 2
const HASH_BYTES = 32
const CHECKPOINT_BYTES = 8
const ADDRESS_BYTES = 20
const COUNT_BYTES = 2
/** Bytes of one seal. */
export const SEAL_BYTES = 8 + ADDRESS_BYTES + SIGNATURE_BYTES
/** Most signatures that one block carries: the largest validator set, for a few checkpoints. */
export const MAX_SEALS = 1024

/** Most signatures that one vote brings: of that many checkpoints. */
export const MAX_VOTE_SEALS = 4

/** A validator's signature over a checkpoint, as votes bring it and blocks carry it. */
export interface Seal {
  checkpoint: bigint
  validator: Hex
  signature: Hex
}

/** What the engine decides and the log keeps: a block, and the checkpoint signatures that came with the votes before it. */
export interface BlockRecord {
  block: Block
  seals: readonly Seal[]
  /** Names the upgrades up to this block (`Upgrades`); absent before the first. */
  upgrades?: Hash | undefined
  /** The oldest checkpoint that gets this block's origin, with all behind it (`LostCheckpoints`); absent in nearly every block. */
  renews?: bigint | undefined
}

/** `version u8 ‖ upgrades 32 in versions 2 and 4 ‖ renews u64 in versions 3 and 4 ‖ n u16 ‖ {checkpoint u64 ‖ validator 20 ‖ signature 65} × n ‖ block`. */
export function encodeRecord(record: BlockRecord): Buffer {
  const { renews } = record
  const version =
    (record.upgrades ? UPGRADED_VERSION : RECORD_VERSION) + (renews === undefined ? 0 : RENEWING)
  const renewed = Buffer.alloc(renews === undefined ? 0 : CHECKPOINT_BYTES)
  if (renews !== undefined) renewed.writeBigUInt64BE(renews)
  const upgrades = Buffer.from((record.upgrades ?? '0x').slice(2), 'hex')
  const count = Buffer.alloc(COUNT_BYTES)
  count.writeUInt16BE(record.seals.length)
  const head = [Buffer.of(version), upgrades, renewed, count]
  return Buffer.concat([...head, ...record.seals.map(encodeSeal), encodeBlock(record.block)])
}

/** Errors: `encoding.*`. */
export function decodeRecord(bytes: Uint8Array): Result<BlockRecord> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const version = buffer[0]
  if (version === undefined) return truncated()
  if (version < RECORD_VERSION || version > UPGRADED_VERSION + RENEWING) {
    return fail(protocolError('encoding.kind', `record version ${version}`))
  }
  const head = headBytes(buffer)
  if (buffer.length < head) return truncated()
  const count = buffer.readUInt16BE(head - COUNT_BYTES)
  if (count > MAX_SEALS) return fail(protocolError('encoding.range', `${count} checkpoint signatures`))
  const end = head + SEAL_BYTES * count
  if (buffer.length < end) return truncated()
  const seals = Array.from({ length: count }, (_, i) => sealAt(buffer, head + SEAL_BYTES * i))
  const block = decodeBlock(buffer.subarray(end))
  if (!block.ok) return block
  const named = isUpgraded(buffer) && { upgrades: toHex(buffer.subarray(1, 1 + HASH_BYTES)) as Hash }
  const renewing = isRenewing(buffer) && {
    renews: buffer.readBigUInt64BE(head - COUNT_BYTES - CHECKPOINT_BYTES),
  }
  return ok({ block: block.value, seals, ...named, ...renewing })
}

/** Where the block stands in a record: what GET /blocks/:height serves. */
export function blockBytes(record: Buffer): Buffer {
  const head = headBytes(record)
  return record.subarray(head + SEAL_BYTES * record.readUInt16BE(head - COUNT_BYTES))
}

/** What stands before the signatures. */
function headBytes(record: Buffer): number {
  return 1 + (isUpgraded(record) ? HASH_BYTES : 0) + (isRenewing(record) ? CHECKPOINT_BYTES : 0) + COUNT_BYTES
}

function isUpgraded([version]: Buffer): boolean {
  return version === UPGRADED_VERSION || version === UPGRADED_VERSION + RENEWING
}

function isRenewing([version]: Buffer): boolean {
  return version !== undefined && version > RENEWING
}

/** `checkpoint u64 ‖ validator 20 ‖ signature 65`. */
export function encodeSeal(seal: Seal): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(seal.checkpoint)
  return Buffer.concat([
    bytes,
    Buffer.from(seal.validator.slice(2), 'hex'),
    Buffer.from(seal.signature.slice(2), 'hex'),
  ])
}

/** A vote extension: seals of one validator, in ascending order of checkpoint; nothing at all is one too. */
export function encodeExtension(seals: readonly Seal[]): Buffer {
  return Buffer.concat(seals.map(encodeSeal))
}

/** Errors: `encoding.truncated`, `encoding.range` (too many, or not in ascending order). */
export function decodeExtension(bytes: Uint8Array): Result<Seal[]> {
  if (bytes.length > MAX_VOTE_SEALS * SEAL_BYTES) {
    return fail(protocolError('encoding.range', `${bytes.length} bytes of checkpoint signatures`))
  }
  if (bytes.length % SEAL_BYTES !== 0) return truncated()
  const buffer = Buffer.from(bytes)
  const seals = Array.from({ length: bytes.length / SEAL_BYTES }, (_, i) => sealAt(buffer, SEAL_BYTES * i))
  const ascend = seals.every(({ checkpoint }, i) => i === 0 || checkpoint > seals[i - 1]!.checkpoint)
  return ascend ? ok(seals) : fail(protocolError('encoding.range', 'checkpoint signatures out of order'))
}

/** Reads what {@link encodeSeal} wrote; the caller knows that it is there. */
export function sealAt(bytes: Buffer, at: number): Seal {
  return {
    checkpoint: bytes.readBigUInt64BE(at),
    validator: toHex(bytes.subarray(at + 8, at + 28)),
    signature: toHex(bytes.subarray(at + 28, at + SEAL_BYTES)),
  }
}

function truncated() {
  return fail(protocolError('encoding.truncated', 'the record is cut off'))
}
