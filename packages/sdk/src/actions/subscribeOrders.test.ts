import { address, marketId } from '@omg/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, expect, it, vi } from 'vitest'
import { ETH_USD, GOLD_USD } from '../../test/fakeExchange.ts'
import { type FakeNode, id, startFakeNode } from '../../test/fakeNode.ts'
import { createClient } from '../createClient.ts'

let node: FakeNode
afterEach(() => node[Symbol.asyncDispose]())

const account = privateKeyToAccount(`0x${'01'.repeat(32)}`)
const market = marketId(ETH_USD)
/** Nothing here takes long; a busy machine may. */
const PATIENCE_MS = 60_000

async function open() {
  node = await startFakeNode()
  const client = createClient({ node: node.webSocketUrl, account })
  const heard = { seen: [] as unknown[], errors: [] as unknown[] }
  const until = (count: number) => vi.waitFor(() => expect(heard.seen).toHaveLength(count), PATIENCE_MS)
  return { client, heard, until }
}

const subscribed = () => vi.waitFor(() => expect(node.subscribed).toHaveLength(1), PATIENCE_MS)

it('tells what happens to the orders of an owner', async () => {
  const { client, heard, until } = await open()
  client.subscribeOrders({
    from: 3n,
    onChange: change => heard.seen.push(change),
    onError: error => heard.errors.push(error),
  })
  await subscribed()
  const channel = `orders:${address(account.address)}`
  expect(node.subscribed).toEqual([{ channel, from: '3' }])
  const about = { guard: id(1), market }
  node.tell(channel, {
    height: '7',
    orders: [
      { ...about, kind: 'placed', lots: '9', limit: '101', side: 'buy' },
      { ...about, kind: 'filled', lots: '4', price: '100', maker: true },
      { ...about, kind: 'released', lots: '2', reason: 'expired' },
      { ...about, kind: 'cancelled', lots: '3' },
    ],
  })
  await until(4)
  expect(heard.seen).toEqual([
    { ...about, height: 7n, kind: 'placed', lots: 9n, limit: 101n, side: 'buy' },
    { ...about, height: 7n, kind: 'filled', lots: 4n, price: 100n, isMaker: true },
    { ...about, height: 7n, kind: 'released', lots: 2n, reason: 'expired' },
    { ...about, height: 7n, kind: 'cancelled', lots: 3n },
  ])
  node.tell(channel, { height: '8', orders: [{ ...about, kind: 'vanished', lots: '1' }] })
  node.tell(channel, { height: '9', pruned: true })
  await vi.waitFor(
    () => expect(heard.errors).toMatchObject([{ code: 'node.answer' }, { code: 'subscription.pruned' }]),
    PATIENCE_MS,
  )
  client.close()
})

it('tells the batches of one market, or of all', async () => {
  const { client, heard, until } = await open()
  client.subscribeBatches({ market, onBatch: batch => heard.seen.push(batch) })
  await subscribed()
  const other = marketId(GOLD_USD)
  node.tell('batches', {
    height: '7',
    batches: [
      { market: other, price: '5', volume: '3', fills: 2 },
      { market, price: '100', volume: '8', fills: 4 },
      { market, price: null, volume: '0', fills: 0 },
    ],
  })
  await until(2)
  expect(heard.seen).toEqual([
    { height: 7n, market, price: 100n, volume: 8n, fills: 4 },
    { height: 7n, market, price: undefined, volume: 0n, fills: 0 },
  ])
  client.close()
})
