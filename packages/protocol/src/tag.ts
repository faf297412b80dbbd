import type { Hash } from './hex.ts'
import { keccakHash } from './keccak.ts'
import { Writer } from './writer.ts'

/** The first byte of everything that is hashed, so that no value of one kind can be read as another (A18). */
export const TAG = {
  leaf: 0x00,
  node: 0x01,
  output: 0x02,
  deposit: 0x03,
  transaction: 0x04,
  move: 0x05,
  orderGuard: 0x06,
  swapGuard: 0x07,
  header: 0x08,
  appHash: 0x09,
  market: 0x0a,
  feePool: 0x0b,
  rationing: 0x0c,
  bookOrder: 0x0d,
  bookNode: 0x0e,
  marketBook: 0x0f,
  batch: 0x10,
  listNode: 0x11,
} as const

/** `keccak(tag ‖ body)`. */
export function taggedHash(tag: keyof typeof TAG, body: Uint8Array): Hash {
  return keccakHash(new Writer(1 + body.length).u8(TAG[tag]).raw(body).finish())
}
