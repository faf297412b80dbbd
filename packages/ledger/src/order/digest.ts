import { createArena } from '../keccak.ts'
import type { Heir } from './heirs.ts'
import type { Holding, OrderRecord } from './types.ts'

const arena = createArena()
const scratch = Buffer.from(arena.bytes.buffer, arena.bytes.byteOffset, arena.bytes.byteLength)
const view = new DataView(arena.bytes.buffer, arena.bytes.byteOffset, arena.bytes.byteLength)
/** Behind anything that is hashed here. */
const RESULT = 16_384
const HOLDING = 0x80
const HEIR = 0x81

/**
 * A sum over everything an order state knows: eight words, to which each thing adds a digest of its own and from which it is taken
 * again. Sums commute, so a state has one sum however it came about. A self-check against damage, not a commitment.
 */
export class StateSum {
  readonly #words = new Uint32Array(8)

  /** As one number. */
  get value(): bigint {
    return this.#words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n)
  }

  add(digest: Uint32Array, sign: 1 | -1): void {
    for (let i = 0; i < 8; i++) this.#words[i] = this.#words[i]! + sign * digest[i]!
  }
}

/** Of what stands under a guard, which commits to its terms; live outputs have their own set. */
export function holdingDigest(
  guard: string,
  { references, live }: Pick<Holding, 'references' | 'live'>,
): Uint32Array {
  let at = start(HOLDING, guard)
  at = scratch.writeUInt32BE(references, at)
  if (live) {
    const { output, order, release = '' } = live
    at += scratch.write(output.slice(2), at, 'hex')
    at = scratch.writeUInt32BE(order.lots, at)
    view.setBigUint64(at, order.height)
    view.setBigUint64(at + 8, order.position >> 64n)
    view.setBigUint64(at + 16, BigInt.asUintN(64, order.position))
    at = scratch.writeUInt8((order.triggered ? 1 : 0) | (order.acted ? 2 : 0), at + 24)
    at += scratch.write(release, at, 'latin1')
  }
  return digest(at)
}

export function heirDigest({ output, from, checkpoint, tier }: Heir): Uint32Array {
  let at = start(HEIR, output)
  view.setBigUint64(at, checkpoint)
  at += 8
  at += scratch.write(tier, at, 'latin1')
  for (const id of from) at += scratch.write(id.slice(2), at, 'hex')
  return digest(at)
}

/** Of a record as it stands in a store. */
export function recordDigest({ key, value }: OrderRecord): Uint32Array {
  scratch.set(key, 0)
  scratch.set(value!, key.length)
  return digest(key.length + value!.length)
}

function start(kind: number, name: string): number {
  scratch[0] = kind
  return 1 + scratch.write(name.slice(2), 1, 'hex')
}

function digest(length: number): Uint32Array {
  arena.hash(0, length, RESULT)
  const words = new Uint32Array(8)
  for (let i = 0; i < 8; i++) words[i] = view.getUint32(RESULT + 4 * i)
  return words
}
