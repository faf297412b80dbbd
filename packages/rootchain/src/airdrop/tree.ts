import { type Address, fromHex, type Hash, keccak256, toHex } from '@omg/protocol'

/** A line of an allocation table. */
export interface Allocation {
  /** Its number, from 0. */
  readonly line: number
  readonly account: Address
  /** Token wei, below 2^96. */
  readonly amount: bigint
}

/** The Merkle tree of an allocation table. */
export interface AllocationTree {
  readonly root: Hash
  /** The proof of a line, from the leaf up. */
  proof(line: number): Hash[]
}

const HASH_BYTES = 32

/**
 * The leaf of a line: keccak(keccak(abi.encode(uint256 line, address account, uint256 amount))). Hashed twice, it is 32 bytes before
 * the last hash where a node is 64, so neither can pass for the other.
 */
export function allocationLeaf({ line, account, amount }: Allocation): Uint8Array {
  const words = new Uint8Array(3 * HASH_BYTES)
  const view = new DataView(words.buffer)
  view.setBigUint64(24, BigInt(line))
  words.set(fromHex(account), 44)
  view.setBigUint64(80, amount >> 64n)
  view.setBigUint64(88, amount & 0xffff_ffff_ffff_ffffn)
  return keccak256(keccak256(words))
}

/**
 * The tree over a table: that of OpenZeppelin's StandardMerkleTree over `(uint256 line, address account, uint256 amount)`. Leaves in
 * ascending order fill a complete binary tree from its end; a node is the keccak of its children, the smaller first.
 *
 * The allocations are numbered from 0 without gaps, in this order. At least one.
 */
export function createAllocationTree(allocations: readonly Allocation[]): AllocationTree {
  const count = allocations.length
  if (count === 0) throw new Error('a table has at least one line')
  const leaves = allocations.map((allocation, line) => {
    if (allocation.line !== line) throw new Error(`line ${allocation.line} stands at ${line}`)
    return allocationLeaf(allocation)
  })
  const ascending = leaves.map((_, line) => line).sort((a, b) => compare(leaves[a]!, leaves[b]!))
  const nodes = new Uint8Array((2 * count - 1) * HASH_BYTES)
  const node = (index: number) => nodes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
  const indexOf = new Uint32Array(count)
  for (const [rank, line] of ascending.entries()) {
    const index = 2 * count - 2 - rank
    indexOf[line] = index
    nodes.set(leaves[line]!, index * HASH_BYTES)
  }
  const pair = new Uint8Array(2 * HASH_BYTES)
  for (let index = count - 2; index >= 0; index--) {
    const [left, right] = [node(2 * index + 1), node(2 * index + 2)]
    const ordered = compare(left, right) <= 0
    pair.set(ordered ? left : right)
    pair.set(ordered ? right : left, HASH_BYTES)
    nodes.set(keccak256(pair), index * HASH_BYTES)
  }
  return {
    root: toHex(node(0)) as Hash,
    proof(line) {
      const start = indexOf[line]
      if (start === undefined) throw new Error(`there is no line ${line}`)
      const path: Hash[] = []
      for (let index = start; index > 0; index = (index - 1) >> 1) {
        const sibling = index % 2 === 0 ? index - 1 : index + 1
        path.push(toHex(node(sibling)) as Hash)
      }
      return path
    },
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < HASH_BYTES; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!
  }
  return 0
}
