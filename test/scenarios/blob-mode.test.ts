import { configurationSchema, type RunningIndexer, startIndexer } from '@omg/indexer'
import { type Address, type MarketTerms, ZERO_ADDRESS } from '@omg/protocol'
import { devnetParameters, getCheckpoint, listMarket } from '@omg/rootchain'
import { DEPLOYER, type Endpoint, ethereumNodes, mintUsd, startEndpoint } from '@omg/rootchain/testing'
import type { Market, OmgClient } from '@omg/sdk'
import { type RunningWatcher, startWatcher, configurationSchema as watcherSchema } from '@omg/watcher'
import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startNetwork, type TestNetwork } from './network.ts'

const [ALICE, BOB] = [1, 2]
const dollars = (whole: bigint) => whole * 10n ** 6n
/** A blob takes seconds of a busy machine. */
const TIMEOUT = 240_000
vi.setConfig({ testTimeout: TIMEOUT, hookTimeout: TIMEOUT })
/** `D` of a guarded market is 8 seconds; `M` is 200 Ethereum blocks. */
const PARAMETERS = devnetParameters({ minFinalizationPeriod: 600 })

describe.each(ethereumNodes())('checkpoints as blobs on $name', ({ start }) => {
  let network: TestNetwork
  let endpoint: Endpoint
  let watcher: RunningWatcher
  let indexer: RunningIndexer
  let alice: OmgClient
  let bob: OmgClient
  let market: Market

  const until = (check: () => void | Promise<void>) =>
    vi.waitFor(check, { timeout: TIMEOUT / 2, interval: 100 })
  const tip = () => network.node.services.ledger.tip
  const accepted = (number: bigint) => getCheckpoint(network.rootChain(ALICE), { number })

  beforeAll(async () => {
    network = await startNetwork(start, {
      parameters: PARAMETERS,
      settings: { 'checkpoint.dataMode': 'blob', 'checkpoint.intervalSeconds': 5 },
      endpoint: async url => {
        endpoint = await startEndpoint(url)
        return endpoint.url
      },
    })
    const { node, deployment, ethereum } = network
    const common = { node: [node.url], port: 0, workers: 0, logLevel: 'silent' }
    indexer = await startIndexer(configurationSchema.parse({ ...common, database: 'memory:' }))
    watcher = await startWatcher({
      ...watcherSchema.parse({
        ...{ ...common, dataDirectory: network.directory('watcher'), ethereum: [ethereum.url] },
        ...{ deployment: 'given below', confirmations: 1, pollMilliseconds: 100 },
      }),
      deploymentRecord: deployment,
    })
    const usd: Address = deployment.testTokens!.usd
    const units = { base: ZERO_ADDRESS, quote: usd, tick: 10n, lot: 10n ** 15n, minimumSize: 2n }
    const terms: MarketTerms = { ...units, tier: 'guarded' }
    await listMarket(network.rootChain(DEPLOYER), { terms })
    ;[alice, bob] = [network.wallet(ALICE), network.wallet(BOB)]
    await mintUsd(network.rootChain(BOB), dollars(100_000n))
    const deposits = [
      await alice.deposit({ amount: parseEther('10') }),
      await bob.deposit({ amount: parseEther('1') }),
      await bob.deposit({ token: usd, amount: dollars(50_000n) }),
    ]
    for (const { id } of deposits) await alice.waitForOutput({ id, until: 'included' })
    market = (await alice.getMarkets())[0]!
  })
  afterAll(async () => {
    await indexer?.stop()
    await watcher?.stop()
    await network?.stop()
    await endpoint?.stop()
  })

  /** Two orders that cross, as soon as there are committed coins for them. */
  async function cross() {
    const price = market.priceOf('2000')
    const patience = { timeout: TIMEOUT / 2, interval: 100 }
    const sold = await vi.waitFor(
      () => alice.placeOrder({ market, side: 'sell', price, lots: 100n }),
      patience,
    )
    const bought = await vi.waitFor(
      () => bob.placeOrder({ market, side: 'buy', price, lots: 100n }),
      patience,
    )
    return { sold, bought }
  }

  it('in steady blob operation fresh orders of a guarded market trade at once', async () => {
    // What came before the first blobs has to season once.
    await until(() => expect(tip()).toMatchObject({ daMode: 'blob' }))
    const before = tip().lastNonDA
    if (before > 0n) await until(async () => expect(await accepted(before)).toBeDefined())
    const { sold, bought } = await cross()
    for (const order of [sold, bought]) await alice.waitForOrder({ order, until: 'gone' })
    const traded = tip().checkpoint
    await until(async () => expect(await accepted(traded)).toMatchObject({ daMode: 'blob' }))
    expect((await accepted(traded))!.lastNonDA).toBe(tip().lastNonDA)
  })

  it('watcher and indexer execute every block, and the header is the one that follows from the blobs', async () => {
    const number = tip().checkpoint - 1n
    await until(() => expect(watcher.view.status().ethereum.lastAgreedCheckpoint >= number).toBe(true))
    expect(watcher.view.status().standingAlarms).toBe(0)
    const { height } = tip()
    await until(async () => {
      const status = (await (await fetch(`${indexer.url}/checkpoints?limit=1`)).json()) as {
        items: { number: string; daMode: string }[]
      }
      expect(BigInt(status.items[0]!.number) >= number).toBe(true)
      expect(status.items[0]!.daMode).toBe('blob')
    })
    expect(height > 0n).toBe(true)
  })

  it('when blobs become too dear the chain falls back, and comes back by itself', async () => {
    endpoint.fault = ({ method }, result) => (method === 'eth_blobBaseFee' ? '0xffffffffffff' : result)
    await until(() => expect(network.node.services.dataModes.next(undefined)).toBe('plasma'))
    const coin = () => alice.pay({ to: bob.address(), amount: 10n ** 15n, finality: 'fast' })
    await until(async () => {
      await coin()
      expect(tip().daMode).toBe('plasma')
    })
    const fallback = tip().checkpoint
    endpoint.fault = undefined
    await until(async () =>
      expect(await accepted(fallback)).toMatchObject({ daMode: 'plasma', lastNonDA: fallback }),
    )
    await until(async () => {
      await coin()
      expect(tip().daMode).toBe('blob')
    })
    const { sold, bought } = await cross()
    for (const order of [sold, bought]) await alice.waitForOrder({ order, until: 'gone' })
    const back = tip().checkpoint
    await until(async () => {
      const checkpoint = await accepted(back)
      expect(checkpoint).toMatchObject({ daMode: 'blob' })
      expect(checkpoint!.lastNonDA >= fallback).toBe(true)
    })
    await until(() => expect(watcher.view.status().ethereum.lastAgreedCheckpoint >= back).toBe(true))
    expect(watcher.view.status().standingAlarms).toBe(0)
  })
})
