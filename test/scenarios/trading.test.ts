import { type Address, type MarketTerms, ZERO_ADDRESS } from '@omg/protocol'
import { listMarket } from '@omg/rootchain'
import { DEPLOYER, mintUsd, startAnvil } from '@omg/rootchain/testing'
import { createClient, type Market, type OmgClient, type OrderChange, webSocket } from '@omg/sdk'
import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startNetwork, type TestNetwork } from './network.ts'

const [ALICE, BOB, MERCHANT] = [1, 2, 3]
const dollars = (whole: bigint) => whole * 10n ** 6n
const TIMEOUT = 240_000
vi.setConfig({ testTimeout: TIMEOUT })

describe('trading through the SDK on a whole network', () => {
  let network: TestNetwork
  let alice: OmgClient
  let bob: OmgClient
  let usd: Address
  let market: Market
  const changes: OrderChange[] = []

  beforeAll(async () => {
    network = await startNetwork(() => startAnvil({ blockTime: 1 }))
    usd = network.deployment.testTokens!.usd
    // A tick is 0.01 dollars for one ether, a lot 0.001 ether.
    const terms: MarketTerms = {
      base: ZERO_ADDRESS,
      quote: usd,
      tick: 10n,
      lot: 10n ** 15n,
      tier: 'bonded',
      minimumSize: 2n,
    }
    await listMarket(network.rootChain(DEPLOYER), { terms })
    alice = network.wallet(ALICE, webSocket(network.node.url.replace('http', 'ws')))
    bob = network.wallet(BOB)
    for (const wallet of [ALICE, BOB]) await mintUsd(network.rootChain(wallet), dollars(100_000n))
    const deposits = [
      [alice, { amount: parseEther('10') }],
      [alice, { token: usd, amount: dollars(50_000n) }],
      [bob, { amount: parseEther('10') }],
      [bob, { token: usd, amount: dollars(50_000n) }],
    ] as const
    const ids = []
    for (const [wallet, deposit] of deposits) ids.push((await wallet.deposit(deposit)).id)
    for (const id of ids) await alice.waitForOutput({ id, until: 'committed' })
    market = (await alice.getMarkets())[0]!
    alice.subscribeOrders({ onChange: change => changes.push(change) })
  }, 120_000)
  afterAll(() => network?.stop())

  const until = (check: () => void | Promise<void>) =>
    vi.waitFor(check, { timeout: TIMEOUT / 2, interval: 50 })

  async function held(client: OmgClient, token: Address): Promise<bigint> {
    return (await client.getBalances()).find(balance => balance.token === token)?.amount ?? 0n
  }

  async function tradable(client: OmgClient, token: Address): Promise<bigint> {
    return (await client.getTradingBalances()).find(balance => balance.token === token)?.amount ?? 0n
  }

  it('markets come from Ethereum with their units', () => {
    expect(market).toMatchObject({ symbol: 'ETH/TUSD', state: 'active', lastPrice: undefined, orders: 0 })
    expect(market.priceText(market.priceOf('2000.5'))).toBe('2000.5')
  })

  it('an order from coins meets one from a trading balance, at one price', async () => {
    const { payment } = await alice.openTradingBalance({ amount: parseEther('4'), parts: 4 })
    await alice.waitForReceipt({ hash: payment.hash })
    const ask = {
      market,
      side: 'sell',
      price: market.priceOf('2000'),
      lots: market.lotsOf('0.5'),
      from: 'trading',
    } as const
    const offered = await alice.placeOrder({ ...ask, postOnly: true, clientId: 'first' })
    expect(await alice.waitForOrder({ order: offered })).toMatchObject({
      order: { lots: 500n, release: undefined },
    })
    expect((await bob.getBook({ market })).asks).toEqual([{ price: 200_000n, lots: 500n, orders: 1 }])

    const bought = await bob.placeOrder({ market, side: 'buy', type: 'market', slippageBps: 10, lots: 200n })
    await bob.waitForOrder({ order: bought, until: 'gone' })
    await until(async () => expect(await held(bob, ZERO_ADDRESS)).toBeGreaterThan(parseEther('10')))
    expect(await alice.getOrder({ guard: offered.guard })).toMatchObject({
      lots: 300n,
      height: expect.any(BigInt),
    })
    // The first price of a market is the middle of what both sides would take: 2000 to 2002.
    await until(async () => expect(await tradable(alice, usd)).toBe(dollars(2_001n) / 5n))
    expect((await alice.getMarkets())[0]!.lastPrice).toBe(200_100n)
    await until(() =>
      expect(changes.map(({ kind, lots }) => [kind, lots])).toEqual([
        ['placed', 500n],
        ['filled', 200n],
      ]),
    )
  })

  it('orders are amended, batched and cancelled', async () => {
    const [standing] = (await alice.getOrders()).orders
    const smaller = await alice.amendOrder({ order: standing!, lots: 100n })
    await alice.waitForInstruction(smaller.instruction)
    expect(await alice.getOrder(smaller)).toMatchObject({ lots: 100n, height: standing!.height })
    const dearer = await alice.amendOrder({ order: smaller.guard, price: market.priceOf('2100') })
    await alice.waitForInstruction(dearer.instruction)
    expect((await bob.getBook({ market })).asks).toEqual([{ price: 210_000n, lots: 100n, orders: 1 }])
    const more = await alice.amendOrder({ order: dearer.guard, lots: 250n })
    await alice.waitForInstruction(more.instruction)
    expect(await alice.getOrder(more)).toMatchObject({ lots: 250n })

    const quote = (price: string) =>
      ({ place: { market, side: 'sell', price: market.priceOf(price), lots: 10n } }) as const
    const steps = [{ cancel: { order: more.guard } }, quote('2200'), quote('2300')]
    const { instruction, orders } = await alice.batch({ steps })
    await alice.waitForInstruction(instruction)
    expect(orders[0]).toBeUndefined()
    expect((await bob.getBook({ market })).asks.map(({ price }) => market.priceText(price))).toEqual([
      '2200',
      '2300',
    ])
    // A second time it is the same instruction, whether or not a checkpoint holds it by now.
    expect(['included', 'committed']).toContain(await alice.resubmit({ instruction }))
    const { instructions } = await alice.cancelAll()
    expect(instructions).toHaveLength(1)
    await alice.waitForInstruction(instructions[0]!)
    expect((await alice.getOrders()).orders).toEqual([])
    expect(await tradable(alice, ZERO_ADDRESS)).toBe(parseEther('3.8'))
  })

  it('an agent trades and cannot withdraw, until it is revoked', async () => {
    const { account, scope } = bob.createAgent()
    const opened = await bob.openTradingBalance({
      token: usd,
      amount: dollars(5_000n),
      agent: scope.agent,
      parts: 2,
      // What his first order left over may not be in a checkpoint yet.
      finality: 'fast',
    })
    await bob.waitForReceipt({ hash: opened.payment.hash })
    const { deployment, node } = network
    const agent = createClient({ node: node.url, deployment, account, owner: bob.address() })
    const bid = await agent.placeOrder({ market, side: 'buy', price: market.priceOf('1900'), lots: 100n })
    await agent.waitForOrder({ order: bid })
    expect((await agent.describeAgent({ agent: scope.agent })).text[2]).toBe(
      'It may amend and cancel 1 live order.',
    )
    // A client that does not know what it may not do is refused by the chain.
    const careless = createClient({ node: node.url, deployment, account })
    await expect(careless.closeTradingBalance({ balance: scope.guard, token: usd })).rejects.toMatchObject({
      code: 'trading.unknown',
    })
    const { payments } = await bob.revokeAgent({ agent: scope.agent })
    expect(payments).toHaveLength(1)
    expect(await agent.getOrder(bid)).toBeUndefined()
    await expect(
      agent.placeOrder({ market, side: 'buy', price: market.priceOf('1900'), lots: 10n }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^move\./) })
    expect(await tradable(bob, usd)).toBeGreaterThan(dollars(4_999n))
  })

  it('a merchant gets ether where the payer has dollars', async () => {
    const merchant = network.wallet(MERCHANT)
    const ask = {
      market,
      side: 'sell',
      price: market.priceOf('2000'),
      lots: 1_000n,
      from: 'trading',
    } as const
    await alice.waitForOrder({ order: await alice.placeOrder(ask) })
    const { order, quote } = await bob.payWith({
      pay: usd,
      exactOut: parseEther('0.25'),
      finality: 'fast',
      to: merchant.address(),
    })
    expect(quote.pays.expected).toBe(dollars(2_001n) / 4n)
    await bob.waitForOrder({ order, until: 'gone' })
    await until(async () => expect(await held(merchant, ZERO_ADDRESS)).toBe(parseEther('0.25')))
    await alice.cancelAll()
  })

  it('two parties swap in one payment', async () => {
    const [give, get] = [{ amount: parseEther('1') }, { token: usd, amount: dollars(1_999n) }] as const
    const before = [await held(alice, usd), await held(bob, usd)]
    const proposal = await alice.swapDirect.propose({
      counterparty: bob.address(),
      give,
      get,
      finality: 'fast',
    })
    const acceptance = await bob.swapDirect.accept({ proposal, get: give, give: get, finality: 'fast' })
    const { hash } = await alice.swapDirect.complete({ proposal, acceptance })
    await alice.waitForReceipt({ hash })
    expect([await held(alice, usd), await held(bob, usd)]).toEqual([
      before[0]! + get.amount,
      before[1]! - get.amount,
    ])
  })

  it('what is left becomes coins again', async () => {
    await until(async () => expect(await tradable(alice, ZERO_ADDRESS)).toBe(parseEther('3.55')))
    const { payment, left } = await alice.closeTradingBalance({ token: ZERO_ADDRESS, finality: 'fast' })
    await alice.waitForReceipt({ hash: payment.hash })
    expect(left).toBe(0n)
    expect(await tradable(alice, ZERO_ADDRESS)).toBe(0n)
  })
})
