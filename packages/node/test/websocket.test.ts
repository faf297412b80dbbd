import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { MAX_SUBSCRIPTIONS } from '../src/rpc/subscriptions.ts'
import { CLOSE } from '../src/rpc/websocket.ts'
import { FEE, ownerOf, pay, type TestNode, temporaryDirectory, testNode, until } from './harness.ts'
import { instruct, MARKET, MARKET_TERMS, order, place, TOKEN } from './orders.ts'

const ETH = 10n ** 18n
let directory: ReturnType<typeof temporaryDirectory>
let node: TestNode
let sockets: Client[] = []

beforeEach(async () => {
  directory = temporaryDirectory()
  node = await testNode({ directory: directory.path, sockets: { queueBytes: 50_000, slowMilliseconds: 300 } })
})

afterEach(async () => {
  for (const { socket } of sockets) socket.terminate()
  sockets = []
  await node.close()
  directory.remove()
})

interface Event {
  height: string
  [name: string]: unknown
}

interface Client {
  socket: WebSocket
  events: Event[]
  call: (method: string, params?: unknown) => Promise<never>
}

async function connect(): Promise<Client> {
  const socket = new WebSocket(node.url.replace('http', 'ws'))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const waiting = new Map<
    number,
    (message: { result?: unknown; error?: { data: { code: string } } }) => void
  >()
  const client: Client = {
    socket,
    events: [],
    async call(method, params = []) {
      const id = waiting.size + 1
      const answer = new Promise<{ result?: unknown; error?: { data: { code: string } } }>(resolve =>
        waiting.set(id, resolve),
      )
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      const { result, error } = await answer
      if (error) throw error.data
      return result as never
    },
  }
  socket.on('message', data => {
    const message = JSON.parse(String(data))
    if (message.method === 'omg_subscription') client.events.push(message.params.result)
    else waiting.get(message.id)?.(message)
  })
  sockets.push(client)
  return client
}

async function deposit(count: number): Promise<void> {
  const before = node.services.ledger.tip.inboxCursor
  for (let i = 0; i < count; i++) {
    node.ethereum.deposit(ownerOf(1), ETH)
    await until(() => node.services.ledger.tip.inboxCursor === before + BigInt(i + 1), 'the deposit is in')
  }
}

test('blocks in order, and a resumed subscription misses none', async () => {
  const first = await connect()
  await first.call('omg_subscribe', { channel: 'blocks' })
  await deposit(3)
  await until(() => first.events.length >= 3, 'three blocks')
  const seen = first.events.map(({ height }) => Number(height))
  first.socket.terminate()
  await deposit(3)

  const second = await connect()
  await second.call('omg_subscribe', { channel: 'blocks', from: seen.at(-1)! + 1 })
  await deposit(1)
  const tip = Number(node.services.ledger.tip.height)
  await until(() => Number(second.events.at(-1)?.height) >= tip, 'up to the tip')
  const all = [...seen, ...second.events.map(({ height }) => Number(height))]
  expect(all).toEqual(Array.from({ length: all.length }, (_, i) => seen[0]! + i))
})

test('checkpoints, an owner, and a transaction through all its states', async () => {
  const client = await connect()
  const coin = node.ethereum.deposit(ownerOf(1), ETH)
  await until(() => node.services.outputs.get(coin) !== undefined, 'the deposit is in')
  const payment = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - FEE }] })
  await client.call('omg_subscribe', { channel: 'checkpoints' })
  await client.call('omg_subscribe', { channel: `owner:${ownerOf(2)}` })
  await client.call('omg_subscribe', { channel: `owner:${ownerOf(1)}`, from: '1' })
  await client.call('omg_subscribe', { channel: `transaction:${payment.hash}` })
  await client.call('omg_submit', [payment.hex])
  const states = () => client.events.filter(event => event.hash === payment.hash).map(({ status }) => status)
  await until(() => states().includes('committed'), 'the payment is committed')
  await until(() => client.events.some(({ headerHash }) => headerHash !== undefined), 'a checkpoint')
  await until(() => client.events.filter(({ received }) => received).length === 3, 'the owners learn of it')
  expect(client.events).toContainEqual(
    expect.objectContaining({ received: [expect.objectContaining({ id: coin, txHash: null })], sent: [] }),
  )
  expect(client.events).toContainEqual(expect.objectContaining({ received: [], sent: [payment.hash] }))
  expect(client.events).toContainEqual(
    expect.objectContaining({
      received: [expect.objectContaining({ id: payment.outputs[0], amount: String(ETH - FEE) })],
    }),
  )
})

test('unsubscribing, limits and bad channels', async () => {
  const client = await connect()
  const { subscription } = (await client.call('omg_subscribe', { channel: 'blocks' })) as {
    subscription: string
  }
  expect(await client.call('omg_unsubscribe', { subscription })).toBe(true)
  expect(await client.call('omg_unsubscribe', { subscription })).toBe(false)
  await expect(client.call('omg_subscribe', { channel: 'weather' })).rejects.toMatchObject({
    code: 'request.params',
  })
  for (let i = 0; i < MAX_SUBSCRIPTIONS; i++) await client.call('omg_subscribe', { channel: 'blocks' })
  await expect(client.call('omg_subscribe', { channel: 'blocks' })).rejects.toMatchObject({
    code: 'request.limit',
  })
  await expect(node.call('omg_subscribe', { channel: 'blocks' })).rejects.toMatchObject({
    code: 'request.method',
  })
  await deposit(1)
  expect(client.events.every(({ height }) => height !== undefined)).toBe(true)
})

test('a consumer that does not read is closed, and the others are not held up', async () => {
  const [slow, quick] = [await connect(), await connect()]
  await quick.call('omg_subscribe', { channel: 'blocks' })
  slow.socket.pause()
  const closed = new Promise<number>(resolve => slow.socket.once('close', resolve))
  const document = { jsonrpc: '2.0', id: 1, method: 'rpc.discover' }
  for (let i = 0; i < 1_500; i++) slow.socket.send(JSON.stringify(document))
  await deposit(2)
  await until(() => quick.events.length >= 2, 'the quick one reads on')
  await until(() => node.sockets.connections === 1, 'the slow one is gone')
  slow.socket.resume()
  expect([CLOSE.slow, 1006]).toContain(await closed)
})

test("tells of batches and of what becomes of an owner's orders", async () => {
  node.ethereum.list(MARKET_TERMS)
  const [eth, token, fees] = node.ethereum.depositMany([
    { owner: ownerOf(1), amount: ETH },
    { owner: ownerOf(2), amount: 100_000n, token: TOKEN },
    { owner: ownerOf(2), amount: ETH },
  ])
  await until(() => node.services.ledger.tip.inboxCursor === 3n, 'the deposits')
  const client = await connect()
  await client.call('omg_subscribe', ['batches'])
  await client.call('omg_subscribe', [`orders:${ownerOf(1)}`])

  const bid = order(1, 'buy', 30, 10)
  const change = [{ amount: ETH - bid.output.amount - FEE }]
  await node.call('omg_submit', [place({ from: 1, inputs: [eth!], orders: [bid], change }).hex])
  await until(() => client.events.length === 1, 'the order is placed')
  const ask = order(2, 'sell', 20, 4)
  const rest = [{ amount: ETH - FEE }, { token: TOKEN, amount: 100_000n - ask.output.amount }]
  const sale = place({ from: 2, inputs: [fees!, token!], orders: [ask], change: rest })
  await node.call('omg_submit', [sale.hex])
  await until(() => client.events.length === 3, 'they trade')
  await node.call('omg_submit', [instruct(1, [{ from: bid.guard }]).hex])
  await until(() => client.events.length === 4, 'the rest is cancelled')
  const named = { guard: bid.guard, market: MARKET.id }
  const batch = { market: MARKET.id, price: '25', volume: '4', fills: 2 }
  expect(client.events.filter(({ batches }) => batches)).toMatchObject([{ batches: [batch] }])
  expect(client.events.flatMap(({ orders }) => orders ?? [])).toEqual([
    { ...named, kind: 'placed', lots: '10', limit: '30', side: 'buy' },
    { ...named, kind: 'filled', lots: '4', price: '25', maker: expect.any(Boolean) },
    { ...named, kind: 'cancelled', lots: '6' },
  ])

  // Resumed from before: the same again. What this node does not remember is said so.
  const late = await connect()
  await late.call('omg_subscribe', { channel: `orders:${ownerOf(1)}`, from: 1 })
  await until(() => late.events.length === 3, 'all of it again')
})
