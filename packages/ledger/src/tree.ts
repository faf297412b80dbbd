import {
  concat,
  EMPTY,
  fail,
  fromHex,
  type Hash,
  MAX_SHARD_LEAVES,
  ok,
  type Proof,
  protocolError,
  type Result,
  TAG,
  TREE_DEPTH,
  toHex,
} from '@omg/protocol'
import { createArena } from './keccak.ts'
import type { Leaves } from './types.ts'

/** A node of the tree: `hash 32 ‖ lanes 32`. */
export const NODE_BYTES = 64
const SHARD_DEPTH = 16

const arena = createArena()
arena.bytes[0] = TAG.node
const EMPTY_NODES = EMPTY.map(hash => concat(fromHex(hash), new Uint8Array(32)))

/** Sees every level of a reduction before it is overwritten: `nodes[0 .. count * 64]` at `height`. */
type Watch = (height: number, nodes: Uint8Array, count: number) => void

/**
 * Reduces `count` consecutive nodes from the left edge at height `from` to the single one above them at height `to`,
 * in place: the result stands at `nodes[0 .. 64]`. Throws `lanes.overflow`.
 */
function reduce(nodes: Uint8Array, count: number, from: number, to: number, watch?: Watch): void {
  if (count === 0) throw new Error('an empty subtree needs no reduction')
  for (let height = from, width = count; height < to; height++) {
    watch?.(height, nodes, width)
    const parents = (width + 1) >> 1
    for (let i = 0; i < parents; i++) {
      const left = 2 * i * NODE_BYTES
      const right = left + NODE_BYTES
      const hasRight = 2 * i + 1 < width
      arena.bytes.set(nodes.subarray(left, right), 1)
      arena.bytes.set(
        hasRight ? nodes.subarray(right, right + NODE_BYTES) : EMPTY_NODES[height]!,
        1 + NODE_BYTES,
      )
      joinTo(nodes, i * NODE_BYTES)
    }
    width = parents
  }
}

/** Hashes the two nodes in the arena, and adds their lanes, to `nodes[to]`. */
function joinTo(nodes: Uint8Array, to: number): void {
  const { bytes } = arena
  arena.hash(0, 1 + 2 * NODE_BYTES, 256)
  for (let i = 0; i < 32; i++) nodes[to + i] = bytes[256 + i]!
  addLaneBytes(nodes, to + 32, bytes, 1 + 32, bytes, 1 + NODE_BYTES + 32)
}

/** Adds four big-endian u64 side by side. Throws `lanes.overflow`: a wrapped sum would be malformed (A21). */
function addLaneBytes(
  sum: Uint8Array,
  at: number,
  a: Uint8Array,
  aAt: number,
  b: Uint8Array,
  bAt: number,
): void {
  let carry = 0
  for (let i = 31; i >= 0; i--) {
    const digit = a[aAt + i]! + b[bAt + i]! + carry
    sum[at + i] = digit
    carry = digit >>> 8
    if ((i & 7) === 0 && carry !== 0) throw protocolError('lanes.overflow', `lane ${i >> 3} overflows`)
  }
}

/** The root of one shard, as a node at height 16, from its leaves (64 bytes each, consumed). */
export function reduceShard(leaves: Uint8Array): Uint8Array {
  reduce(leaves, leaves.length / NODE_BYTES, 0, SHARD_DEPTH)
  return leaves.subarray(0, NODE_BYTES)
}

/** The root of the checkpoint from the roots of its shards (64 bytes each, consumed). */
export function reduceRoots(roots: Uint8Array): { root: Hash; lanes: bigint } {
  if (roots.length === 0) return { root: EMPTY[TREE_DEPTH]!, lanes: 0n }
  reduce(roots, roots.length / NODE_BYTES, SHARD_DEPTH, TREE_DEPTH)
  return readNode(roots, 0)
}

function readNode(nodes: Uint8Array, at: number): { root: Hash; lanes: bigint } {
  return {
    root: toHex(nodes.subarray(at, at + 32)) as Hash,
    lanes: BigInt(toHex(nodes.subarray(at + 32, at + NODE_BYTES))),
  }
}

/** Ranges of leaves by shard: shard `s` has the leaves `starts[s] .. starts[s + 1]`. Shards fill in order, from shard 0. */
export function shardStarts(leaves: Leaves): number[] {
  const starts: number[] = []
  for (let i = 0; i < leaves.count; i++) {
    if (leaves.paths[i]! >>> SHARD_DEPTH === starts.length) starts.push(i)
  }
  return [...starts, leaves.count]
}

/** The tree over the leaves of a whole checkpoint: its root, and a proof for any leaf (PROTOCOL.md section 6). */
export interface CheckpointTree {
  readonly root: Hash
  readonly lanes: bigint
  /** Throws if no leaf stands at the path (`shard << 16 | index`). */
  proof(path: number): Proof
}

/** Builds the tree of a checkpoint from its stored leaves, from path 0 on. Keeps the leaves and the shard roots only. */
export function buildCheckpointTree(leaves: Leaves): CheckpointTree {
  const starts = shardStarts(leaves)
  const shards = starts.length - 1
  // A true copy, because the reduction consumes it: `slice` of a Buffer would share its memory.
  const shard = (s: number) =>
    new Uint8Array(leaves.nodes.subarray(starts[s]! * NODE_BYTES, starts[s + 1]! * NODE_BYTES))
  const roots = new Uint8Array(shards * NODE_BYTES)
  for (let s = 0; s < shards; s++) roots.set(reduceShard(shard(s)), s * NODE_BYTES)
  return {
    ...reduceRoots(roots.slice()),
    proof(path) {
      const s = path >>> SHARD_DEPTH
      const index = path & (MAX_SHARD_LEAVES - 1)
      if (s >= shards || index >= starts[s + 1]! - starts[s]!) throw new Error(`no leaf at path ${path}`)
      const proof = { bitmap: 0, siblings: [] as { hash: Hash; lanes: bigint }[] }
      const watch: Watch = (height, nodes, count) => {
        const sibling = (path >>> height) ^ 1
        // Below the shard's root the level holds this shard only.
        const place = height < SHARD_DEPTH ? sibling & ((1 << (SHARD_DEPTH - height)) - 1) : sibling
        if (place >= count) return
        const { root: hash, lanes } = readNode(nodes, place * NODE_BYTES)
        proof.bitmap |= 1 << height
        proof.siblings.push({ hash, lanes })
      }
      reduce(shard(s), starts[s + 1]! - starts[s]!, 0, SHARD_DEPTH, watch)
      reduce(roots.slice(), shards, SHARD_DEPTH, TREE_DEPTH, watch)
      return proof
    },
  }
}

/** The part of a checkpoint's tree that is known so far: the roots of full shards and the leaves of the last one. */
export class OpenTree {
  #roots: Uint8Array[] = []
  #shard: Uint8Array = new Uint8Array(256 * NODE_BYTES)
  #count = 0

  /** Adds leaves in ascending order of paths; hashes each shard as soon as the next one starts, so closing is cheap. */
  append(leaves: Leaves): void {
    for (let i = 0; i < leaves.count; i++) {
      if (leaves.paths[i]! >>> SHARD_DEPTH !== this.#roots.length) this.#closeShard()
      if (this.#count * NODE_BYTES === this.#shard.length) this.#shard = concat(this.#shard, this.#shard)
      this.#shard.set(leaves.nodes.subarray(i * NODE_BYTES, (i + 1) * NODE_BYTES), this.#count * NODE_BYTES)
      this.#count++
    }
  }

  /** The root of everything appended; the tree is empty afterwards. */
  close(): { root: Hash; lanes: bigint } {
    if (this.#count > 0) this.#closeShard()
    const root = reduceRoots(concat(...this.#roots))
    this.#roots = []
    return root
  }

  /** `n u16 ‖ root 64 × n ‖ count u32 ‖ leaf 64 × count`. */
  save(): Uint8Array {
    const bytes = new Uint8Array(6)
    const view = new DataView(bytes.buffer)
    view.setUint16(0, this.#roots.length)
    view.setUint32(2, this.#count)
    return concat(bytes, ...this.#roots, this.#shard.subarray(0, this.#count * NODE_BYTES))
  }

  /** Errors: `encoding.truncated`, `encoding.trailing`. */
  static restore(bytes: Uint8Array): Result<OpenTree> {
    if (bytes.length < 6) return fail(protocolError('encoding.truncated', 'no open tree'))
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const roots = view.getUint16(0)
    const count = view.getUint32(2)
    const length = 6 + (roots + count) * NODE_BYTES
    if (length > bytes.length) return fail(protocolError('encoding.truncated', 'the open tree is cut off'))
    if (length < bytes.length) return fail(protocolError('encoding.trailing', 'bytes after the open tree'))
    const tree = new OpenTree()
    for (let i = 0; i < roots; i++)
      tree.#roots.push(bytes.slice(6 + i * NODE_BYTES, 6 + (i + 1) * NODE_BYTES))
    tree.#shard = concat(bytes.subarray(6 + roots * NODE_BYTES), new Uint8Array(256 * NODE_BYTES))
    tree.#count = count
    return ok(tree)
  }

  #closeShard(): void {
    this.#roots.push(reduceShard(this.#shard.slice(0, this.#count * NODE_BYTES)))
    this.#count = 0
  }
}
