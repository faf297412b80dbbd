import { configurationSchema, type RunningIndexer, startIndexer } from '@omg/indexer'
import { startAnvil } from '@omg/rootchain/testing'
import type { Market, OmgClient } from '@omg/sdk'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openMarket, startNetwork, type TestNetwork } from './network.ts'

const TIMEOUT = 240_000
vi.setConfig({ testTimeout: TIMEOUT })

describe('an indexer beside a node, on a whole network', () => {
  let network: TestNetwork
  let indexer: RunningIndexer
  let alice: OmgClient
  let bob: OmgClient
  let market: Market

  beforeAll(async () => {
    network = await startNetwork(() => startAnvil({ blockTime: 1 }))
    const { node } = network
    const settings = { node: [node.url], database: 'memory:', port: 0, workers: 0, logLevel: 'silent' }
    indexer = await startIndexer({ ...configurationSchema.parse(settings), requestsPerSecond: 10_000 })
    ;({ alice, bob, market } = await openMarket(network, 'bonded'))
  }, 120_000)
  afterAll(async () => {
    await indexer?.stop()
    await network?.stop()
  })

  const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: TIMEOUT / 2, interval: 100 })

  async function get(path: string): Promise<Record<string, never> & { items: Record<string, string>[] }> {
    const response = await fetch(`${indexer.url}${path}`)
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
    return (await response.json()) as never
  }

  it('knows deposits, payments, trades and what is left of an order, as the node does', async () => {
    const sold = await alice.placeOrder({
      ...{ market, side: 'sell', price: market.priceOf('2000'), lots: 500n },
    })
    await alice.waitForOrder({ order: sold })
    const bought = await bob.placeOrder({ market, side: 'buy', type: 'market', slippageBps: 10, lots: 200n })
    await bob.waitForOrder({ order: bought, until: 'gone' })

    await until(async () => expect(await get(`/orders/${bought.guard}`)).toMatchObject({ status: 'filled' }))
    expect(await get(`/orders/${sold.guard}`)).toMatchObject({
      status: 'open',
      filled: '200',
      remaining: '300',
    })
    const [trade] = (await get(`/markets/${market.id}/trades`)).items
    expect(trade).toMatchObject({ lots: '200', takerBuyLots: '200' })
    const [fill] = (await get(`/owners/${bob.address()}/fills`)).items
    expect(fill).toMatchObject({ lots: '200', side: 'buy', maker: false, price: trade!.price })
    const book = await get(`/markets/${market.id}/book`)
    expect(book).toMatchObject({ bids: [], asks: [{ tick: '200000', lots: '300', orders: '1' }] })
    const ticker = await get(`/markets/${market.id}/ticker`)
    expect(ticker).toMatchObject({ last: trade!.price, ask: '200000', bid: null })

    for (const client of [alice, bob]) {
      await until(async () => {
        const { items } = await get(`/owners/${client.address()}/balances`)
        const coins = items
          .filter(({ heldAs }) => heldAs === 'coin')
          .map(({ token, amount }) => [token, amount])
        const known = (await client.getBalances()).map(({ token, amount }) => [
          token.toLowerCase(),
          String(amount),
        ])
        expect(coins.sort()).toEqual(known.filter(([, amount]) => amount !== '0').sort())
      })
    }
  })

  it('stands where the node stands, and knows what Ethereum accepted', async () => {
    await until(async () => {
      const { height, appHash, problem } = indexer.view.status()
      expect(problem).toBeNull()
      expect(height).toBeGreaterThanOrEqual(network.node.services.ledger.tip.height - 2n)
      const { services } = network.node
      const served = await services.blocks.block(height)
      expect(served?.block.appHash).toBe(appHash)
    })
    await until(async () => {
      const accepted = (await get('/checkpoints?limit=500')).items.filter(({ commitment }) => commitment)
      expect(accepted.length).toBeGreaterThan(0)
    })
  })
})
