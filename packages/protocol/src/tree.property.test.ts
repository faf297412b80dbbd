import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as arbitrary from '../test/arbitraries.ts'
import {
  buildTree,
  decodeProof,
  EMPTY,
  emptyNode,
  encodeProof,
  type Hash,
  joinNodes,
  packLanes,
  TREE_DEPTH,
  type TreeLeaf,
  type TreeNode,
  treePath,
  verifyProof,
  ZERO_HASH,
} from './index.ts'

/** The definition of the tree, word for word: a subtree is empty, a leaf, or the node over its halves. */
function naiveSubtree(leaves: readonly TreeLeaf[], height: number): TreeNode {
  if (leaves.length === 0) return emptyNode(height)
  if (height === 0) return leaves[0]!
  const isRight = (leaf: TreeLeaf) => ((leaf.path >>> (height - 1)) & 1) === 1
  return joinNodes(
    naiveSubtree(
      leaves.filter(leaf => !isRight(leaf)),
      height - 1,
    ),
    naiveSubtree(leaves.filter(isRight), height - 1),
  )
}

const someLeaves = arbitrary.treeLeaves.filter(leaves => leaves.length > 0)

describe('the tree', () => {
  test('has the root and the lanes of its definition', () => {
    fc.assert(
      fc.property(arbitrary.treeLeaves, leaves => {
        const { root, lanes } = buildTree(leaves)
        const naive = naiveSubtree(leaves, TREE_DEPTH)
        expect({ root, lanes }).toEqual({ root: naive.hash, lanes: naive.lanes })
      }),
      { numRuns: 60 },
    )
  })

  test('does not depend on the order in which leaves are given', () => {
    fc.assert(
      fc.property(arbitrary.treeLeaves, leaves => {
        expect(buildTree([...leaves].reverse()).root).toBe(buildTree(leaves).root)
      }),
      { numRuns: 30 },
    )
  })

  test('is empty without leaves', () => {
    const { root, lanes, proof } = buildTree([])
    expect({ root, lanes, proof: proof(5) }).toEqual({
      root: EMPTY[24],
      lanes: 0n,
      proof: { bitmap: 0, siblings: [] },
    })
  })

  test('refuses paths outside, paths twice, and lanes that overflow', () => {
    const leaf = { hash: `0x${'ab'.repeat(32)}` as Hash, lanes: packLanes([0n, 2n ** 63n, 0n, 0n]) }
    const refused = (leaves: TreeLeaf[]) => expect(() => buildTree(leaves))
    refused([{ ...leaf, path: 2 ** 24 }]).toThrow('outside the tree')
    refused([{ ...leaf, path: -1 }]).toThrow('outside the tree')
    refused([{ ...leaf, path: 0.5 }]).toThrow('outside the tree')
    refused([
      { ...leaf, path: 3 },
      { ...leaf, path: 3 },
    ]).toThrow('two leaves')
    refused([
      { ...leaf, path: 0 },
      { ...leaf, path: 2 ** 24 - 1 },
    ]).toThrow('lane 1 overflows')
    expect(() => treePath(256, 0)).toThrow()
    expect(() => treePath(0, 65_536)).toThrow()
    expect(treePath(255, 65_535)).toBe(2 ** 24 - 1)
  })
})

describe('a proof', () => {
  test('shows every leaf, and shows that nothing stands at any other path', () => {
    fc.assert(
      fc.property(arbitrary.treeLeaves, fc.integer({ min: 0, max: 2 ** 24 - 1 }), (leaves, anywhere) => {
        const tree = buildTree(leaves)
        const root = { hash: tree.root, lanes: tree.lanes }
        for (const leaf of leaves) {
          expect(verifyProof({ root, path: leaf.path, leaf, proof: tree.proof(leaf.path) })).toBe(true)
        }
        const isFree = leaves.every(leaf => leaf.path !== anywhere)
        const nothing = { hash: ZERO_HASH, lanes: 0n }
        const proof = tree.proof(anywhere)
        expect(verifyProof({ root, path: anywhere, leaf: nothing, proof })).toBe(isFree)
      }),
      { numRuns: 40 },
    )
  })

  test('fails with any byte changed', () => {
    fc.assert(
      fc.property(someLeaves, fc.integer({ min: 1, max: 255 }), (leaves, flip) => {
        const tree = buildTree(leaves)
        const leaf = leaves[0]!
        const root = { hash: tree.root, lanes: tree.lanes }
        const bytes = encodeProof(tree.proof(leaf.path))
        for (let i = 0; i < bytes.length; i += 7) {
          const mutated = bytes.slice()
          mutated[i]! ^= flip
          const proof = decodeProof(mutated)
          if (proof.ok) expect(verifyProof({ root, path: leaf.path, leaf, proof: proof.value })).toBe(false)
        }
      }),
      { numRuns: 15 },
    )
  })

  test('fails for another leaf, other lanes, another root and any other path', () => {
    fc.assert(
      fc.property(someLeaves, arbitrary.hash, fc.integer({ min: 0, max: 23 }), (leaves, other, bit) => {
        const tree = buildTree(leaves)
        const { path, hash, lanes } = leaves[0]!
        const claim = {
          root: { hash: tree.root, lanes: tree.lanes },
          path,
          leaf: { hash, lanes },
          proof: tree.proof(path),
        }
        fc.pre(other !== hash && other !== tree.root)
        expect(verifyProof({ ...claim, leaf: { hash: other, lanes } })).toBe(false)
        expect(verifyProof({ ...claim, leaf: { hash, lanes: lanes + 1n } })).toBe(false)
        expect(verifyProof({ ...claim, root: { ...claim.root, hash: other } })).toBe(false)
        expect(verifyProof({ ...claim, root: { ...claim.root, lanes: tree.lanes + 1n } })).toBe(false)
        expect(verifyProof({ ...claim, path: path ^ (1 << bit) })).toBe(false)
        expect(verifyProof({ ...claim, path: path + 2 ** 24 })).toBe(false)
      }),
      { numRuns: 40 },
    )
  })

  test('that hides an overflow is refused, not wrapped (A21)', () => {
    const huge = packLanes([0n, 0n, 0n, 2n ** 64n - 1n])
    const leaf: TreeNode = { hash: `0x${'01'.repeat(32)}` as Hash, lanes: huge }
    const sibling: TreeNode = { hash: `0x${'02'.repeat(32)}` as Hash, lanes: 1n }
    const proof = { bitmap: 1, siblings: [sibling] }
    expect(verifyProof({ root: { hash: ZERO_HASH, lanes: 0n }, path: 0, leaf, proof })).toBe(false)
  })

  test('has one encoding: an empty sibling is left out, and the bitmap counts what is given', () => {
    const siblings = [emptyNode(4)]
    expect(() => encodeProof({ bitmap: 1 << 4, siblings })).toThrow('empty subtree')
    expect(() => encodeProof({ bitmap: 0, siblings })).toThrow('bitmap')
    const dirty = { hash: EMPTY[4]!, lanes: 1n }
    expect(() => encodeProof({ bitmap: 1 << 4, siblings: [dirty] })).not.toThrow()
  })
})
