import { createNodes } from '@omg/follower'
import { createMapPool, Ledger, seasoningOf } from '@omg/ledger'
import { PARAMETERS } from '@omg/ledger/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEthereumSource } from '../src/chain/ethereum.ts'
import { Follower } from '../src/chain/follower.ts'
import { Replica } from '../src/chain/replica.ts'
import { openStore, type Store } from '../src/store/database.ts'
import { tellStory, testChain } from './chain.ts'
import { type ChainServer, serveChain } from './server.ts'

const chain = testChain()
let node: ChainServer
let store: Store
beforeAll(async () => {
  tellStory(chain, 5)
  node = await serveChain(chain)
  store = await openStore('memory:')
})
afterAll(async () => {
  await store.close()
  await node.close()
})

test('a database that fails loses nothing: the same rows are tried again before anything else is done', async () => {
  const nodes = createNodes([node.url])
  const pool = createMapPool({ domain: PARAMETERS.domain, workers: 0 })
  const [told, early]: [bigint[], bigint[]] = [[], []]
  const follower = new Follower({
    ...{ nodes, store, replica: new Replica(new Ledger(PARAMETERS), pool), markets: new Map() },
    ...{
      parameters: { ledger: PARAMETERS, seasoning: { maxSeasoning: 0, blobSeasoning: 0 } },
      ethereum: createEthereumSource(nodes, seasoningOf({ maxSeasoning: 0, blobSeasoning: 0 })),
    },
    onExecuted({ execution }) {
      early.push(execution.block.height)
    },
    async onWritten(blocks) {
      for (const { execution } of blocks) told.push(execution.block.height)
    },
  })
  await follower.round()
  expect(told).toEqual([1n])
  await sql`alter table fees rename to lost`.execute(store.writer)
  for (let i = 0; i < 3; i++) await follower.round().catch(() => {})
  expect(follower.problem?.code).toBe('indexer.store')
  expect(told).toEqual([1n])
  // Who listens does not wait for the database, and hears of nothing that is not on the chain.
  expect(early).toEqual([1n, 2n])
  await sql`alter table lost rename to fees`.execute(store.writer)
  while (told.length < chain.height) await follower.round()
  expect(follower.problem).toBeUndefined()
  expect(told).toEqual(chain.blocks.map((_, i) => BigInt(i + 1)))
  const blocks = await store.reader.selectFrom('blocks').select('height').orderBy('height').execute()
  expect(blocks.map(({ height }) => height)).toEqual(told)
  await pool.close()
})
