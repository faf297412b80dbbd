import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNodes } from '@omg/follower'
import { account } from '@omg/ledger/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { configurationSchema } from '../src/configuration/configuration.ts'
import { type RunningIndexer, startIndexer } from '../src/index.ts'
import type { Hub } from '../src/stream/hub.ts'
import { type BookMessage, bookChecksum, type LevelTuple } from '../src/stream/levels.ts'
import { CLOSE, MAX_MESSAGE_BYTES, STREAM_LIMITS, serveStream } from '../src/stream/socket.ts'
import { MAX_SUBMISSION_BYTES, submitTo } from '../src/stream/submission.ts'
import { embeddedDatabases, type TestDatabases } from './databases.ts'
import { fastExchange, MARKET, serveListings, tellTradingStory } from './market.ts'
import { get, untilHeight } from './rows.ts'
import { type ChainServer, serveChain } from './server.ts'
import { type Message, StreamClient } from './stream-client.ts'

const BOOK = `book:${MARKET.id}`
const TRADES = `trades:${MARKET.id}`
const OWNER = `owner:${account(2).address}`
const isUpTo = (channel: string, height: number) => (message: Message) =>
  message.channel === channel && BigInt(message.sequence ?? 0) >= BigInt(height)

describe('the stream of an indexer', () => {
  const chain = fastExchange()
  tellTradingStory(chain, 40)
  for (let i = 0; i < 3; i++) chain.make([])
  let databases: TestDatabases
  let database: string
  let node: ChainServer
  let indexer: RunningIndexer
  const clients: StreamClient[] = []

  const start = () => {
    const settings = {
      node: [node.url],
      database,
      port: 0,
      workers: 0,
      pollMilliseconds: 10,
      logLevel: 'silent',
    }
    return startIndexer({ ...configurationSchema.parse(settings), requestsPerSecond: 10_000 })
  }
  const connect = async () => {
    const client = await StreamClient.open(indexer.url)
    clients.push(client)
    return client
  }
  /** Block by block, as they would come. */
  const reveal = async (height: number) => {
    while (node.visible! < height) {
      node.visible!++
      await untilHeight(indexer, node.visible!)
    }
  }

  beforeEach(async () => {
    databases = await embeddedDatabases()
    database = await databases.create()
    node = await serveChain(chain)
    serveListings(node)
    node.visible = 12
    indexer = await start()
    await untilHeight(indexer, 12)
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await indexer.stop()
    await node.close()
    await databases.close()
  })

  test('a book kept from snapshot and deltas is the book, and every checksum fits', async () => {
    const client = await connect()
    client.send({ op: 'subscribe', channel: BOOK })
    client.send({ op: 'subscribe', channel: 'blocks' })
    await client.until(({ channel, type }) => channel === 'blocks' && type === 'snapshot')
    await reveal(30)
    await client.until(isUpTo('blocks', 30))
    const [snapshot, ...updates] = client.of(BOOK)
    expect(snapshot?.type).toBe('snapshot')
    expect(updates.length).toBeGreaterThan(5)
    const book = new KeptBook(snapshot!.data as unknown as BookMessage)
    let last = snapshot!.sequence!
    for (const { type, sequence, previous, data } of updates) {
      expect(type).toBe('update')
      expect(BigInt(previous!)).toBeLessThanOrEqual(BigInt(last))
      expect(BigInt(sequence!)).toBeGreaterThan(BigInt(last))
      expect(book.apply(data as unknown as BookMessage)).toBe((data as unknown as BookMessage).checksum)
      last = sequence!
    }
    const served = (await get(indexer, `/markets/${MARKET.id}/book?levels=1000`)) as Record<
      'bids' | 'asks',
      { tick: string; lots: string; orders: string }[]
    >
    const plain = (side: 'bids' | 'asks') =>
      served[side].map(({ tick, lots, orders }) => [Number(tick), Number(lots), Number(orders)])
    expect([book.bids, book.asks]).toEqual([plain('bids'), plain('asks')])
  })

  test('trades, candles, ticker and what concerns an owner are those of the queries', async () => {
    const client = await connect()
    const [candles, ticker] = [`candles:${MARKET.id}:5m`, `ticker:${MARKET.id}`]
    for (const channel of [TRADES, candles, ticker, OWNER, 'blocks'])
      client.send({ op: 'subscribe', channel })
    for (const channel of [TRADES, candles, ticker, OWNER, 'blocks']) {
      await client.until(message => message.channel === channel && message.type === 'snapshot')
    }
    await reveal(40)
    const { items } = (await get(indexer, `/markets/${MARKET.id}/trades?limit=500`)) as {
      items: { height: string }[]
    }
    await client.until(isUpTo(TRADES, Number(items[0]!.height)))
    await client.until(isUpTo(ticker, Number(items[0]!.height)))
    await client.until(isUpTo(candles, Number(items[0]!.height)))
    await client.until(isUpTo('blocks', 40))
    const [first, ...later] = client.of(TRADES)
    expect([...later.map(({ data }) => data).reverse(), ...(first!.data as unknown as [])]).toEqual(items)
    const shown = (await get(indexer, `/markets/${MARKET.id}/candles?interval=5m`)) as { items: unknown[] }
    expect((client.of(candles).at(-1)!.data as unknown as unknown[]).at(-1)).toEqual(shown.items[0])
    const now = (await get(indexer, `/markets/${MARKET.id}/ticker`)) as Record<string, string>
    const { last, lots, bid } = client.of(ticker).at(-1)!.data as unknown as Record<string, string>
    expect({ last, lots }).toEqual({ last: now.last, lots: now.lots })
    expect(bid).toBeDefined()
    const fills = (await get(indexer, `/owners/${account(2).address}/fills?limit=500`)) as {
      items: { height: string }[]
    }
    const told = client
      .of(OWNER)
      .slice(1)
      .flatMap(({ data }) => (data as unknown as { fills: unknown[] }).fills)
    expect(told).toHaveLength(fills.items.filter(({ height }) => Number(height) > 12).length)
  })

  test('the best prices and the tickers of all markets are those of the book and of the queries', async () => {
    const client = await connect()
    const bbo = `bbo:${MARKET.id}`
    for (const channel of [bbo, BOOK, 'ticker', 'blocks']) {
      client.send({ op: 'subscribe', channel })
      await client.until(message => message.channel === channel && message.type === 'snapshot')
    }
    expect(client.of('ticker')[0]?.data).toMatchObject([{ market: MARKET.id, height: '12' }])
    await reveal(40)
    await client.until(isUpTo('blocks', 40))
    const [snapshot, ...updates] = client.of(BOOK)
    const book = new KeptBook(snapshot!.data as unknown as BookMessage)
    const expected = [{ sequence: '12', data: book.best }]
    for (const { sequence, data } of updates) {
      book.apply(data as unknown as BookMessage)
      if (JSON.stringify(book.best) === JSON.stringify(expected.at(-1)!.data)) continue
      expected.push({ sequence: sequence!, data: book.best })
    }
    expect(expected.length).toBeGreaterThan(3)
    expect(client.of(bbo).map(({ sequence, data }) => ({ sequence, data }))).toEqual(expected)
    const tickers = (await get(indexer, '/tickers')) as { items: Record<string, string>[]; next: null }
    expect(tickers).toMatchObject({ items: [{ market: MARKET.id }], next: null })
    expect(await get(indexer, `/markets/${MARKET.id}/ticker`)).toEqual(tickers.items[0])
    await client.until(isUpTo('ticker', Number(updates.at(-1)!.sequence)))
    const told = client.of('ticker').at(-1)!
    expect(told.data).toMatchObject([{ market: MARKET.id, height: told.sequence }])
  })

  test('the indicative batch is the one that comes, if nothing is placed or taken back before', async () => {
    await reveal(42)
    const client = await connect()
    const channel = `indicative:${MARKET.id}`
    client.send({ op: 'subscribe', channel })
    await client.until(message => message.channel === channel)
    await reveal(45)
    await client.until(isUpTo(channel, 45))
    const told = client.of(channel)
    expect(told.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['snapshot', '42'],
      ...['43', '44', '45'].map(sequence => ['update', sequence]),
    ])
    const batches = chain.executions.slice(42).map(({ batches: [batch] }) => batch!)
    expect(batches[0]!.volume).toBeGreaterThan(0)
    expect(told.slice(0, 3).map(({ data }) => data)).toEqual(
      batches.map(({ height, price, volume, demand, supply }) => ({
        ...{ height: String(height), price: price === undefined ? null : String(price) },
        ...{ volume: String(volume), imbalance: String(demand - supply) },
      })),
    )
  })

  test('a client that comes back hears exactly what it missed', async () => {
    const [stays, leaves] = [await connect(), await connect()]
    for (const client of [stays, leaves]) {
      for (const channel of [BOOK, TRADES, OWNER, 'blocks']) client.send({ op: 'subscribe', channel })
      await client.until(({ channel, type }) => channel === 'blocks' && type === 'snapshot')
    }
    await reveal(20)
    await leaves.until(isUpTo('blocks', 20))
    leaves.close()
    await reveal(33)
    const back = await connect()
    for (const channel of [BOOK, TRADES, OWNER, 'blocks']) {
      const from = leaves.of(channel).at(-1)!.sequence
      back.send({ op: 'subscribe', channel, from })
      await back.until(message => message.channel === channel)
    }
    await reveal(36)
    for (const client of [stays, back]) await client.until(isUpTo('blocks', 36))
    for (const channel of [BOOK, TRADES, OWNER, 'blocks']) {
      const [resumed, ...missed] = back.of(channel)
      expect(resumed).toEqual({ type: 'resumed', channel, sequence: leaves.of(channel).at(-1)!.sequence })
      expect([...leaves.of(channel), ...missed]).toEqual(stays.of(channel))
    }
  })

  test('what is not to be had any more, or never was, starts with a snapshot', async () => {
    await indexer.stop()
    indexer = await start()
    const client = await connect()
    const cases = { [BOOK]: '11', [TRADES]: '3', blocks: '400' }
    for (const [channel, from] of Object.entries(cases)) {
      client.send({ op: 'subscribe', channel, from })
      const first = await client.until(message => message.channel === channel)
      expect([channel, first.type, first.sequence]).toEqual([channel, 'snapshot', '12'])
    }
  })

  test('what is refused has a code, and the connection goes on', async () => {
    const client = await connect()
    const refusals = [
      ['{', 'request.invalid'],
      [{ op: 'subscribe' }, 'request.invalid'],
      [{ op: 'subscribe', channel: 'blocks', from: '-1' }, 'request.invalid'],
      [{ op: 'steal', channel: 'blocks' }, 'request.invalid'],
      [{ op: 'subscribe', channel: 'blocks:1' }, 'stream.channel'],
      [{ op: 'subscribe', channel: `book:0x${'00'.repeat(32)}` }, 'stream.channel'],
      [{ op: 'subscribe', channel: `candles:${MARKET.id}:2m` }, 'stream.channel'],
      [{ op: 'subscribe', channel: `candles:${MARKET.id}` }, 'stream.channel'],
    ] as const
    for (const [i, [message, code]] of refusals.entries()) {
      if (typeof message === 'string') client.socket.send(message)
      else client.send(message)
      await client.until(() => client.messages.length > i)
      expect([message, client.messages[i]?.code]).toEqual([message, code])
    }
    for (let i = 0; i <= STREAM_LIMITS.subscriptions; i++) {
      const channel = `owner:0x${i.toString(16).padStart(40, '0')}`
      client.send({ op: 'subscribe', channel })
      await client.until(() => client.messages.length > refusals.length + i)
    }
    expect(client.messages.at(-1)?.code).toBe('request.limit')
    client.send({ op: 'unsubscribe', channel: `owner:0x${'0'.repeat(40)}` })
    client.send({ op: 'ping' })
    await client.until(({ type }) => type === 'pong')
    const [fits, tooLong] = [MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES + 1].map(bytes =>
      '{"op":"ping"}'.padEnd(bytes),
    )
    client.socket.send(fits!)
    await client.until(() => client.messages.filter(({ type }) => type === 'pong').length === 2)
    client.socket.send(tooLong!)
    await client.until(() => client.messages.at(-1)?.code === 'request.limit')
    client.socket.send(' '.repeat(MAX_SUBMISSION_BYTES + 1))
    expect(await client.untilClosed()).toBe(1009)
  })
})

describe('clients that are no use', () => {
  const serve = async (subscribe: Hub['subscribe'], limits: Partial<typeof STREAM_LIMITS>) => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const left: string[] = []
    const hub = { subscribe, unsubscribe: (_: unknown, key: string) => left.push(key) } as unknown as Hub
    const stream = serveStream(server, hub, {
      ...{ limits, submit: submitTo(createNodes(['http://127.0.0.1:1'])) },
      onError: error => expect(error).toBeUndefined(),
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const close = () => {
      stream.close()
      server.close()
      server.closeAllConnections()
    }
    return { url, stream, left, close }
  }

  test('one that does not read is cut off at the bounded queue, and gives its channels back', async () => {
    const chunk = 'x'.repeat(256 * 1024)
    let sent = 0
    const flood: Hub['subscribe'] = async (subscriber, name) => {
      for (; sent < 400; sent++) {
        subscriber.send(chunk)
        await new Promise(resolve => setImmediate(resolve))
      }
      return name
    }
    const { url, stream, left, close } = await serve(flood, { queueBytes: 1024 * 1024 })
    const client = await StreamClient.open(url)
    client.send({ op: 'subscribe', channel: 'blocks' })
    client.socket.pause()
    while (stream.connections > 0) await new Promise(resolve => setTimeout(resolve, 10))
    expect(left).toEqual(['blocks'])
    client.close()
    close()
  })

  test('one that is gone without a word is noticed', async () => {
    const { url, stream, close } = await serve(async (_, name) => name, { pingMilliseconds: 20 })
    const [dead, living] = [await StreamClient.open(url, { autoPong: false }), await StreamClient.open(url)]
    expect(await dead.untilClosed()).toBe(1006)
    living.send({ op: 'ping' })
    await living.until(({ type }) => type === 'pong')
    expect(stream.connections).toBe(1)
    living.close()
    close()
  })

  test('one too many is asked to come later', async () => {
    const { url, close } = await serve(async (_, name) => name, { connections: 1 })
    const [first, second] = [await StreamClient.open(url), await StreamClient.open(url)]
    expect(await second.untilClosed()).toBe(CLOSE.tryLater)
    first.close()
    close()
  })
})

/** A book as a client keeps it. */
class KeptBook {
  readonly #sides = { bids: new Map<number, LevelTuple>(), asks: new Map<number, LevelTuple>() }

  constructor(snapshot: BookMessage) {
    expect(this.apply(snapshot)).toBe(snapshot.checksum)
  }

  get bids(): LevelTuple[] {
    return [...this.#sides.bids.values()].sort(([a], [b]) => b - a)
  }

  get asks(): LevelTuple[] {
    return [...this.#sides.asks.values()].sort(([a], [b]) => a - b)
  }

  get best() {
    return { bid: this.bids[0] ?? null, ask: this.asks[0] ?? null }
  }

  /** Returns the checksum of the book after the change. */
  apply({ bids, asks }: BookMessage): number {
    for (const [side, levels] of [['bids', bids] as const, ['asks', asks] as const]) {
      for (const level of levels) {
        if (level[1] === 0) this.#sides[side].delete(level[0])
        else this.#sides[side].set(level[0], level)
      }
    }
    return bookChecksum(this.bids, this.asks)
  }
}
