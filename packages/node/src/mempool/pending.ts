import { inputAt, inputCount, type MappedRecord, outputCount, outputIdAt } from '@omg/ledger'
import type { Address } from '@omg/protocol'

/** 32 bytes as a map key: one character per byte, several times cheaper to make than hex. */
export type Key = string & { readonly __key: true }

// The method of Buffer works on any view of bytes, and spares a wrapper for each key.
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice: (this: Uint8Array, start: number, end: number) => string
}

/** The key of the 32 bytes at `at`. */
export function keyOf(bytes: Uint8Array, at = 0): Key {
  return latin1Slice.call(bytes, at, at + 32) as Key
}

/** Key of a hash in hex. */
export function keyOfHex(hex: string): Key {
  return Buffer.from(hex.slice(2), 'hex').toString('latin1') as Key
}

export function hexOfKey(key: Key): `0x${string}` {
  return `0x${Buffer.from(key, 'latin1').toString('hex')}`
}

/** A transaction that waits for a block. */
export interface Pending {
  readonly key: Key
  readonly record: MappedRecord
  readonly inputs: readonly Key[]
  /** Fee lanes, packed. */
  readonly lanes: bigint
  /** Eviction and selection class, 0..255: fee in eighths of the least fee of its signatures. */
  readonly rank: number
  /** Who pays for the room it takes: its first signer. */
  readonly owner: Address
  readonly signers: readonly Address[]
  /** Waiting transactions whose outputs it spends. */
  readonly parents: readonly Pending[]
  /** Its outputs can be found by their ids: see `Mempool.find`. */
  indexed: boolean
  /** Left the pool: in a block, evicted or replaced. */
  gone: boolean
}

export function inputKeys(record: MappedRecord): Key[] {
  const keys = new Array<Key>(inputCount(record))
  for (let i = 0; i < keys.length; i++) keys[i] = keyOf(record, inputAt(record, i))
  return keys
}

export function outputKeys(record: MappedRecord): Key[] {
  const keys = new Array<Key>(outputCount(record))
  for (let i = 0; i < keys.length; i++) keys[i] = keyOf(record, outputIdAt(record, i))
  return keys
}
