import { HASH_BYTES, POSITION_BYTES, TAG } from '@omg/protocol'
import { createArena } from './keccak.ts'
import type { MappedRecord } from './types.ts'

const arena = createArena()
/** Places in the arena: the leaf's message, the positions of its inputs, the result. */
const AT = { leaf: 0, positionsHash: 65, lanes: 97, positions: 256, hash: 2048 } as const
const laneView = new DataView(arena.bytes.buffer, arena.bytes.byteOffset + AT.lanes, 32)
arena.bytes[AT.leaf] = TAG.leaf

/** Scratch memory; whoever writes a leaf first puts the positions of its inputs at {@link positions}. */
export const { bytes } = arena
export const positions = AT.positions

/** Writes the node of a record's leaf, `hash ‖ lanes`, to `nodes` at `at`. */
export function write(
  record: MappedRecord,
  inputs: number,
  lanes: BigUint64Array,
  nodes: Uint8Array,
  at: number,
): void {
  arena.hash(AT.positions, POSITION_BYTES * inputs, AT.positionsHash)
  // A record starts with txHash ‖ witnessHash.
  for (let i = 0; i < 2 * HASH_BYTES; i++) bytes[AT.leaf + 1 + i] = record[i]!
  for (let lane = 0; lane < 4; lane++) laneView.setBigUint64(8 * lane, lanes[lane]!)
  arena.hash(AT.leaf, 129, AT.hash)
  for (let i = 0; i < HASH_BYTES; i++) {
    nodes[at + i] = bytes[AT.hash + i]!
    nodes[at + HASH_BYTES + i] = bytes[AT.lanes + i]!
  }
}

/** Room for the lanes of twice as many records. */
export function doubled(words: BigUint64Array<ArrayBuffer>): BigUint64Array<ArrayBuffer> {
  const larger = new BigUint64Array(2 * words.length)
  larger.set(words)
  return larger
}
