import { type Guard, HASH_BYTES, protocolError, Reader, type Result, Writer } from '@omg/protocol'
import type { BookProof, OrderLeaf } from './commitment.ts'
import { PLACE_BITS, PLACE_BYTES } from './place.ts'
import type { SumNode } from './sum-tree.ts'

const ENDS = ['empty', 'leaf', 'node'] as const
const MAX_STATE = 7

/** A proof as bytes: `n u8 ‖ {bits u8 ‖ sibling ‖ sum u64} × n ‖ end u8 ‖ what ends it`. */
export function encodeBookProof({ steps, end }: BookProof): Uint8Array {
  const writer = new Writer(1 + 41 * steps.length + 98).count(steps, 0, PLACE_BITS, 'steps')
  for (const { bits, sibling } of steps) writeNode(writer.u8(bits), sibling)
  writer.name(ENDS, end.kind, 'end')
  if (end.kind === 'leaf') writeLeaf(writer, end.leaf)
  if (end.kind === 'node') {
    writer.u8(end.bits).raw(end.prefix)
    writeNode(writer, end.left)
    writeNode(writer, end.right)
  }
  return writer.finish()
}

/** Bytes to a proof; what it shows, `verifyBookProof` says. Errors: `encoding.truncated`, `.trailing`, `.range`, `.kind`. */
export function decodeBookProof(bytes: Uint8Array): Result<BookProof> {
  const reader = new Reader(bytes)
  const count = reader.count(0, PLACE_BITS, 'steps')
  const steps = reader.list(count, () => ({ bits: reader.u8(), sibling: readNode(reader) }))
  return reader.finish({ steps, end: readEnd(reader) })
}

function readEnd(reader: Reader): BookProof['end'] {
  const kind = reader.name(ENDS, 'end')
  if (kind === 'leaf') return { kind, leaf: readLeaf(reader) }
  if (kind === 'empty') return { kind }
  const [bits, prefix] = [reader.u8(), take(reader, PLACE_BYTES)]
  return { kind, bits, prefix, left: readNode(reader), right: readNode(reader) }
}

function writeNode(writer: Writer, { hash, lots }: SumNode): void {
  writer.raw(hash).u64(BigInt(lots))
}

function readNode(reader: Reader): SumNode {
  return { hash: take(reader, HASH_BYTES), lots: readSum(reader) }
}

function writeLeaf(writer: Writer, leaf: OrderLeaf): void {
  const state = (leaf.triggered ? 1 : 0) | (leaf.acted ? 2 : 0) | (leaf.asleep ? 4 : 0)
  writer.raw(leaf.place).hash(leaf.guard).u64(leaf.height).u8(state).u64(BigInt(leaf.lots))
}

function readLeaf(reader: Reader): OrderLeaf {
  const [place, guard, height, state] = [
    take(reader, PLACE_BYTES),
    reader.hash<Guard>(),
    reader.u64(),
    reader.u8(),
  ]
  if (state > MAX_STATE) reader.refuseWith('encoding.range', `a state of ${state}`)
  if (height > BigInt(Number.MAX_SAFE_INTEGER)) reader.refuseWith('encoding.range', `a height of ${height}`)
  const flags = { triggered: (state & 1) !== 0, acted: (state & 2) !== 0, asleep: (state & 4) !== 0 }
  return { place, guard, height, ...flags, lots: readSum(reader) }
}

/** A sum of lots is exact in a double, or not a sum of lots. */
function readSum(reader: Reader): number {
  const sum = reader.u64()
  if (sum > BigInt(Number.MAX_SAFE_INTEGER)) {
    reader.refuse(protocolError('encoding.range', `a sum of ${sum} lots`))
  }
  return Number(sum)
}

function take(reader: Reader, length: number): Uint8Array {
  return reader.take(length)?.slice() ?? new Uint8Array(length)
}
