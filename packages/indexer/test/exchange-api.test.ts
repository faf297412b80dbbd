import { account } from '@omg/ledger/testing'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROUTES } from '../src/api/server.ts'
import { configurationSchema } from '../src/configuration/configuration.ts'
import { type RunningIndexer, startIndexer } from '../src/index.ts'
import { embeddedDatabases, serverDatabases, type TestDatabases } from './databases.ts'
import { fastExchange, MARKET, serveListings, tellTradingStory } from './market.ts'
import { get, tableHashes, untilHeight } from './rows.ts'
import { type ChainServer, serveChain } from './server.ts'

interface Page {
  items: Record<string, string>[]
  next: string | null
}

describe.each([
  ['the embedded database', embeddedDatabases],
  ['a Postgres server', serverDatabases],
])('market data on %s', (_, openDatabases) => {
  const chain = fastExchange()
  let databases: TestDatabases
  let node: ChainServer
  let database: string
  let indexer: RunningIndexer

  const start = (at: string) => {
    const settings = {
      node: [node.url],
      database: at,
      port: 0,
      workers: 0,
      pollMilliseconds: 20,
      logLevel: 'silent',
    }
    return startIndexer({ ...configurationSchema.parse(settings), requestsPerSecond: 10_000 })
  }

  beforeAll(async () => {
    tellTradingStory(chain, 40)
    databases = await openDatabases()
    node = await serveChain(chain)
    serveListings(node)
    database = await databases.create()
    indexer = await start(database)
    await untilHeight(indexer, chain.height)
  })
  afterAll(async () => {
    await indexer?.stop()
    await node?.close()
    await databases?.close()
  })

  test('every answer is of the shape that the document names', async () => {
    const owner = account(1).address
    const orders = (await get(indexer, `/owners/${owner}/orders?state=all`)) as Page
    const batches = (await get(indexer, `/markets/${MARKET.id}/batches`)) as Page
    const values: Record<string, string> = {
      address: owner,
      market: MARKET.id,
      height: batches.items[0]!.height!,
      guard: orders.items[0]!.guard!,
    }
    const routes = ROUTES.filter(
      ({ path }) => /market|orders|fills/.test(path) && !/\.(csv|parquet)$/.test(path),
    )
    expect(routes.length).toBeGreaterThan(8)
    for (const { path, response } of routes) {
      const body: unknown = await get(
        indexer,
        path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name]!),
      )
      const parsed = response.safeParse(body)
      expect(parsed.error?.issues, path).toBeUndefined()
      if (typeof body === 'object' && body && 'items' in body) expect(body.items, path).not.toEqual([])
    }
  })

  test('lists go on page by page, without a gap or a repetition', async () => {
    const owner = `/owners/${account(1).address}`
    const market = `/markets/${MARKET.id}`
    const lists = [`${owner}/orders?state=all`, `${owner}/fills`, `${market}/trades`, `${market}/batches`]
    for (const path of [...lists, `${market}/candles?interval=1s`]) {
      const at = (query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`
      const whole = (await get(indexer, at('limit=500'))) as Page
      const parts: object[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = (await get(indexer, at(`limit=3${cursor && `&cursor=${cursor}`}`))) as Page
        parts.push(...page.items)
        cursor = page.next
      }
      expect(whole.items.length, path).toBeGreaterThan(3)
      expect(parts).toEqual(whole.items)
    }
  })

  test('the levels of an auction lead to its demand and supply', async () => {
    const { items } = (await get(indexer, `/markets/${MARKET.id}/batches?limit=500`)) as Page
    for (const { height, price } of items.filter(batch => batch.price !== null)) {
      const clearing = (await get(indexer, `/markets/${MARKET.id}/batches/${height}`)) as {
        demand: string
        supply: string
        exact: boolean
        levels: { side: string; tick: string; lots: string }[]
      }
      expect(clearing.exact, `block ${height}`).toBe(true)
      const sum = (wanted: (level: (typeof clearing.levels)[number]) => boolean) =>
        clearing.levels.filter(wanted).reduce((lots, level) => lots + BigInt(level.lots), 0n)
      const at = BigInt(price!)
      expect(sum(({ side, tick }) => side === 'buy' && BigInt(tick) >= at)).toBe(BigInt(clearing.demand))
      expect(sum(({ side, tick }) => side === 'sell' && BigInt(tick) <= at)).toBe(BigInt(clearing.supply))
    }
    await get(indexer, `/markets/${MARKET.id}/batches/999999`, 404)
  })

  test('the ticker is that of the tape and the book', async () => {
    const ticker = (await get(indexer, `/markets/${MARKET.id}/ticker`)) as Record<string, string>
    const { items: trades } = (await get(indexer, `/markets/${MARKET.id}/trades?limit=500`)) as Page
    const book = (await get(indexer, `/markets/${MARKET.id}/book`)) as Record<'bids' | 'asks', Page['items']>
    const prices = trades.map(({ price }) => Number(price))
    expect(ticker).toMatchObject({
      ...{ last: trades[0]!.price, open: trades.at(-1)!.price, trades: String(trades.length) },
      ...{ high: String(Math.max(...prices)), low: String(Math.min(...prices)) },
      lots: String(trades.reduce((sum, { lots }) => sum + BigInt(lots!), 0n)),
      ...{ bid: book.bids[0]?.tick ?? null, ask: book.asks[0]?.tick ?? null, height: String(chain.height) },
    })
    const ascending = (list: Page['items']) => list.map(({ tick }) => Number(tick))
    expect(ascending(book.bids)).toEqual(ascending(book.bids).sort((a, b) => b - a))
    expect(ascending(book.asks)).toEqual(ascending(book.asks).sort((a, b) => a - b))
  })

  test('the tape is exported as CSV, whole or in part', async () => {
    const { items } = (await get(indexer, `/markets/${MARKET.id}/trades?limit=500`)) as Page
    const csv = async (query: string) =>
      (await (await fetch(`${indexer.url}/markets/${MARKET.id}/trades.csv${query}`)).text())
        .trimEnd()
        .split('\n')
    const [header, ...lines] = await csv('')
    expect(header).toBe('height,time,price,lots,value,takerBuyLots,takerSellLots')
    expect(lines).toEqual(
      items
        .map(row =>
          header!
            .split(',')
            .map(name => row[name])
            .join(','),
        )
        .reverse(),
    )
    const [first, last] = [items[5]!.height!, items[2]!.height!]
    expect(await csv(`?from=${first}&to=${last}`)).toHaveLength(5)
  })

  test('the tape is exported as Parquet, whole or in part, and every integer is exact', async () => {
    const { items } = (await get(indexer, `/markets/${MARKET.id}/trades?limit=500`)) as Page
    const read = async (query: string) => {
      const response = await fetch(`${indexer.url}/markets/${MARKET.id}/trades.parquet${query}`)
      expect(response.headers.get('content-type')).toBe('application/vnd.apache.parquet')
      const file = await response.arrayBuffer()
      expect(parquetMetadata(file).key_value_metadata).toEqual([{ key: 'market', value: MARKET.id }])
      return (await parquetReadObjects({ file })) as Record<string, bigint | string>[]
    }
    const rows = await read('')
    expect(rows.map(({ value, height }) => [typeof value, typeof height])[0]).toEqual(['string', 'bigint'])
    const plain = rows.map(row =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
    )
    expect(plain).toEqual(items.map(({ market: _, ...row }) => row).reverse())
    const [first, last] = [items[5]!.height!, items[2]!.height!]
    expect(await read(`?from=${first}&to=${last}`)).toEqual(rows.slice(-6, -2))
    expect(await read('?from=999999')).toEqual([])
  })

  test('an unknown market and an unknown interval are refused', async () => {
    const nowhere = `/markets/0x${'00'.repeat(32)}`
    for (const path of [
      '',
      '/ticker',
      '/book',
      '/trades',
      '/candles',
      '/batches',
      '/trades.csv',
      '/trades.parquet',
    ]) {
      expect(((await get(indexer, nowhere + path, 404)) as { code: string }).code).toBe('request.not_found')
    }
    for (const query of [
      'candles?interval=2m',
      'book?levels=0',
      'book?levels=1001',
      'trades.csv?from=x',
      'trades.parquet?to=-1',
    ]) {
      const problem = (await get(indexer, `/markets/${MARKET.id}/${query}`, 400)) as { code: string }
      expect(problem.code).toBe('request.invalid')
    }
  })

  test('stopped and started anywhere, it has the same rows', async () => {
    const other = await databases.create()
    for (node.visible = 3; node.visible < chain.height; node.visible += 13) {
      const part = await start(other)
      await untilHeight(part, node.visible)
      await part.stop()
    }
    node.visible = undefined
    const rest = await start(other)
    await untilHeight(rest, chain.height)
    await rest.stop()
    await indexer.stop()
    const hashes = await tableHashes(database)
    expect(await tableHashes(other)).toEqual(hashes)
    for (const [table, rows] of Object.entries(hashes)) expect(`${table} ${rows}`).not.toMatch(/ 0 rows/)
    indexer = await start(database)
  })
})
