import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configurationSchema, type RunningIndexer, startIndexer } from '@omg/indexer'
import { devnetParameters, getCheckpoint } from '@omg/rootchain'
import { type Endpoint, ethereumNodes, startEndpoint } from '@omg/rootchain/testing'
import type { Market, OmgClient } from '@omg/sdk'
import { type RunningWatcher, startWatcher, configurationSchema as watcherSchema } from '@omg/watcher'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openMarket, startNetwork, type TestNetwork } from './network.ts'

const ALICE = 1
const SILENT = 'http://127.0.0.1:1'
const COMMON = { port: 0, workers: 0, logLevel: 'silent' }
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
  /** Where the node keeps its blobs: geth in development mode serves none. */
  let archive: string

  const until = (check: () => void | Promise<void>) =>
    vi.waitFor(check, { timeout: TIMEOUT / 2, interval: 100 })
  const tip = () => network.node.services.ledger.tip
  /** The last checkpoint with transactions: one without has no reason to close. */
  const filled = () => (tip().txCount > 0 ? tip().checkpoint : tip().checkpoint - 1n)
  const accepted = (number: bigint) => getCheckpoint(network.rootChain(ALICE), { number })

  const watch = (settings: { dataDirectory: string; node: string[]; blobs?: string[] }) => {
    const ethereum = { ethereum: [network.ethereum.url], confirmations: 1, pollMilliseconds: 100 }
    const given = watcherSchema.parse({ ...COMMON, ...ethereum, ...settings, deployment: 'given below' })
    return startWatcher({ ...given, deploymentRecord: network.deployment })
  }

  beforeAll(async () => {
    archive = mkdtempSync(join(tmpdir(), 'omg-blobs-'))
    network = await startNetwork(start, {
      parameters: PARAMETERS,
      settings: {
        'checkpoint.dataMode': 'blob',
        'checkpoint.intervalSeconds': 5,
        'checkpoint.blobArchive': archive,
      },
      endpoint: async url => {
        endpoint = await startEndpoint(url)
        return endpoint.url
      },
    })
    const { url } = network.node
    indexer = await startIndexer(configurationSchema.parse({ ...COMMON, node: [url], database: 'memory:' }))
    watcher = await watch({ dataDirectory: network.directory('watcher'), node: [url] })
    ;({ alice, bob, market } = await openMarket(network, 'guarded'))
  })
  afterAll(async () => {
    await indexer?.stop()
    await watcher?.stop()
    await network?.stop()
    await endpoint?.stop()
    rmSync(archive, { recursive: true, force: true })
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
    const traded = filled()
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

  it('a watcher whose nodes fall silent goes on from the blobs, and with the nodes when they are back (A31)', async () => {
    const { ethereum, node } = network
    const blobs = [ethereum.kind === 'anvil' ? ethereum.url : archive]
    const known = tip().checkpoint - 1n
    const open = (url: string) =>
      watch({ dataDirectory: network.directory('from blobs'), node: [url], blobs })
    const agreed = (running: RunningWatcher, number: bigint) =>
      until(() => expect(running.view.status().ethereum.lastAgreedCheckpoint >= number).toBe(true))
    const before = await open(node.url)
    await agreed(before, known)
    await before.stop()
    const { sold, bought } = await cross()
    for (const order of [sold, bought]) await alice.waitForOrder({ order, until: 'gone' })
    const traded = filled()
    await until(async () => expect(await accepted(traded)).toMatchObject({ daMode: 'blob' }))

    const alone = await open(SILENT)
    await agreed(alone, traded)
    const codes = alone.view.alarms.standing().map(({ code }) => code)
    expect(codes).not.toContain('data.withheld')
    await alone.stop()

    // The rebuilt blocks are the blocks: the next ones follow them.
    await alice.pay({ to: bob.address(), amount: 10n ** 15n, finality: 'fast' })
    const { height } = tip()
    const after = await open(node.url)
    await until(() => expect(after.view.status().chain.height >= height).toBe(true))
    expect(after.view.status().standingAlarms).toBe(0)
    await after.stop()
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
    const back = filled()
    await until(async () => {
      const checkpoint = await accepted(back)
      expect(checkpoint).toMatchObject({ daMode: 'blob' })
      expect(checkpoint!.lastNonDA >= fallback).toBe(true)
    })
    await until(() => expect(watcher.view.status().ethereum.lastAgreedCheckpoint >= back).toBe(true))
    expect(watcher.view.status().standingAlarms).toBe(0)
  })
})
