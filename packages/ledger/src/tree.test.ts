import {
  buildTree,
  EMPTY,
  fromHex,
  type Hash,
  MAX_SHARD_LEAVES,
  toHex,
  verifyProof,
  Writer,
} from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fastKeccak256 } from './keccak.ts'
import { buildCheckpointTree, OpenTree, reduceRoots } from './tree.ts'
import type { Leaves } from './types.ts'

/** Leaves in shards of the given sizes. */
function leavesOf(sizes: readonly number[]): {
  leaves: Leaves
  list: { path: number; hash: Hash; lanes: bigint }[]
} {
  const list = sizes.flatMap((size, shard) =>
    Array.from({ length: size }, (_, i) => {
      const path = shard * MAX_SHARD_LEAVES + i
      const hash = toHex(fastKeccak256(Uint8Array.of(shard, i >> 8, i & 255))) as Hash
      return { path, hash, lanes: (BigInt(path) << 128n) | BigInt(i) }
    }),
  )
  const nodes = new Uint8Array(64 * list.length)
  for (const [i, { hash, lanes }] of list.entries())
    nodes.set(new Writer(64).hash(hash).u256(lanes).finish(), 64 * i)
  return { leaves: { count: list.length, nodes, paths: Uint32Array.from(list, ({ path }) => path) }, list }
}

const part = (leaves: Leaves, from: number, to: number): Leaves => ({
  count: to - from,
  nodes: leaves.nodes.slice(64 * from, 64 * to),
  paths: leaves.paths.slice(from, to),
})

describe('the checkpoint tree', () => {
  test('has the root, lanes and proofs of the plain tree', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }), sizes => {
        const { leaves, list } = leavesOf(sizes)
        const plain = buildTree(list)
        const tree = buildCheckpointTree(leaves)
        expect([tree.root, tree.lanes]).toEqual([plain.root, plain.lanes])
        for (const { path, ...leaf } of list) {
          expect(tree.proof(path)).toEqual(plain.proof(path))
          const root = { hash: tree.root, lanes: tree.lanes }
          expect(verifyProof({ root, path, leaf, proof: tree.proof(path) })).toBe(true)
        }
      }),
      { numRuns: 20 },
    )
  })

  test('has no proof where no leaf stands', () => {
    const tree = buildCheckpointTree(leavesOf([3, 2]).leaves)
    for (const path of [3, MAX_SHARD_LEAVES + 2, 2 * MAX_SHARD_LEAVES])
      expect(() => tree.proof(path)).toThrow(/no leaf/)
  })

  test('is the empty tree over nothing', () => {
    expect(buildCheckpointTree(leavesOf([]).leaves)).toMatchObject({ root: EMPTY[24], lanes: 0n })
    expect(new OpenTree().close()).toEqual({ root: EMPTY[24], lanes: 0n })
  })

  test('refuses a lane sum that overflows (A21)', () => {
    const node = new Writer(64)
      .raw(fromHex(EMPTY[3]!))
      .u256((1n << 64n) - 1n)
      .finish()
    expect(() => reduceRoots(new Uint8Array([...node, ...node]))).toThrow(/overflow/)
    const high = new Writer(64)
      .raw(fromHex(EMPTY[3]!))
      .u256(((1n << 64n) - 1n) << 192n)
      .finish()
    expect(() => reduceRoots(new Uint8Array([...high, ...high]))).toThrow(/overflow/)
  })
})

test('an open tree grows in any steps, through bytes, to the same root', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(300)),
      (sizes, cuts) => {
        const { leaves } = leavesOf(sizes)
        let open = new OpenTree()
        let at = 0
        for (const cut of [...cuts, leaves.count]) {
          const to = Math.min(leaves.count, at + cut)
          open.append(part(leaves, at, to))
          at = to
          const restored = OpenTree.restore(Buffer.from(open.save()))
          expect(restored.ok).toBe(true)
          if (restored.ok) open = restored.value
        }
        const { root, lanes } = buildCheckpointTree(leaves)
        expect(open.close()).toEqual({ root, lanes })
        expect(open.close().root).toBe(EMPTY[24])
      },
    ),
    { numRuns: 30 },
  )
})

test('damaged bytes of an open tree are refused', () => {
  const open = new OpenTree()
  open.append(leavesOf([2, 2]).leaves)
  const bytes = open.save()
  for (const length of [0, 5, bytes.length - 1])
    expect(OpenTree.restore(bytes.subarray(0, length))).toMatchObject({
      error: { code: 'encoding.truncated' },
    })
  expect(OpenTree.restore(new Uint8Array([...bytes, 0]))).toMatchObject({
    error: { code: 'encoding.trailing' },
  })
})
