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
  /** Set when Ethereum has accepted it, finalised: by which of its transactions, unless an older version wrote this. */
  accepted?: { block: bigint; time: bigint; transaction?: Hash }
}

export function encodeCheckpoint(checkpoint: StoredCheckpoint): string {
  return JSON.stringify(checkpoint, (_, value) => (typeof value === 'bigint' ? value.toString() : value))
}

export function decodeCheckpoint(text: string): StoredCheckpoint {
  const raw = JSON.parse(text)
  const checkpoint: StoredCheckpoint = {
    ...raw,
    number: BigInt(raw.number),
    firstHeight: BigInt(raw.firstHeight),
    lastHeight: BigInt(raw.lastHeight),
  }
  if (raw.accepted) {
    const { block, time } = raw.accepted
    checkpoint.accepted = { ...raw.accepted, block: BigInt(block), time: BigInt(time) }
  }
  return checkpoint
}
