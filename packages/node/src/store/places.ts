import type { LogPlace } from './log.ts'

/** Where a block is and what one needs to know without reading it. */
export interface BlockPlace {
  place: LogPlace
  checkpoint: number
  /** User and FEE transactions; deposits are not counted. */
  transactions: number
  deposits: number
  /** Path of its first leaf; undefined without transactions. */
  firstPath: number | undefined
  /** Sum of transactions up to and including this block. */
  totalTransactions: number
}

const BYTES = 48
const NO_PATH = 0xffff_ffff

/** `segment u48 ‖ offset u48 ‖ length u32 ‖ checkpoint u48 ‖ transactions u32 ‖ deposits u32 ‖ firstPath u32 ‖ total u48 ‖ 0 × 8`. */
export function encodePlace(place: BlockPlace): Buffer {
  const bytes = Buffer.alloc(BYTES)
  bytes.writeUIntBE(place.place.segment, 0, 6)
  bytes.writeUIntBE(place.place.offset, 6, 6)
  bytes.writeUInt32BE(place.place.length, 12)
  bytes.writeUIntBE(place.checkpoint, 16, 6)
  bytes.writeUInt32BE(place.transactions, 22)
  bytes.writeUInt32BE(place.deposits, 26)
  bytes.writeUInt32BE(place.firstPath ?? NO_PATH, 30)
  bytes.writeUIntBE(place.totalTransactions, 34, 6)
  return bytes
}

export function decodePlace(bytes: Buffer): BlockPlace {
  const firstPath = bytes.readUInt32BE(30)
  return {
    place: {
      segment: bytes.readUIntBE(0, 6),
      offset: bytes.readUIntBE(6, 6),
      length: bytes.readUInt32BE(12),
    },
    checkpoint: bytes.readUIntBE(16, 6),
    transactions: bytes.readUInt32BE(22),
    deposits: bytes.readUInt32BE(26),
    firstPath: firstPath === NO_PATH ? undefined : firstPath,
    totalTransactions: bytes.readUIntBE(34, 6),
  }
}
