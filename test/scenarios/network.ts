import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { effectiveConfig, type RunningNode, startNode } from '@omg/node'
import { type Address, type MarketTerms, ZERO_ADDRESS } from '@omg/protocol'
import { type Deployment, listMarket, type Parameters, type RootChain } from '@omg/rootchain'
import {
  DEPLOYER,
  deployTestNetwork,
  type Ethereum,
  mintUsd,
  rootChainOf,
  testAccount,
  testPrivateKey,
  VALIDATOR,
} from '@omg/rootchain/testing'
import { createClient, type Market, type NodeTransport, type OmgClient } from '@omg/sdk'
import { pino } from 'pino'
import { parseEther } from 'viem'

/** A whole network in this process: Ethereum, the contracts, one validating node, and wallets on demand. */
export interface TestNetwork extends AsyncDisposable {
  readonly ethereum: Ethereum
  readonly deployment: Deployment
  readonly node: RunningNode
  /** A directory that goes with the network. */
  directory(name: string): string
  /** The wallet of test account `index`, over HTTP or over the connection given. */
  wallet(index: number, transport?: NodeTransport): OmgClient
  /** The contracts as test account `index` sees them. */
  rootChain(index: number): RootChain
  stop(): Promise<void>
}

export interface TestNetworkOptions {
  readonly parameters?: Parameters
  /** With a Permit2 contract, which the ERC-20 vault accepts. */
  readonly permit2?: boolean
  /** Settings of the node besides. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** What stands between the node and Ethereum, by the URL of the latter. */
  readonly endpoint?: (url: string) => Promise<string>
}

const FINALITY_BLOCKS = 1

export async function startNetwork(
  start: () => Promise<Ethereum>,
  options: TestNetworkOptions = {},
): Promise<TestNetwork> {
  const ethereum = await start()
  const deployment = await deployTestNetwork(ethereum, options)
  const dataDirectory = mkdtempSync(join(tmpdir(), 'omg-scenario-'))
  const node = await startNode({
    configuration: effectiveConfig({
      flags: {
        dataDirectory,
        port: 0,
        workers: 0,
        'validator.key': testPrivateKey(VALIDATOR),
        'ethereum.urls': (await options.endpoint?.(ethereum.url)) ?? ethereum.url,
        'ethereum.finalityDepth': FINALITY_BLOCKS,
        'ethereum.pollMilliseconds': 100,
        'block.intervalMilliseconds': 20,
        'checkpoint.intervalSeconds': 1,
        'checkpoint.minimumSeconds': 0,
        ...options.settings,
      },
    }),
    deployment,
    logger: pino({ level: process.env.OMG_TEST_LOG ?? 'silent' }),
  })
  const wallets: OmgClient[] = []
  const network: TestNetwork = {
    ethereum,
    deployment,
    node,
    directory: name => join(dataDirectory, name),
    wallet(index, transport) {
      const client = createClient({
        node: transport ?? node.url,
        ethereum: ethereum.url,
        deployment,
        account: testAccount(index),
      })
      wallets.push(client)
      return client
    },
    rootChain: index => rootChainOf(ethereum, deployment, index),
    async stop() {
      for (const wallet of wallets) wallet.close()
      await node.close()
      await ethereum.stop()
      rmSync(dataDirectory, { recursive: true, force: true })
    },
    [Symbol.asyncDispose]: () => network.stop(),
  }
  return network
}

/** Two people with coins to trade, and the market for them. */
export interface Traders {
  /** Has 10 ETH. */
  readonly alice: OmgClient
  /** Has 1 ETH and 50,000 test dollars. */
  readonly bob: OmgClient
  readonly usd: Address
  /** ETH for test dollars: a tick is 0.01 dollars for one ether, a lot 0.001 ether. */
  readonly market: Market
}

export async function openMarket(network: TestNetwork, tier: MarketTerms['tier']): Promise<Traders> {
  const usd = network.deployment.testTokens!.usd
  const units = { base: ZERO_ADDRESS, quote: usd, tick: 10n, lot: 10n ** 15n, minimumSize: 2n }
  await listMarket(network.rootChain(DEPLOYER), { terms: { ...units, tier } })
  const [alice, bob] = [network.wallet(1), network.wallet(2)]
  await mintUsd(network.rootChain(2), 100_000_000_000n)
  const deposits = [
    await alice.deposit({ amount: parseEther('10') }),
    await bob.deposit({ amount: parseEther('1') }),
    await bob.deposit({ token: usd, amount: 50_000_000_000n }),
  ]
  for (const { id } of deposits) await alice.waitForOutput({ id, until: 'included' })
  return { alice, bob, usd, market: (await alice.getMarkets())[0]! }
}
