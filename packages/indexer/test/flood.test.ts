import { account } from '@omg/ledger/testing'
import { type Guard, hash, type OrderTerms } from '@omg/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configurationSchema } from '../src/configuration/configuration.ts'
import { startIndexer } from '../src/index.ts'
import { MAX_PAGE_ROWS } from '../src/query/cursor.ts'
import { listOrders } from '../src/query/owners.ts'
import { insertRows, openStore, type Store } from '../src/store/database.ts'
import type { OrderRow } from '../src/store/tables.ts'
import { STREAM_LIMITS } from '../src/stream/socket.ts'
import { embeddedDatabases, serverDatabases, type TestDatabases } from './databases.ts'
import { fastExchange, MARKET, orderTerms, serveListings, tellTradingStory } from './market.ts'
import { untilHeight } from './rows.ts'
import { serveChain } from './server.ts'
import { StreamClient } from './stream-client.ts'

const ORDERS = 10_000

function openOrder(i: number, owner: string, terms: OrderTerms): OrderRow {
  const guard = hash(`0x${(i * 7919).toString(16).padStart(64, '0')}`) as never as Guard
  const height = BigInt(1 + Math.floor(i / 100))
  return {
    ...{ guard, height, position: BigInt(i), time: height, market: MARKET.id, owner: owner as never },
    ...{ side: 'buy', limitPrice: 100n, lots: 5n, remaining: 5n, tick: BigInt(1 + (i % 50)), asleep: false },
    ...{ status: 'open', release: null, closedHeight: null, filled: 0n, value: 0n, fee: 0n },
    ...{ updatedHeight: height, terms },
  }
}

describe.each([
  ['the embedded database', embeddedDatabases],
  ['a Postgres server', serverDatabases],
])('ten thousand open orders of one owner on %s', (_, openDatabases) => {
  let databases: TestDatabases
  let store: Store
  beforeAll(async () => {
    databases = await openDatabases()
    store = await openStore(await databases.create())
  })
  afterAll(async () => {
    await store?.close()
    await databases?.close()
  })

  test('come page by page, each once, the newest first, also while new ones enter', async () => {
    const [owner, other] = [account(1), account(2)]
    const terms = orderTerms(owner, 'buy', 100)
    const rows = Array.from({ length: ORDERS }, (_, i) => openOrder(i, owner.address, terms))
    await insertRows(store.writer, 'orders', [...rows, openOrder(ORDERS, other.address, terms)])
    const seen: OrderRow[] = []
    let pages = 0
    for (let cursor: string | undefined; ; ) {
      const page = await listOrders(store.reader, owner.address, {
        ...{ limit: MAX_PAGE_ROWS, cursor, state: 'open' },
      })
      seen.push(...page.items)
      // What enters meanwhile is newer than what is still to come.
      const entering = openOrder(ORDERS + 1 + pages, owner.address, terms)
      await insertRows(store.writer, 'orders', [{ ...entering, height: 1_000n }])
      pages++
      if (page.next === null) break
      cursor = page.next
    }
    expect(pages).toBe(ORDERS / MAX_PAGE_ROWS)
    const key = ({ height, guard }: OrderRow) => `${String(height).padStart(5, '0')} ${guard}`
    expect(seen.map(key)).toEqual(rows.map(key).sort().reverse())
  })
})

test('a flood of subscriptions is bounded for each connection, and leaves nothing behind', async () => {
  const chain = fastExchange()
  tellTradingStory(chain, 5)
  const node = await serveChain(chain)
  serveListings(node)
  const settings = { node: [node.url], database: 'memory:', port: 0, workers: 0, logLevel: 'silent' }
  const indexer = await startIndexer(configurationSchema.parse(settings))
  await untilHeight(indexer, chain.height)
  const channelsHeard = async () => {
    const text = await (await fetch(`${indexer.url}/metrics`)).text()
    return Number(/^omg_indexer_stream_channels (\d+)$/m.exec(text)![1])
  }
  const clients = await Promise.all(Array.from({ length: 5 }, () => StreamClient.open(indexer.url)))
  const asked = 3 * STREAM_LIMITS.subscriptions
  for (const [n, client] of clients.entries()) {
    for (let i = 0; i < asked; i++) {
      client.send({ op: 'subscribe', channel: `owner:0x${(n * asked + i).toString(16).padStart(40, '0')}` })
    }
  }
  for (const client of clients) {
    await client.until(() => client.messages.length === asked)
    const refused = client.messages.filter(({ code }) => code === 'request.limit')
    expect(client.messages.filter(({ type }) => type === 'snapshot')).toHaveLength(
      STREAM_LIMITS.subscriptions,
    )
    expect(refused).toHaveLength(asked - STREAM_LIMITS.subscriptions)
  }
  expect(await channelsHeard()).toBe(clients.length * STREAM_LIMITS.subscriptions)
  // The same channel again and again takes one place.
  const [first] = clients
  for (const client of clients.slice(1)) client.close()
  first!.send({ op: 'unsubscribe', channel: `owner:0x${'0'.repeat(40)}` })
  first!.send({ op: 'subscribe', channel: 'blocks' })
  await first!.until(({ channel }) => channel === 'blocks')
  for (let i = 1; i < 20; i++) first!.send({ op: 'subscribe', channel: 'blocks' })
  await first!.until(() => first!.of('blocks').length === 20)
  expect(await channelsHeard()).toBeLessThanOrEqual(STREAM_LIMITS.subscriptions)
  first!.close()
  while ((await channelsHeard()) > 0) await new Promise(resolve => setTimeout(resolve, 20))
  await indexer.stop()
  await node.close()
})
