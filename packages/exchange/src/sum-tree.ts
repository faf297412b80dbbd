import { keccak256, keccak256To, TAG } from '@omg/protocol'
import { grown } from './columns.ts'
import { bitOf, firstDifference, PLACE_BYTES, prefixOf } from './place.ts'

/** A subtree: its hash, and the lots below it. */
export interface SumNode {
  readonly hash: Uint8Array
  readonly lots: number
}

/** The step from a node of the tree to one of its children, seen from the root. */
export interface SumStep {
  /** How many bits all places below the node have in common; the next bit chooses the child. */
  readonly bits: number
  /** The child that the path does not go to. */
  readonly sibling: SumNode
}

/** Where a path to a place ends: at a leaf, or at a node whose places all differ from it. */
export type SumEnd<Leaf> =
  | { readonly kind: 'empty' }
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | {
      readonly kind: 'node'
      readonly bits: number
      readonly prefix: Uint8Array
      readonly left: SumNode
      readonly right: SumNode
    }

export interface SumPath<Leaf> {
  readonly steps: readonly SumStep[]
  readonly end: SumEnd<Leaf>
}

/** What a tree asks for the contents of its leaves. */
export interface SumLeaves {
  /** Writes the place of an item. */
  place(item: number, target: Uint8Array): void
  hash(item: number, target: Uint8Array, at: number): void
  lots(item: number): number
}

export const EMPTY_SUM: SumNode = { hash: new Uint8Array(32), lots: 0 }

const START = 64

const NODE_BYTES = 98
const nodeBytes = new Uint8Array(NODE_BYTES)
const nodeView = new DataView(nodeBytes.buffer)

/** `keccak(0x0e ‖ bits u8 ‖ prefix (16) ‖ left ‖ leftLots u64 ‖ right ‖ rightLots u64)`. */
export function sumNodeHash(bits: number, prefix: Uint8Array, left: SumNode, right: SumNode): Uint8Array {
  nodeBytes[0] = TAG.bookNode
  nodeBytes[1] = bits
  nodeBytes.set(prefix, 2)
  nodeBytes.set(left.hash, 18)
  writeLots(nodeView, 50, left.lots)
  nodeBytes.set(right.hash, 58)
  writeLots(nodeView, 90, right.lots)
  return keccak256(nodeBytes)
}

/** A sum of lots as u64; it is below 2^53. */
export function writeLots(view: DataView, offset: number, lots: number): void {
  view.setUint32(offset, Math.floor(lots / 2 ** 32))
  view.setUint32(offset + 4, lots)
}

/**
 * A Merkle-sum tree over places of 128 bits. A node stands exactly where the places below it part, so the same places
 * make the same tree whatever happened before, and a tree of `n` orders has `n - 1` nodes. Changes mark the path above
 * them; only marked nodes are hashed when the root is asked for, so that few changes cost little and many are a rebuild.
 */
export class SumTree {
  readonly #leaves: SumLeaves
  /** A child is the number of a node, or `~item` for a leaf. */
  #nodes = { bits: new Uint16Array(START), lots: new Float64Array(START), isStale: new Uint16Array(START) }
  #children = new Int32Array(2 * START)
  #hashes = new Uint8Array(32 * START)
  #end = 0
  #free: number[] = []
  #root: number | undefined
  readonly #place = new Uint8Array(PLACE_BYTES)
  readonly #other = new Uint8Array(PLACE_BYTES)

  constructor(leaves: SumLeaves) {
    this.#leaves = leaves
  }

  /** Enters an item, or notes that the item at its place changed. */
  put(item: number): void {
    this.#leaves.place(item, this.#place)
    if (this.#root === undefined) {
      this.#root = ~item
      return
    }
    const difference = this.#differenceTo(this.#place)
    if (difference === 128) this.#replaceLeaf(item)
    else this.#insert(item, difference)
  }

  /** Takes an item out; it still has its place. */
  remove(item: number): void {
    this.#leaves.place(item, this.#place)
    let link = -1
    let above = -1
    for (let child = this.#root!; child >= 0; child = this.#children[link]!) {
      this.#nodes.isStale[child] = 1
      above = link
      link = 2 * child + bitOf(this.#place, this.#nodes.bits[child]!)
    }
    if (link < 0) {
      this.#root = undefined
      return
    }
    // The sibling takes the place of their node.
    this.#link(above, this.#children[link ^ 1]!)
    this.#free.push(link >> 1)
  }

  root(): SumNode {
    return this.#root === undefined ? EMPTY_SUM : this.#summed(this.#root)
  }

  /** The path to a place; a leaf ends it as an item. */
  path(place: Uint8Array): SumPath<number> {
    if (this.#root === undefined) return { steps: [], end: { kind: 'empty' } }
    this.root()
    const steps: SumStep[] = []
    let child = this.#root
    while (child >= 0) {
      const bits = this.#nodes.bits[child]!
      const [left, right] = [this.#children[2 * child]!, this.#children[2 * child + 1]!]
      const prefix = this.#prefix(child)
      if (firstDifference(prefix, prefixOf(place, bits)) < bits) {
        return {
          steps,
          end: { kind: 'node', bits, prefix, left: this.#summed(left), right: this.#summed(right) },
        }
      }
      const [next, sibling] = bitOf(place, bits) === 0 ? [left, right] : [right, left]
      steps.push({ bits, sibling: this.#summed(sibling) })
      child = next
    }
    return { steps, end: { kind: 'leaf', leaf: ~child } }
  }

  /** How many bits a place shares with the leaf that it would be closest to; 128 for its own. */
  #differenceTo(place: Uint8Array): number {
    let child = this.#root!
    while (child >= 0) child = this.#children[2 * child + bitOf(place, this.#nodes.bits[child]!)]!
    this.#leaves.place(~child, this.#other)
    return firstDifference(place, this.#other)
  }

  #replaceLeaf(item: number): void {
    let link = -1
    for (let child = this.#root!; child >= 0; child = this.#children[link]!) {
      this.#nodes.isStale[child] = 1
      link = 2 * child + bitOf(this.#place, this.#nodes.bits[child]!)
    }
    this.#link(link, ~item)
  }

  /** A new node stands above everything that shares fewer bits with the place than it has. */
  #insert(item: number, difference: number): void {
    let link = -1
    let child = this.#root!
    while (child >= 0 && this.#nodes.bits[child]! < difference) {
      this.#nodes.isStale[child] = 1
      link = 2 * child + bitOf(this.#place, this.#nodes.bits[child]!)
      child = this.#children[link]!
    }
    const node = this.#allocate(difference)
    const side = bitOf(this.#place, difference)
    this.#children[2 * node + side] = ~item
    this.#children[2 * node + (1 - side)] = child
    this.#link(link, node)
  }

  #link(link: number, child: number): void {
    if (link < 0) this.#root = child
    else this.#children[link] = child
  }

  #allocate(bits: number): number {
    if (this.#free.length === 0 && this.#end === this.#nodes.bits.length) this.#grow()
    const node = this.#free.pop() ?? this.#end++
    this.#nodes.bits[node] = bits
    this.#nodes.isStale[node] = 1
    return node
  }

  #grow(): void {
    this.#nodes = grown(this.#nodes, 2 * this.#end)
    const children = new Int32Array(4 * this.#end)
    children.set(this.#children)
    this.#children = children
    const hashes = new Uint8Array(64 * this.#end)
    hashes.set(this.#hashes)
    this.#hashes = hashes
  }

  #summed(child: number): SumNode {
    if (child < 0) {
      const hash = new Uint8Array(32)
      this.#leaves.hash(~child, hash, 0)
      return { hash, lots: this.#leaves.lots(~child) }
    }
    this.#refresh(child)
    return { hash: this.#hashes.slice(32 * child, 32 * child + 32), lots: this.#nodes.lots[child]! }
  }

  /** Hashes what is marked below a node, and the node. */
  #refresh(node: number): void {
    const { bits, lots, isStale } = this.#nodes
    if (isStale[node] === 0) return
    const [left, right] = [this.#children[2 * node]!, this.#children[2 * node + 1]!]
    if (left >= 0) this.#refresh(left)
    if (right >= 0) this.#refresh(right)
    lots[node] = this.#lotsOf(left) + this.#lotsOf(right)
    isStale[node] = 0
    this.#writeChild(left, 18)
    this.#writeChild(right, 58)
    nodeBytes[0] = TAG.bookNode
    nodeBytes[1] = bits[node]!
    this.#writePrefix(node)
    keccak256To(nodeBytes, this.#hashes, 32 * node)
  }

  #lotsOf(child: number): number {
    return child < 0 ? this.#leaves.lots(~child) : this.#nodes.lots[child]!
  }

  /** Writes the hash of a child and its lots into the message of its node. */
  #writeChild(child: number, at: number): void {
    if (child < 0) this.#leaves.hash(~child, nodeBytes, at)
    else for (let i = 0; i < 32; i++) nodeBytes[at + i] = this.#hashes[32 * child + i]!
    writeLots(nodeView, at + 32, this.#lotsOf(child))
  }

  /** Writes what all places below a node have in common into its message. */
  #writePrefix(node: number): void {
    let child = node
    while (child >= 0) child = this.#children[2 * child]!
    this.#leaves.place(~child, this.#other)
    const bits = this.#nodes.bits[node]!
    for (let i = 0; i < PLACE_BYTES; i++) {
      const left = bits - 8 * i
      nodeBytes[2 + i] = left >= 8 ? this.#other[i]! : left > 0 ? this.#other[i]! & (0xff00 >> left) : 0
    }
  }

  /** What all places below a node have in common. */
  #prefix(node: number): Uint8Array {
    let child = node
    while (child >= 0) child = this.#children[2 * child]!
    this.#leaves.place(~child, this.#other)
    return prefixOf(this.#other, this.#nodes.bits[node]!)
  }
}
