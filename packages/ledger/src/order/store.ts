import { type BatchLeaf, batchHash } from '@omg/exchange'
import {
  decodeOrderTerms,
  type Guard,
  HASH_BYTES,
  type Hash,
  MAX_STEP_INPUTS,
  type OrderTerms,
  type OutputId,
  type Position,
  Reader,
  toHex,
  Writer,
} from '@omg/protocol'
import { writeU64 } from '../u64.ts'
import { encodeHeir, type Heir, heirEnd, TIERS } from './heirs.ts'
import { OrderRecordLog, orderRecordsIn, RECORD_KEY_BYTES } from './record-log.ts'
import { StandingOrder } from './standing.ts'
import { writeTermsTo } from './terms.ts'
import type { GivenBackReason, Holding, LiveOrder, OrderChanges, OrderRecord } from './types.ts'

/*
 * The durable form of the order state: records `kind u8 ‖ 32 bytes` -> value. Local to a node, as the format of its live outputs is.
 *   1 guard       -> terms 237 ‖ references u32 ‖ l u8 (0, 1) ‖ {output 32 ‖ lots u32 ‖ height u64 ‖ position u128 ‖ flags u8 ‖ release u8} × l
 *   2 market      -> last clearing price u32
 *   3 instruction -> validUntil u64
 *   4 batch hash  -> market 32 ‖ height u64 ‖ price u32 ‖ volume u64 ‖ book before 32, of the open checkpoint
 *   5 output      -> checkpoint u64 ‖ tier u8 ‖ n u8 ‖ output it was made of 32 × n
 */
const KIND = { holding: 1, price: 2, instruction: 3, batch: 4, heir: 5 } as const
const TERMS_BYTES = 237
/** output ‖ lots ‖ height ‖ position ‖ flags ‖ release. */
const LIVE_BYTES = 32 + 4 + 8 + 16 + 1 + 1
const TRIGGERED = 1
const ACTED = 2
const REASONS: readonly (GivenBackReason | 'none')[] = [
  'none',
  'expired',
  'postOnly',
  'selfTrade',
  'minimumFill',
  'immediateOrCancel',
  'filled',
  'closed',
]

/** What a record says. */
type Read =
  | { readonly kind: 'holding'; readonly guard: Guard; readonly holding: Omit<Holding, 'outputs'> }
  | { readonly kind: 'price'; readonly market: Hash; readonly price: number }
  | { readonly kind: 'instruction'; readonly hash: Hash; readonly validUntil: bigint }
  | { readonly kind: 'batch'; readonly leaf: BatchLeaf }
  | { readonly kind: 'heir'; readonly heir: Heir }

/** What a block changes, as records to write or delete: what a node keeps on disk beside the live outputs. */
export function orderRecords(changes: OrderChanges): OrderRecord[] {
  const log = new OrderRecordLog()
  logOrderRecords(changes, log)
  return [...orderRecordsIn(log.bytes)]
}

/** The same at the end of a log. */
export function logOrderRecords(changes: OrderChanges, log: OrderRecordLog): void {
  for (const holding of changes.holdings) {
    if (holding.terms === undefined) log.remove(KIND.holding, holding.guard)
    else logHolding(log, holding.guard, holding)
  }
  for (const holding of changes.acted) logHolding(log, holding.guard, holding)
  for (const [market, price] of changes.prices) log.add(priceRecord(market, price))
  for (const [hash, validUntil] of changes.instructions) {
    const at = log.begin(KIND.instruction, hash, 8)
    writeU64(validUntil, log.target, at)
  }
  for (const hash of changes.forgotten) log.remove(KIND.instruction, hash)
  for (const leaf of changes.closed ?? changes.batches) {
    const record = batchRecord(leaf)
    log.add(changes.closed ? { key: record.key } : record)
  }
  logHeirs(changes.heirs, log)
  for (let at = 0; at < changes.settled.length; at += HASH_BYTES) log.removeAt(KIND.heir, changes.settled, at)
}

/** An heir in bytes is the name of its record and the value of it. */
function logHeirs(heirs: Uint8Array, log: OrderRecordLog): void {
  for (let at = 0, end = 0; at < heirs.length; at = end) {
    end = heirEnd(heirs, at)
    const valueAt = at + HASH_BYTES
    log.copyAt(KIND.heir, heirs, at, valueAt, end - valueAt)
  }
}

function logHolding(log: OrderRecordLog, guard: Guard, holding: StoredHolding): void {
  const at = log.begin(KIND.holding, guard, holdingBytes(holding))
  writeHolding(holding, log.target, at)
}

type StoredHolding = Omit<Holding, 'outputs'>

function holdingBytes({ live }: StoredHolding): number {
  return TERMS_BYTES + 5 + (live ? LIVE_BYTES : 0)
}

function writeHolding({ terms, references, live }: StoredHolding, target: Buffer, at: number): void {
  writeTermsTo(terms!, target, at)
  target.writeUInt32BE(references, at + TERMS_BYTES)
  target[at + TERMS_BYTES + 4] = live ? 1 : 0
  if (live) writeLive(live, target, at + TERMS_BYTES + 5)
}

function writeLive(live: LiveOrder, target: Buffer, at: number): void {
  target.write(live.output.slice(2), at, 'hex')
  target.writeUInt32BE(live.lots, at + 32)
  writeU64(live.height, target, at + 36)
  writeU64(live.position >> 64n, target, at + 44)
  writeU64(live.position, target, at + 52)
  target[at + 60] = (live.triggered ? TRIGGERED : 0) | (live.acted ? ACTED : 0)
  target[at + 61] = REASONS.indexOf(live.release ?? 'none')
}

export function holdingRecord(guard: Guard, holding: StoredHolding): OrderRecord {
  const value = Buffer.alloc(holdingBytes(holding))
  writeHolding(holding, value, 0)
  return { key: keyOf(KIND.holding, guard), value }
}

export function priceRecord(market: Hash, price: number): OrderRecord {
  return { key: keyOf(KIND.price, market), value: new Writer(4).u32(price).finish() }
}

export function instructionRecord(hash: Hash, validUntil: bigint): OrderRecord {
  return { key: keyOf(KIND.instruction, hash), value: new Writer(8).u64(validUntil).finish() }
}

export function batchRecord(leaf: BatchLeaf): OrderRecord {
  const writer = new Writer(84).hash(leaf.market).u64(leaf.height).u32(leaf.price)
  const value = writer.u64(BigInt(leaf.volume)).hash(leaf.bookBefore).finish()
  return { key: keyOf(KIND.batch, batchHash(leaf)), value }
}

export function heirRecord(heir: Heir): OrderRecord {
  const bytes = encodeHeir(heir)
  return { key: keyIn(KIND.heir, bytes, 0), value: bytes.slice(HASH_BYTES) }
}

/** What a record says; undefined if it is damaged. */
export function readRecord({ key, value }: OrderRecord): Read | undefined {
  if (key.length !== RECORD_KEY_BYTES || value === undefined) return undefined
  const name = toHex(key.subarray(1)) as Hash
  const reader = new Reader(value)
  const read = readValue(key[0]!, name, reader)
  return read && reader.finish(read).ok ? read : undefined
}

function readValue(kind: number, name: Hash, reader: Reader): Read | undefined {
  switch (kind) {
    case KIND.holding: {
      const terms = decodeOrderTerms(reader.take(TERMS_BYTES) ?? new Uint8Array(0))
      if (!terms.ok) return undefined
      const guard = name as Guard
      const references = reader.u32()
      const live = reader.list(reader.count(0, 1, 'orders'), () => readLive(guard, terms.value, reader))[0]
      return { kind: 'holding', guard, holding: { terms: terms.value, references, live } }
    }
    case KIND.price:
      return { kind: 'price', market: name, price: reader.u32() }
    case KIND.instruction:
      return { kind: 'instruction', hash: name, validUntil: reader.u64() }
    case KIND.batch: {
      const [market, height, price] = [reader.hash(), reader.u64(), reader.u32()]
      const leaf = { market, height, price, volume: Number(reader.u64()), bookBefore: reader.hash() }
      return batchHash(leaf) === name ? { kind: 'batch', leaf } : undefined
    }
    case KIND.heir: {
      const [checkpoint, tier] = [reader.u64(), reader.name(TIERS, 'tier')]
      const from = reader.list(reader.count(1, MAX_STEP_INPUTS, 'inputs'), () => reader.hash<OutputId>())
      return { kind: 'heir', heir: { output: name as OutputId, from, checkpoint, tier } }
    }
    default:
      return undefined
  }
}

function readLive(guard: Guard, terms: OrderTerms, reader: Reader): StandingOrder {
  const output = reader.hash<OutputId>()
  const lots = reader.u32()
  const height = reader.u64()
  const position = reader.u128() as bigint as Position
  const flags = reader.u8()
  const release = reader.name(REASONS, 'release')
  const marks = { triggered: (flags & TRIGGERED) !== 0, acted: (flags & ACTED) !== 0 }
  const place = { height, position }
  const reason = release === 'none' ? undefined : release
  return new StandingOrder(guard, terms, output, { lots, release: reason, ...marks }, place)
}

function keyOf(kind: number, name: Hash): Uint8Array {
  const key = Buffer.alloc(RECORD_KEY_BYTES)
  key[0] = kind
  key.write(name.slice(2), 1, 'hex')
  return key
}

function keyIn(kind: number, bytes: Uint8Array, at: number): Uint8Array {
  const key = new Uint8Array(RECORD_KEY_BYTES)
  key[0] = kind
  key.set(bytes.subarray(at, at + HASH_BYTES), 1)
  return key
}
