import type { Hash, Hex } from '@omg/protocol'

/** A closed checkpoint as the node keeps it. */
export interface StoredCheckpoint {
  number: bigint
  /** The encoded header. */
  header: Hex
  headerHash: Hash
  txCount: number
  firstHeight: bigint
  lastHeight: bigint
  /** Validators' signatures, filled in by the block after the closing one. */
  signatures: { validator: Hex; signature: Hex }[]
  /** There where Ethereum has accepted it under this header, finalised. Stands in a table of its own. */
  accepted?: Acceptance
}

/** Where Ethereum accepted a checkpoint. */
export interface Acceptance {
  readonly headerHash: Hash
  readonly block: bigint
  /** Seconds: `t(k)`. */
  readonly time: bigint
  /** The transaction that brought it. */
  readonly transaction: Hash
}

/** What follows from the chain, the same on every node: not whether Ethereum has accepted it. */
export function encodeCheckpoint({ accepted: _, ...checkpoint }: StoredCheckpoint): string {
  return JSON.stringify(checkpoint, digits)
}

export function decodeCheckpoint(text: string): StoredCheckpoint {
  const raw = JSON.parse(text)
  return {
    ...raw,
    number: BigInt(raw.number),
    firstHeight: BigInt(raw.firstHeight),
    lastHeight: BigInt(raw.lastHeight),
  }
}

export function encodeAcceptance({ headerHash, block, time, transaction }: Acceptance): string {
  return JSON.stringify({ headerHash, block, time, transaction }, digits)
}

export function decodeAcceptance(text: string): Acceptance {
  const { block, time, ...hashes } = JSON.parse(text)
  return { ...hashes, block: BigInt(block), time: BigInt(time) }
}

const digits = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
