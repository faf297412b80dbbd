import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createNodes } from '@omg/follower'
import { createMapPool, fastKeccak256, Ledger } from '@omg/ledger'
import { type BenchOptions, type BenchResult, main, median, missesOf, ratioRow } from '@omg/ledger/bench'
import { installKeccak256 } from '@omg/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import { marketsOf } from '../src/block/trades.ts'
import { Replica } from '../src/chain/replica.ts'
import { insertRows, openStore, type Store } from '../src/store/database.ts'
import type { ExecutedBlock } from '../src/store/pending.ts'
import { Hub } from '../src/stream/hub.ts'
import { Levels } from '../src/stream/levels.ts'
import { serveStream } from '../src/stream/socket.ts'
import { submitTo } from '../src/stream/submission.ts'
import { EXCHANGE_PARAMETERS, exchangeAt, fastExchange, MARKET, tellTradingStory } from '../test/market.ts'

installKeccak256(fastKeccak256)

const CLIENTS = 200
const BLOCKS = 300
const QUICK_BLOCKS = 60
const TURNS = 5
const BUDGET = 0.7
/** From the bytes of a block to all that is told of it. */
const TELL_BUDGET_MILLISECONDS = 20
const CHANNEL = `book:${MARKET.id}`
/** What a trading page listens to. */
const CHANNELS = ['blocks', ...['book', 'bbo', 'trades', 'indicative'].map(kind => `${kind}:${MARKET.id}`)]
/** A block of Ethereum at which the market is listed. */
const LISTED = { origin: 10n, originTime: 1_000n }

/** Milliseconds of each block, of this thread's own time. */
interface Told {
  readonly blocks: readonly ExecutedBlock[]
  readonly texts: readonly string[]
  readonly milliseconds: readonly number[]
}

/**
 * One change of a book to 200 clients, block after block: the hub and the sockets of the indexer, beside a bare `ws` server that sends the same
 * texts to all of its clients. The clients are a process of their own; by turns, and by the time of this thread, so other work on the machine
 * falls on neither.
 */
export async function run({ quick = false }: BenchOptions = {}): Promise<BenchResult> {
  const chain = fastExchange()
  tellTradingStory(chain, quick ? QUICK_BLOCKS : BLOCKS)
  const store = await openStore('memory:')
  const listeners = fork(join(import.meta.dirname, 'listeners.ts'))
  try {
    const told = await tellAll(chain.blocks, store)
    const [ours, bare]: [number[], number[]] = [[], []]
    for (let turn = 0; turn <= TURNS; turn++) {
      const rates = [await hubRate(told, store, listeners), await bareRate(told.texts, listeners)] as const
      // The first turn is for the machine code to settle.
      if (turn === 0) continue
      ours.push(rates[0])
      bare.push(rates[1])
    }
    const times = told.milliseconds.slice(told.milliseconds.length >> 2).sort((a, b) => a - b)
    const at = (share: number) => times[Math.floor(share * (times.length - 1))]!
    const budget = `<= ${TELL_BUDGET_MILLISECONDS}`
    const rows = [
      ratioRow(
        `messages to ${CLIENTS} clients; peer: a bare ws broadcast`,
        median(ours),
        median(bare),
        '/s',
        BUDGET,
      ),
      {
        label: 'a block from its bytes to all its messages, thread time, median',
        ours: at(0.5),
        unit: 'ms',
        budget,
      },
      { label: 'the same, 99 of 100', ours: at(0.99), unit: 'ms', budget },
    ]
    const name = `${told.texts.length} changes of a book, state ${chain.ledger.tip.appHash.slice(2, 18)}`
    return { name, rows, misses: missesOf(rows) }
  } finally {
    listeners.disconnect()
    await store.close()
  }
}

const milliseconds = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1000

/** Executes the chain and tells it, with one client of every channel that costs something. */
async function tellAll(bytes: readonly Uint8Array[], store: Store): Promise<Told> {
  const pool = createMapPool({ domain: EXCHANGE_PARAMETERS.domain, workers: 0 })
  const replica = new Replica(new Ledger(EXCHANGE_PARAMETERS), pool)
  const hub = new Hub(store, replica.ledger, new Levels())
  const texts: string[] = []
  const send = (text: string) => {
    if (text.startsWith(`{"type":"update","channel":"${CHANNEL}"`)) texts.push(text)
  }
  const exchange = exchangeAt(LISTED.origin, LISTED.originTime)
  await insertRows(store.writer, 'markets', marketsOf(exchange, 1n, new Map()))
  for (const channel of CHANNELS) await hub.subscribe({ send }, channel, undefined)
  const blocks: ExecutedBlock[] = []
  const times: number[] = []
  for (const block of bytes) {
    const start = process.threadCpuUsage()
    const prepared = replica.prepare(block, replica.ledger.tip.height + 1n)
    if (!prepared.ok) throw prepared.error
    const { origin, originTime } = prepared.value.block
    const view = { exchange: exchangeAt(origin, originTime), locked: { size: 0, blocks: () => false } }
    const executed = await replica.execute(prepared.value, view)
    if (!executed.ok) throw executed.error
    hub.tell([executed.value])
    times.push(milliseconds(process.threadCpuUsage(start)))
    blocks.push(executed.value)
  }
  await pool.close()
  return { blocks, texts, milliseconds: times }
}

/** Messages a second of this thread's time: the hub tells the blocks again, to sockets. */
async function hubRate({ blocks, texts }: Told, store: Store, listeners: ChildProcess): Promise<number> {
  const server = createServer()
  const hub = new Hub(store, new Ledger(EXCHANGE_PARAMETERS), new Levels())
  const onError = (error: unknown) => {
    throw error
  }
  const stream = serveStream(server, hub, { submit: submitTo(createNodes(['http://127.0.0.1:1'])), onError })
  const url = `${await listen(server)}/stream`
  const used = await broadcast(listeners, { url, channel: CHANNEL, expected: texts.length }, blocks, block =>
    hub.tell([block]),
  )
  stream.close()
  server.close()
  return (CLIENTS * texts.length) / used
}

/** The same of a server that sends the same texts to everybody, and does nothing else. */
async function bareRate(texts: readonly string[], listeners: ChildProcess): Promise<number> {
  const server = createServer()
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  const clients = new Set<WebSocket>()
  sockets.on('connection', socket => {
    clients.add(socket)
    socket.on('close', () => clients.delete(socket))
    socket.on('error', () => {})
  })
  const url = await listen(server)
  const used = await broadcast(listeners, { url, expected: texts.length }, texts, text => {
    for (const client of clients) client.send(text)
  })
  sockets.close()
  server.close()
  return (CLIENTS * texts.length) / used
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Seconds of this thread from the first message until the last client has heard the last one. */
async function broadcast<T>(
  listeners: ChildProcess,
  order: { url: string; channel?: string; expected: number },
  items: readonly T[],
  send: (item: T) => void,
): Promise<number> {
  listeners.send({ ...order, clients: CLIENTS })
  await once(listeners, 'message')
  const start = process.threadCpuUsage()
  for (const item of items) {
    send(item)
    // As blocks come: each on its own.
    await new Promise(resolve => setImmediate(resolve))
  }
  await once(listeners, 'message')
  return milliseconds(process.threadCpuUsage(start)) / 1000
}

if (import.meta.main) await main(run)
