import { ENTRY_BYTES, readEntry, saveUnspent } from '@omg/ledger'
import { account } from '@omg/ledger/testing'
import { encodeHeader, type Hash, toHex } from '@omg/protocol'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ROUTES } from '../src/api/server.ts'
import { configurationSchema } from '../src/configuration/configuration.ts'
import { type RunningIndexer, startIndexer } from '../src/index.ts'
import { type TestChain, tellStory, testChain } from './chain.ts'
import { embeddedDatabases, serverDatabases, type TestDatabases } from './databases.ts'
import { headerOf } from './headers.ts'
import { get, tableHashes, untilHeight } from './rows.ts'
import { type ChainServer, serveChain } from './server.ts'

const BLOCKS = 12
/** F1: the origin under which Ethereum took the first checkpoint, later than that of its blocks. */
const RENEWED = { origin: 1_000_000n, originHash: `0x${'0e'.repeat(32)}` as Hash }

describe.each([
  ['the embedded database', embeddedDatabases],
  ['a Postgres server', serverDatabases],
])('an indexer on %s', (_, openDatabases) => {
  const chain = testChain()
  const headerHash = `0x${'ab'.repeat(32)}`
  const transaction = `0x${'cd'.repeat(32)}`
  let databases: TestDatabases
  let node: ChainServer
  let indexer: RunningIndexer

  const start = (database: string) => {
    const settings = {
      node: [node.url],
      database,
      port: 0,
      workers: 0,
      pollMilliseconds: 20,
      logLevel: 'silent',
    }
    return startIndexer({ ...configurationSchema.parse(settings), requestsPerSecond: 10_000 })
  }

  beforeAll(async () => {
    tellStory(chain, BLOCKS)
    databases = await openDatabases()
    node = await serveChain(chain)
    node.methods.set('omg_getCheckpoint', ({ number }) => {
      const isAccepted = number === '1'
      const [acceptedBlock, acceptedTime] = isAccepted ? ['17', '1234'] : [null, null]
      const acceptedTransaction = isAccepted ? transaction : null
      const closed = chain.checkpoints.find(({ checkpoint }) => String(checkpoint) === number)!
      const header = toHex(encodeHeader({ ...headerOf(closed), ...RENEWED }))
      return { header, headerHash, acceptedBlock, acceptedTime, acceptedTransaction }
    })
    indexer = await start(await databases.create())
    await untilHeight(indexer, chain.height)
  })
  afterAll(async () => {
    await indexer?.stop()
    await node?.close()
    await databases?.close()
  })

  test('has exactly the live outputs of the chain, and balances and supplies that add up', async () => {
    const { reader } = indexer.view
    const rows = await reader.selectFrom('outputs').select('id').where('spentHeight', 'is', null).execute()
    expect(rows.map(({ id }) => id).sort()).toEqual(liveIds(chain))
    const sums = sql<{ token: string; held: bigint }>`select token, sum(amount) as held from balances
      where held_as <> 'item' group by token order by token`
    const supplies = await reader.selectFrom('tokens').select(['token', 'supply']).orderBy('token').execute()
    const expected = supplies.filter(({ supply }) => supply > 0n)
    expect((await sums.execute(reader)).rows).toEqual(
      expected.map(({ token, supply }) => ({ token, held: supply })),
    )
    const { collected } = await reader
      .selectFrom('tokens')
      .select(sql<bigint>`sum(deposited - supply)`.as('collected'))
      .executeTakeFirstOrThrow()
    expect(collected).toBeGreaterThan(0n)
  })

  test('stopped and started anywhere, or filled anew, it has the same rows', async () => {
    const [once, often] = [await databases.create(), await databases.create()]
    const runTo = async (database: string, height: number) => {
      node.visible = height
      const part = await start(database)
      await untilHeight(part, height)
      await part.stop()
    }
    for (const height of [3, 8, chain.height]) await runTo(often, height)
    await runTo(once, chain.height)
    node.visible = undefined
    expect(await tableHashes(often)).toEqual(await tableHashes(once))
  })

  test('a database has one indexer at a time', async () => {
    const database = await databases.create()
    const first = await start(database)
    await expect(start(database)).rejects.toMatchObject({ code: 'indexer.store' })
    await first.stop()
    await (await start(database)).stop()
  })

  test('every answer is of the shape that the document names', async () => {
    const owner = account(1).address
    const { items } = (await get(indexer, '/blocks/3/transactions')) as { items: { hash: string }[] }
    const { items: outputs } = (await get(indexer, `/owners/${owner}/outputs`)) as {
      items: { id: string; token: string }[]
    }
    const values: Record<string, string> = {
      height: '3',
      hash: items[0]!.hash,
      id: outputs[0]!.id,
      address: owner,
    }
    for (const { path, response } of ROUTES) {
      if (/\{market\}|\{guard\}/.test(path)) continue
      if (path === '/tokens/{address}/fees') values.address = outputs[0]!.token
      const body: unknown = await get(
        indexer,
        path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name]!),
      )
      const parsed = response.safeParse(body)
      expect(parsed.error?.issues, path).toBeUndefined()
    }
  })

  test('lists go on page by page, without a gap or a repetition', async () => {
    const owner = account(2).address
    const lists = ['/blocks', '/checkpoints', '/blocks/4/transactions', '/tokens']
    const ofOwner = ['outputs?state=all', 'balances', 'activity'].map(name => `/owners/${owner}/${name}`)
    for (const path of [...lists, ...ofOwner]) {
      const at = (query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`
      const whole = (await get(indexer, at('limit=500'))) as { items: object[]; next: null }
      const parts: object[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = (await get(indexer, at(`limit=2${cursor && `&cursor=${cursor}`}`))) as {
          items: object[]
          next: string | null
        }
        expect(page.items.length).toBeLessThanOrEqual(2)
        parts.push(...page.items)
        cursor = page.next
      }
      expect(whole.next).toBeNull()
      expect(whole.items.length, path).toBeGreaterThan(1)
      expect(parts).toEqual(whole.items)
    }
  })

  test('a page of any other origin may read, also what is refused', async () => {
    const headers = { origin: 'http://127.0.0.1:8080' }
    for (const path of ['/status', '/health', '/openapi.json', '/nowhere', '/blocks?limit=0']) {
      const response = await fetch(indexer.url + path, { headers })
      expect([path, response.headers.get('access-control-allow-origin')]).toEqual([path, '*'])
      await response.body?.cancel()
    }
    const asked = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'accept' }
    const preflight = await fetch(`${indexer.url}/blocks`, {
      method: 'OPTIONS',
      headers: { ...headers, ...asked },
    })
    expect(preflight.ok).toBe(true)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-methods')).toContain('GET')
    // A WebSocket from a page names its origin, too.
    const socket = new WebSocket(`${indexer.url.replace('http', 'ws')}/stream`, { headers })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    socket.close()
  })

  test('what is refused has a code and an action', async () => {
    const refusals = {
      '/blocks/999': [404, 'request.not_found'],
      '/blocks/01': [400, 'request.invalid'],
      '/nowhere': [404, 'request.not_found'],
      '/blocks?limit=0': [400, 'request.invalid'],
      '/blocks?limit=501': [400, 'request.invalid'],
      '/blocks?order=asc': [400, 'request.invalid'],
      '/blocks?cursor=WyJ4Il0': [400, 'request.cursor'],
      '/blocks?cursor=%7B': [400, 'request.cursor'],
      '/owners/0x12/outputs': [400, 'request.invalid'],
      [`/transactions/0x${'00'.repeat(32)}`]: [404, 'request.not_found'],
    } as const
    for (const [path, [status, code]] of Object.entries(refusals)) {
      const problem = (await get(indexer, path, status)) as { code: string; action: string }
      expect([path, problem.code]).toEqual([path, code])
      expect(problem.action).not.toBe('')
    }
    expect(((await get(indexer, '/openapi.json')) as { openapi: string }).openapi).toBe('3.1.0')
    expect(await (await fetch(`${indexer.url}/metrics`)).text()).toContain(
      `omg_indexer_height ${chain.height}`,
    )
  })

  test('checkpoints say when Ethereum accepted them, and with which origin, once the node knows', async () => {
    for (;;) {
      const { items } = (await get(indexer, '/checkpoints')) as {
        items: { number: string; origin: string; originHash: string; commitment: object | null }[]
      }
      const [first, second] = [...items].reverse()
      expect([first?.number, second?.commitment]).toEqual(['1', null])
      expect(second?.origin).not.toBe(String(RENEWED.origin))
      if (first!.commitment === null) continue
      const ethereum = { ethereumBlock: '17', ethereumTime: '1234', ethereumTransaction: transaction }
      expect(first!.commitment).toEqual({ headerHash, ...ethereum })
      expect(first).toMatchObject({ ...RENEWED, origin: String(RENEWED.origin) })
      break
    }
  })

  test('a block that breaks a rule stops it where it is, and the right one in its place lets it go on', async () => {
    const forged = new Uint8Array(chain.blocks[2]!)
    forged[forged.length - 1]! ^= 1
    node.instead.set(3, forged)
    const misled = await start(await databases.create())
    await untilHeight(misled, 2)
    await expect(untilHeight(misled, 3)).rejects.toMatchObject({ name: 'OmgError' })
    expect(misled.view.status().height).toBe(2n)
    node.instead.clear()
    while (misled.view.status().height < 4n) await new Promise(resolve => setTimeout(resolve, 5))
    expect(misled.view.status().problem).toBeNull()
    await misled.stop()
  })
})

function liveIds({ ledger }: TestChain): string[] {
  const [, ...chunks] = saveUnspent(ledger.unspent)
  return chunks
    .flatMap(chunk =>
      Array.from({ length: chunk.length / ENTRY_BYTES }, (_, i) => readEntry(chunk, i * ENTRY_BYTES).id),
    )
    .sort()
}
