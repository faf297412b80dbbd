import { type OmgError, protocolError, unwrap } from './error.ts'
import { type Hash, type Position, type TxHash, ZERO_HASH } from './hex.ts'
import { keccak256 } from './keccak.ts'
import { addLanes } from './lanes.ts'
import { MAX_U8, MAX_U16, TREE_DEPTH } from './limits.ts'
import { writePosition } from './position.ts'
import type { Proof } from './proof.ts'
import { taggedHash } from './tag.ts'
import { Writer } from './writer.ts'

/** A subtree: its hash and the sum of its fee lanes. */
export interface TreeNode {
  readonly hash: Hash
  /** Packed, see lanes.ts. */
  readonly lanes: bigint
}

/** A leaf and where it stands: `path = shard << 16 | index`. */
export interface TreeLeaf extends TreeNode {
  readonly path: number
}

/** A whole tree of depth 24. */
export interface Tree {
  readonly root: Hash
  readonly lanes: bigint
  /** The proof of what stands at a path, be it a leaf or nothing. */
  proof(path: number): Proof
}

/** What a leaf commits to. */
export interface LeafParts {
  readonly txHash: TxHash
  readonly witnessHash: Hash
  /** Where each input was made, in input order (R3). */
  readonly positions: readonly Position[]
  /** The fee that the transaction pays, packed. */
  readonly lanes: bigint
}

/** The path of a leaf from the root: 8 bits of shard, 16 bits of index. Throws `encoding.range`. */
export function treePath(shard: number, index: number): number {
  if (!(shard >= 0 && shard <= MAX_U8 && index >= 0 && index <= MAX_U16)) {
    throw protocolError('encoding.range', `no leaf at shard ${shard}, index ${index}`)
  }
  return (shard << 16) | index
}

/** `keccak(0x00 ‖ txHash ‖ witnessHash ‖ keccak(positions) ‖ lanes)`. */
export function leafHash(parts: LeafParts): Hash {
  const positions = new Writer(12 * parts.positions.length)
  for (const position of parts.positions) writePosition(positions, position)
  const body = new Writer(128)
    .hash(parts.txHash)
    .hash(parts.witnessHash)
    .raw(keccak256(positions.finish()))
    .u256(parts.lanes)
  return taggedHash('leaf', body.finish())
}

/** `keccak(0x01 ‖ left ‖ leftLanes ‖ right ‖ rightLanes)`. */
export function nodeHash(left: TreeNode, right: TreeNode): Hash {
  const body = new Writer(128).hash(left.hash).u256(left.lanes).hash(right.hash).u256(right.lanes)
  return taggedHash('node', body.finish())
}

/** The node above two subtrees; its lanes are their sum. Throws `lanes.overflow`. */
export function joinNodes(left: TreeNode, right: TreeNode): TreeNode {
  return { hash: nodeHash(left, right), lanes: unwrap(addLanes(left.lanes, right.lanes)) }
}

/** The hash of the empty subtree of each height, 0 (an absent leaf) to 24 (an empty tree); its lanes are zero. */
export const EMPTY: readonly Hash[] = emptyHashes()

/** The empty subtree of a height. */
export function emptyNode(height: number): TreeNode {
  return { hash: EMPTY[height]!, lanes: 0n }
}

/** Whether a subtree is the empty one of its height. */
export function isEmptyNode(node: TreeNode, height: number): boolean {
  return node.lanes === 0n && node.hash === EMPTY[height]
}

/** Builds the tree over leaves in any order. Throws `encoding.range` for a bad or repeated path, `lanes.overflow`. */
export function buildTree(leaves: readonly TreeLeaf[]): Tree {
  let level = new Map<number, TreeNode>()
  for (const { path, hash, lanes } of leaves) {
    if (level.has(path)) throw pathError(path, 'holds two leaves')
    level.set(assertPath(path), { hash, lanes })
  }
  const levels = [level]
  for (let height = 0; height < TREE_DEPTH; height++) {
    level = parents(level, height)
    levels.push(level)
  }
  const { hash: root, lanes } = level.get(0) ?? emptyNode(TREE_DEPTH)
  return { root, lanes, proof: path => proofOf(levels, assertPath(path)) }
}

function parents(level: ReadonlyMap<number, TreeNode>, height: number): Map<number, TreeNode> {
  const above = new Map<number, TreeNode>()
  for (const index of level.keys()) {
    const parent = index >>> 1
    if (above.has(parent)) continue
    const left = level.get(2 * parent) ?? emptyNode(height)
    const right = level.get(2 * parent + 1) ?? emptyNode(height)
    above.set(parent, joinNodes(left, right))
  }
  return above
}

function proofOf(levels: readonly ReadonlyMap<number, TreeNode>[], path: number): Proof {
  let bitmap = 0
  const siblings: TreeNode[] = []
  for (let height = 0; height < TREE_DEPTH; height++) {
    const sibling = levels[height]!.get((path >>> height) ^ 1)
    if (!sibling || isEmptyNode(sibling, height)) continue
    bitmap |= 1 << height
    siblings.push(sibling)
  }
  return { bitmap, siblings }
}

function assertPath(path: number): number {
  if (Number.isInteger(path) && path >= 0 && path < 2 ** TREE_DEPTH) return path
  throw pathError(path, 'is outside the tree')
}

function pathError(path: number, why: string): OmgError {
  return protocolError('encoding.range', `path ${path} ${why}`)
}

function emptyHashes(): Hash[] {
  const hashes = [ZERO_HASH]
  for (let height = 0; height < TREE_DEPTH; height++) {
    const empty = { hash: hashes[height]!, lanes: 0n }
    hashes.push(nodeHash(empty, empty))
  }
  return hashes
}
