import { readFileSync } from 'node:fs'
import { address, type Hash, toHex } from '@omg/protocol'
import { StandardMerkleTree } from '@openzeppelin/merkle-tree'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocationOf, createAllocationTable, decodeAllocationTable, encodeAllocationTable } from './table.ts'
import { type Allocation, allocationLeaf, createAllocationTree } from './tree.ts'

const addressAt = (index: bigint | number) => address(`0x${BigInt(index).toString(16).padStart(40, '0')}`)
const tableOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ account: addressAt(i + 1), amount: BigInt(i + 1) }))
const numbered = (entries: { account: ReturnType<typeof addressAt>; amount: bigint }[]): Allocation[] =>
  entries.map((entry, line) => ({ line, ...entry }))

const entries = fc.uniqueArray(
  fc.record({
    account: fc.bigInt({ min: 1n, max: 2n ** 160n - 1n }).map(addressAt),
    amount: fc.bigInt({ min: 1n, max: 2n ** 90n }),
  }),
  { minLength: 1, maxLength: 40, selector: ({ account }) => account },
)

test("the tree is OpenZeppelin's, with all its proofs", () => {
  fc.assert(
    fc.property(entries, list => {
      const values = list.map(({ account, amount }, line) => [line, account, amount])
      const reference = StandardMerkleTree.of(values, ['uint256', 'address', 'uint256'])
      const tree = createAllocationTree(numbered(list))
      expect(tree.root).toBe(reference.root)
      for (const [line, allocation] of numbered(list).entries()) {
        expect(tree.proof(line)).toEqual(reference.getProof(line))
        expect(toHex(allocationLeaf(allocation))).toBe(reference.leafHash(values[line]!))
      }
    }),
    { numRuns: 30 },
  )
})

test('the vectors of the contract are what the tree says', () => {
  const vectors = JSON.parse(
    readFileSync(new URL('../../../protocol/vectors/airdrop.vectors.json', import.meta.url), 'utf8'),
  ) as { table: unknown; proofs: Hash[][] }
  const table = decodeAllocationTable(JSON.stringify(vectors.table))
  expect(table).toMatchObject({ ok: true })
  if (!table.ok) return
  expect(table.value.allocations.map(({ line }) => table.value.tree.proof(line))).toEqual(vectors.proofs)
})

test('the path of a line among thousands is as long as their logarithm', () => {
  const table = createAllocationTable(tableOf(5_000))
  expect(table.ok && table.value.total).toBe(12_502_500n)
  expect(table.ok && [12, 13]).toContain(table.ok && table.value.tree.proof(4_999).length)
})

describe('a table', () => {
  test('is the same after a trip through its file', () => {
    fc.assert(
      fc.property(entries, list => {
        const table = createAllocationTable(list)
        if (!table.ok) throw table.error
        const read = decodeAllocationTable(encodeAllocationTable(table.value))
        if (!read.ok) throw read.error
        expect(read.value.allocations).toEqual(table.value.allocations)
        expect([read.value.root, read.value.total]).toEqual([table.value.root, table.value.total])
        expect(allocationOf(read.value, list[0]!.account)).toEqual({ line: 0, ...list[0]! })
      }),
      { numRuns: 30 },
    )
  })

  const one = { account: addressAt(1), amount: 1n }
  test.each([
    ['no line', []],
    ['an account twice', [one, { account: addressAt(2), amount: 1n }, one]],
    ['the zero address', [one, { account: addressAt(0), amount: 1n }]],
    ['nothing', [{ ...one, amount: 0n }]],
    ['less than nothing', [{ ...one, amount: -1n }]],
    ['more than 96 bits', [{ ...one, amount: 2n ** 96n }]],
    [
      'more than 96 bits in sum',
      [
        { ...one, amount: 2n ** 96n - 1n },
        { account: addressAt(2), amount: 1n },
      ],
    ],
  ])('with %s is refused', (_, list) => {
    const table = createAllocationTable(list)
    expect(table.ok || table.error.code).toBe('airdrop.table')
  })

  const made = createAllocationTable(tableOf(3))
  const json = JSON.parse(made.ok ? encodeAllocationTable(made.value) : '{}') as Record<string, unknown>
  test.each<[string, unknown]>([
    ['nothing', null],
    ['a list', []],
    ['another version', { ...json, version: 2 }],
    ['another root', { ...json, root: `0x${'00'.repeat(32)}` }],
    ['another total', { ...json, total: '7' }],
    ['a line less', { ...json, allocations: (json.allocations as unknown[]).slice(1) }],
    ['a number for an amount', { ...json, allocations: [[addressAt(1), 1]] }],
    ['an amount in hex', { ...json, allocations: [[addressAt(1), '0x1']] }],
    ['a line of three', { ...json, allocations: [[addressAt(1), '1', '1']] }],
    ['no address', { ...json, allocations: [['alice', '1']] }],
  ])('file with %s is refused', (_, value) => {
    const table = decodeAllocationTable(JSON.stringify(value))
    expect(table.ok || table.error.code).toBe('airdrop.table')
  })

  test('file that is no JSON is refused', () => {
    const table = decodeAllocationTable('{')
    expect(table.ok || table.error.code).toBe('airdrop.table')
  })
})
