import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'
import { omg } from '@omg/ccxt'
import * as ccxt from 'ccxt'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'

const ID = `0x${'5e'.repeat(32)}`
const BOOK = `book:${ID}`
const TOKEN = `0x${'ab'.repeat(20)}`
const SYMBOL = 'ETH/TUSD'
const currency = (id: string, code: string, decimals: number) => ({
  id,
  code,
  precision: 1e-6,
  info: { decimals },
})

/** An indexer's stream that says what a test wants it to say. */
describe('a stream that misbehaves', () => {
  let server: WebSocketServer
  let exchange: omg
  let sockets: WebSocket[]
  let asked: ccxt.Dict[]
  /** Answers to subscriptions of the book, in order. */
  let answers: ((socket: WebSocket, message: ccxt.Dict) => void)[]

  const snapshot = (sequence: string, bids: number[][], checksum?: number) => (socket: WebSocket) => {
    const text = bids.map(([tick, lots]) => `${tick}:${lots}`).join(':')
    const data = { bids, asks: [], checksum: checksum ?? crc32(text) }
    socket.send(JSON.stringify({ type: 'snapshot', channel: BOOK, sequence, data }))
  }
  const update = (sequence: string, previous: string, bids: number[][], checksum: number) =>
    JSON.stringify({ type: 'update', channel: BOOK, sequence, previous, data: { bids, asks: [], checksum } })

  beforeEach(async () => {
    ;[sockets, asked, answers] = [[], [], []]
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await new Promise(resolve => server.once('listening', resolve))
    server.on('connection', socket => {
      sockets.push(socket)
      socket.on('message', data => {
        const message = JSON.parse(String(data)) as ccxt.Dict
        if (message.op !== 'subscribe' || message.channel !== BOOK) return
        asked.push(message)
        answers.shift()?.(socket, message)
      })
    })
    const ws = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/stream`
    const terms = {
      base: `0x${'00'.repeat(20)}`,
      quote: TOKEN,
      tick: '10',
      lot: '1000000000000000',
      minimumSize: '1',
    }
    const market = {
      id: ID,
      symbol: SYMBOL,
      base: 'ETH',
      quote: 'TUSD',
      spot: true,
      info: { ...terms, tier: 'bonded' },
    }
    exchange = new omg({ urls: { api: { ws } }, options: { ws: { backoff: { base: 1 } } } })
    const currencies = { ETH: currency(terms.base, 'ETH', 18), TUSD: currency(TOKEN, 'TUSD', 6) }
    exchange.setMarkets([market], currencies as never)
    Object.assign(exchange, { marketsLoading: Promise.resolve(exchange.markets) })
  })
  afterEach(async () => {
    await exchange.close()
    for (const socket of sockets) socket.terminate()
    await new Promise(resolve => server.close(resolve))
  })

  const watch = async () => [...(await exchange.watchOrderBook(SYMBOL)).bids].map(level => [...level])

  it('a book with a wrong checksum is refused, and begun anew', async () => {
    answers = [snapshot('7', [[100, 5]], 1), snapshot('8', [[100, 6]])]
    await expect(exchange.watchOrderBook(SYMBOL)).rejects.toBeInstanceOf(ccxt.ChecksumError)
    expect(await watch()).toEqual([[1, 0.006]])
    expect(asked).toEqual([
      { op: 'subscribe', channel: BOOK },
      { op: 'subscribe', channel: BOOK },
    ])
  })

  it('a gap is asked for, from the last block that was taken in', async () => {
    const missing = (socket: WebSocket) => {
      socket.send(JSON.stringify({ type: 'resumed', channel: BOOK, sequence: '7' }))
      socket.send(update('8', '7', [[101, 2]], crc32('101:2:100:5')))
      socket.send(update('9', '8', [[100, 0]], crc32('101:2')))
    }
    answers = [snapshot('7', [[100, 5]]), missing]
    expect(await watch()).toEqual([[1, 0.005]])
    const next = watch()
    // Block 8 is missing: nothing may be told of 9 without it.
    sockets[0]!.send(update('9', '8', [[100, 0]], crc32('101:2')))
    await next
    await vi.waitFor(() => expect(exchange.orderbooks[SYMBOL]!.nonce).toBe(9), 60_000)
    expect([...exchange.orderbooks[SYMBOL]!.bids].map(level => [...level])).toEqual([[1.01, 0.002]])
    expect(asked[1]).toEqual({ op: 'subscribe', channel: BOOK, from: '7' })
  })

  it('a lost connection is resumed; what comes twice counts once', async () => {
    const again = (socket: WebSocket) => {
      socket.send(update('7', '6', [[100, 1]], 0))
      socket.send(update('8', '7', [[100, 9]], crc32('100:9')))
    }
    answers = [snapshot('7', [[100, 5]]), again]
    await watch()
    const lost = expect(watch()).rejects.toBeInstanceOf(ccxt.NetworkError)
    sockets[0]!.terminate()
    await lost
    expect(await watch()).toEqual([[1, 0.009]])
    expect(asked[1]).toEqual({ op: 'subscribe', channel: BOOK, from: '7' })
  })

  it.each([
    ['an update without a snapshot', update('9', '8', [], 0), ccxt.BadResponse],
    [
      'levels that are no numbers',
      JSON.stringify({
        type: 'snapshot',
        channel: BOOK,
        sequence: '7',
        data: { bids: [['x', 1]], asks: [], checksum: 0 },
      }),
      ccxt.BadResponse,
    ],
    [
      'a sequence that is no integer',
      JSON.stringify({ type: 'update', channel: BOOK, sequence: 'x' }),
      ccxt.BadResponse,
    ],
    [
      'a refusal',
      JSON.stringify({
        type: 'error',
        code: 'stream.channel',
        message: 'there is no market',
        action: 'Name one.',
      }),
      ccxt.BadSymbol,
    ],
    [
      'a refusal without a known code',
      JSON.stringify({ type: 'error', code: 'x', message: '', action: '' }),
      ccxt.ExchangeError,
    ],
  ])('%s', async (_, text, Class) => {
    answers = [socket => socket.send(text)]
    await expect(exchange.watchOrderBook(SYMBOL)).rejects.toBeInstanceOf(Class)
  })

  it('what is no message of a channel is passed over', async () => {
    answers = [
      socket => {
        for (const text of ['null', '[]', '17', 'no JSON', '{"type":"snapshot","channel":"trades:0x"}'])
          socket.send(text)
        snapshot('7', [[100, 5]])(socket)
      },
    ]
    expect(await watch()).toEqual([[1, 0.005]])
  })
})
