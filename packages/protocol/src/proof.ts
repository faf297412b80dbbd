import { type OmgError, protocolError, type Result } from './error.ts'
import { addLanes } from './lanes.ts'
import { TREE_DEPTH } from './limits.ts'
import { Reader } from './reader.ts'
import { emptyNode, isEmptyNode, nodeHash, type TreeNode } from './tree.ts'
import { Writer } from './writer.ts'

/** The siblings of a path through the tree, from the leaf upwards; empty subtrees are left out. */
export interface Proof {
  /** Bit `d` (0 = leaf level) is set where the sibling at that height is given. */
  readonly bitmap: number
  readonly siblings: readonly TreeNode[]
}

/** What a proof says: that `leaf` stands at `path` under `root`. */
export interface ProofClaim {
  readonly root: TreeNode
  /** `shard << 16 | index`. */
  readonly path: number
  readonly leaf: TreeNode
  readonly proof: Proof
}

/** Whether a leaf stands at its path under the root, with all lane sums right. Never throws on a decoded proof. */
export function verifyProof({ root, path, leaf, proof }: ProofClaim): boolean {
  if (proofProblem(proof) || path < 0 || path >= 2 ** TREE_DEPTH || !Number.isInteger(path)) return false
  let node = leaf
  let next = 0
  for (let height = 0; height < TREE_DEPTH; height++) {
    const given = (proof.bitmap >>> height) & 1
    const sibling = given ? proof.siblings[next++]! : emptyNode(height)
    const isRight = (path >>> height) & 1
    const lanes = addLanes(node.lanes, sibling.lanes)
    if (!lanes.ok) return false
    const hash = isRight ? nodeHash(sibling, node) : nodeHash(node, sibling)
    node = { hash, lanes: lanes.value }
  }
  return node.hash === root.hash && node.lanes === root.lanes
}

/** `bitmap u24 ‖ (hash ‖ lanes) × siblings`. Throws where the proof is not canonical. */
export function encodeProof(proof: Proof): Uint8Array {
  const problem = proofProblem(proof)
  if (problem) throw problem
  const writer = new Writer(3 + 64 * proof.siblings.length).u24(proof.bitmap)
  for (const sibling of proof.siblings) writer.hash(sibling.hash).u256(sibling.lanes)
  return writer.finish()
}

/** Bytes to a proof. Errors: `encoding.truncated`, `encoding.trailing`, `proof.empty_sibling`. */
export function decodeProof(bytes: Uint8Array): Result<Proof> {
  const reader = new Reader(bytes)
  const bitmap = reader.u24()
  const siblings = reader.list(popcount(bitmap), () => ({ hash: reader.hash(), lanes: reader.u256() }))
  const proof = { bitmap, siblings }
  if (!reader.failed) reader.refuse(proofProblem(proof))
  return reader.finish(proof)
}

/** A given sibling is never the empty subtree of its height: otherwise a proof would have many encodings. */
function proofProblem({ bitmap, siblings }: Proof): OmgError | undefined {
  if (popcount(bitmap) !== siblings.length)
    return protocolError('encoding.range', 'the bitmap miscounts the siblings')
  let next = 0
  for (let height = 0; height < TREE_DEPTH; height++) {
    if (((bitmap >>> height) & 1) === 0) continue
    if (isEmptyNode(siblings[next++]!, height)) {
      return protocolError('proof.empty_sibling', `the sibling at height ${height} is the empty subtree`)
    }
  }
  return undefined
}

function popcount(bitmap: number): number {
  let count = 0
  for (let rest = bitmap; rest !== 0; rest >>>= 1) count += rest & 1
  return count
}
