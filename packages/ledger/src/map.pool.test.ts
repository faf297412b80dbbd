import { MAX_SHARD_LEAVES, type OutputId, toHex } from '@omg/protocol'
import { afterAll, describe, expect, test } from 'vitest'
import { alice, batchOf, bob, coin, PARAMETERS, payment } from './chain.fixture.ts'
import { fastKeccak256 } from './keccak.ts'
import { createMapPool } from './map.pool.ts'
import { createMapper } from './map.ts'
import { buildCheckpointTree } from './tree.ts'

const id = (i: number) => toHex(fastKeccak256(Uint8Array.of(i >> 8, i & 255))) as OutputId
const payments = Array.from({ length: 300 }, (_, i) => payment([alice], [id(i)], [coin(bob, 5n)]).signed)
const signed = payments.flatMap((bytes, i) => (i % 7 === 0 ? [bytes.subarray(3), bytes] : [bytes]))
const { bytes, bounds } = batchOf(signed)
const expected = createMapper(PARAMETERS.domain)(bytes, bounds)

const pools = [0, 1, 2, 3].map(workers => createMapPool({ domain: PARAMETERS.domain, workers }))
afterAll(() => Promise.all(pools.map(pool => pool.close())))

const nodes = Uint8Array.from({ length: 64 * 500 }, (_, i) => (i % 64 < 60 ? (i * 7) & 255 : 0))
const paths = Uint32Array.from({ length: 500 }, (_, i) => Math.floor(i / 90) * MAX_SHARD_LEAVES + (i % 90))
for (let i = 0; i < 500; i++) nodes.fill(0, 64 * i + 32, 64 * i + 63)
const leaves = { count: 500, nodes, paths }

describe.each(pools)('a pool of $workers workers', pool => {
  test('maps as this thread does', async () => {
    const [first, second] = await Promise.all([pool.map(bytes, bounds), pool.map(bytes, bounds.slice(20))])
    expect(Buffer.compare(first.records, expected.records)).toBe(0)
    expect([first.count, first.codes, first.offsets]).toEqual([
      expected.count,
      expected.codes,
      expected.offsets,
    ])
    expect(second.count).toBe(expected.count - 10)
    expect((await pool.map(new Uint8Array(0), new Uint32Array(0))).count).toBe(0)
  })

  test('leaves the bytes to the caller', async () => {
    const before = bytes.slice()
    await pool.map(bytes, bounds)
    expect(Buffer.compare(bytes, before)).toBe(0)
  })

  test('reduces shards as this thread does', async () => {
    const { root, lanes } = buildCheckpointTree(leaves)
    expect(await pool.reduce(leaves)).toEqual({ root, lanes })
    const none = { count: 0, nodes: new Uint8Array(0), paths: new Uint32Array(0) }
    expect((await pool.reduce(none)).root).toBe(buildCheckpointTree(none).root)
  })
})

test('a closed pool rejects', async () => {
  const pool = createMapPool({ domain: PARAMETERS.domain, workers: 1 })
  const running = pool.map(bytes, bounds)
  const settled = expect(running).rejects.toThrow(/closed/)
  await pool.close()
  await settled
  await expect(pool.map(bytes, bounds)).rejects.toThrow(/closed/)
})
