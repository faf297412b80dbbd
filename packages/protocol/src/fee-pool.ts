import type { Guard } from './hex.ts'
import { taggedHash } from './tag.ts'
import { Writer } from './writer.ts'

const POOLS = ['stakers', 'insurance', 'burn'] as const

/** Who the fees of an epoch are collected for. */
export type FeePoolName = (typeof POOLS)[number]

/** The id of a fee pool, the guard of its FEE outputs: `keccak(0x0b ‖ pool u8 ‖ epoch u64)`. */
export function feePoolId(pool: FeePoolName, epoch: bigint): Guard {
  return taggedHash('feePool', new Writer(9).name(POOLS, pool, 'fee pool').u64(epoch).finish()) as Guard
}
