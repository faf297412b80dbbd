import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNodes } from '@omg/follower'
import { account, coin, USD } from '@omg/ledger/testing'
import { type Hex, MAX_SIGNED_TRANSACTION_BYTES, OmgError, ok, type TxHash, toHex } from '@omg/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { configurationSchema } from '../src/configuration/configuration.ts'
import { type RunningIndexer, startIndexer } from '../src/index.ts'
import { MAX_SUBMISSION_BYTES, SubmissionDesk, type Submit, submitTo } from '../src/stream/submission.ts'
import {
  fastExchange,
  fundTraders,
  heldBy,
  MARKET,
  orderOutput,
  orderPayment,
  orderTerms,
  serveListings,
} from './market.ts'
import { untilHeight } from './rows.ts'
import { type ChainServer, serveChain } from './server.ts'
import { StreamClient } from './stream-client.ts'

const LIMITS = { submissions: 2, submissionsPerSecond: 5, submissionsInFlight: 3 }
const HASH = `0x${'ab'.repeat(32)}` as TxHash

describe('orders over the stream', () => {
  const chain = fastExchange()
  const seller = account(1)
  const [[cash, plain]] = fundTraders(chain, [seller]) as [[never, never]]
  let node: ChainServer
  let indexer: RunningIndexer
  let client: StreamClient

  beforeEach(async () => {
    node = await serveChain(chain)
    serveListings(node)
    const settings = { node: [node.url], database: 'memory:', port: 0, workers: 0, pollMilliseconds: 10 }
    indexer = await startIndexer(configurationSchema.parse({ ...settings, logLevel: 'silent' }))
    await untilHeight(indexer, chain.height)
    client = await StreamClient.open(indexer.url)
  })
  afterEach(async () => {
    client.close()
    await indexer.stop()
    await node.close()
  })

  test('what is handed in is the node’s, its answer comes back, and the order is heard of by its owner', async () => {
    const terms = orderTerms(seller, 'sell', 100)
    const outputs = [orderOutput(terms, heldBy(terms, 10_000)), coin(seller, 999_995n, USD)]
    const { signed, hash } = orderPayment(seller, [plain, cash], outputs, [terms])
    node.methods.set('omg_submit', ({ transaction }) => {
      expect(transaction).toBe(toHex(signed))
      return { txHash: hash }
    })
    const channel = `owner:${seller.address}`
    client.send({ op: 'subscribe', channel })
    await client.until(({ type }) => type === 'snapshot')
    client.send({ op: 'submit', id: 'first', transaction: toHex(signed).toUpperCase().replace('X', 'x') })
    expect(await client.until(({ id }) => id === 'first')).toEqual({
      ...{ type: 'submitted', id: 'first', txHash: hash },
    })
    node.methods.set('omg_submit', () => ({ txHash: null, instruction: HASH }))
    client.send({ op: 'submit', id: 2, transaction: '0x00' })
    expect(await client.until(({ id }) => id === 2)).toEqual({
      ...{ type: 'submitted', id: 2, txHash: null, instruction: HASH },
    })
    expect(chain.offer([signed])).toEqual([])
    const update = await client.until(({ channel: name, type }) => name === channel && type === 'update')
    expect(update.data).toMatchObject({ entered: [{ market: MARKET.id, side: 'sell', limitPrice: '100' }] })
  })

  test('what the node refuses has the node’s code, and the id', async () => {
    node.methods.set('omg_submit', () => {
      throw new OmgError('order.expired', 'the order is over', 'Sign another one.')
    })
    client.send({ op: 'submit', id: 7, transaction: '0x01' })
    expect(await client.until(({ id }) => id === 7)).toEqual({
      ...{ type: 'error', id: 7, code: 'order.expired', message: 'the order is over' },
      action: 'Sign another one.',
    })
  })

  test('what is malformed or too long is refused and goes nowhere', async () => {
    const seen: unknown[] = []
    node.methods.set('omg_submit', ({ transaction }) => {
      seen.push(transaction)
      return { txHash: HASH }
    })
    const longest = `0x${'00'.repeat(MAX_SIGNED_TRANSACTION_BYTES)}`
    const refusals = [
      { id: 1, transaction: '0x' },
      { id: 2, transaction: '0x0' },
      { id: 3, transaction: '0xzz' },
      { id: 4, transaction: 5 },
      { id: 5 },
      { id: 6, transaction: '0x00', extra: 1 },
      { id: 7, transaction: `${longest}00` },
    ]
    for (const message of refusals) {
      client.send({ op: 'submit', ...message })
      const answer = await client.until(({ id }) => id === message.id)
      expect([message.id, answer.code]).toEqual([message.id, 'request.invalid'])
    }
    for (const id of [undefined, 'x'.repeat(65), null]) {
      const before = client.messages.length
      client.send({ op: 'submit', id, transaction: '0x00' })
      await client.until(() => client.messages.length > before)
      expect(client.messages.at(-1)).toMatchObject({ type: 'error', code: 'request.invalid' })
    }
    expect(seen).toEqual([])
    client.send({ op: 'submit', id: 'x'.repeat(64), transaction: longest })
    await client.until(({ type }) => type === 'submitted')
    expect(seen).toEqual([longest])
    client.socket.send(' '.repeat(MAX_SUBMISSION_BYTES + 1))
    expect(await client.untilClosed()).toBe(1009)
  })

  test('a node that is dead, or says something else, is named, and the connection goes on', async () => {
    node.methods.set('omg_submit', () => ({ txHash: 'yes' }))
    client.send({ op: 'submit', id: 1, transaction: '0x00' })
    expect((await client.until(({ id }) => id === 1)).code).toBe('node.malformed')
    await node.close()
    client.send({ op: 'submit', id: 2, transaction: '0x00' })
    expect((await client.until(({ id }) => id === 2)).code).toBe('node.unreachable')
    client.send({ op: 'ping' })
    await client.until(({ type }) => type === 'pong')
  })
})

describe('a desk for transactions', () => {
  test('bounds what waits for the node, of one connection and of all', async () => {
    const answers: (() => void)[] = []
    const submit: Submit = () => new Promise(resolve => answers.push(() => resolve(ok({ txHash: HASH }))))
    const desk = new SubmissionDesk(submit, { ...LIMITS, submissionsPerSecond: 100 })
    const [first, second] = [desk.open(() => 0), desk.open(() => 0)]
    const waiting = [first('0x00'), first('0x00')]
    expect(await first('0x00')).toMatchObject({ ok: false, error: { code: 'request.limit' } })
    waiting.push(second('0x00'))
    expect(await second('0x00')).toMatchObject({ ok: false, error: { code: 'request.limit' } })
    for (const answer of answers.splice(0)) answer()
    expect((await Promise.all(waiting)).every(({ ok: taken }) => taken)).toBe(true)
    const again = second('0x00')
    answers[0]!()
    expect(await again).toMatchObject({ ok: true })
  })

  test('bounds what a connection hands in a second, and a failure gives its place back', async () => {
    let now = 0
    const failing: Submit = async () => {
      throw new Error('broken')
    }
    const place = new SubmissionDesk(failing, LIMITS).open(() => now)
    for (let i = 0; i < 10; i++) await expect(place('0x00')).rejects.toThrow('broken')
    expect(await place('0x00')).toMatchObject({ ok: false, error: { code: 'request.rate' } })
    now = 1000
    await expect(place('0x00')).rejects.toThrow('broken')
  })
})

test('of several nodes the first that answers decides', async () => {
  const replies = [{ result: { txHash: HASH } }, { error: { code: -32017, message: 'full' } }]
  let next = 0
  const server = createServer((_, response) => response.end(JSON.stringify(replies[next++])))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const submit = submitTo(createNodes(['http://127.0.0.1:1', url]))
  expect(await submit('0x00' as Hex)).toEqual({ ok: true, value: { txHash: HASH } })
  // An error without a code of ours.
  expect(await submit('0x00' as Hex)).toMatchObject({ ok: false, error: { code: 'node.malformed' } })
  server.close()
  server.closeAllConnections()
})
