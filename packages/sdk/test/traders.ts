import { type Address, address, type Guard, marketId, ZERO_ADDRESS } from '@omg/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach } from 'vitest'
import { createClient, type OmgClient } from '../src/createClient.ts'
import { http } from '../src/node/http.ts'
import { addExchange, ETH_USD, type FakeExchange, GOLD_USD } from './fakeExchange.ts'
import { type FakeNode, type FakeOutput, startFakeNode, USD } from './fakeNode.ts'

/** People with keys, and a node with markets that each test starts anew; it ends with the test. */
export const accountOf = (n: number) => privateKeyToAccount(`0x${n.toString(16).padStart(64, '0')}`)
export const [alice, bob, stranger] = [1, 2, 3].map(n => address(accountOf(n).address)) as [
  Address,
  Address,
  Address,
]
export const ETH = 10n ** 18n
export const [MARKET, GOLD_MARKET] = [marketId(ETH_USD), marketId(GOLD_USD)]

export let node: FakeNode
export let exchange: FakeExchange
afterEach(() => node[Symbol.asyncDispose]())

/** Starts the node, with outputs of alice. */
export async function open(outputs: Omit<FakeOutput, 'owner'>[] = []): Promise<OmgClient> {
  const given =
    outputs.length > 0
      ? outputs
      : [...Array(6).fill({ amount: 20n * ETH }), ...Array(6).fill({ amount: 10n ** 12n, token: USD })]
  node = await startFakeNode(given.map(output => ({ owner: alice, ...output })))
  exchange = addExchange(node)
  return clientOf(1)
}

export const clientOf = (n: number, owner?: Address) =>
  createClient({
    node: http(node.url, { retries: 1, timeout: 2_000 }),
    account: accountOf(n),
    ...(owner && { owner }),
  })

export const lots = (guard: Guard) => exchange.order(guard)?.lots

/** A client with a trading balance of both tokens. */
export async function trading(parts = 4, agent?: Address): Promise<OmgClient> {
  const client = await open()
  for (const [token, amount] of [
    [ZERO_ADDRESS, 10n * ETH],
    [USD, 10n ** 11n],
  ] as const) {
    await client.openTradingBalance({ token, amount, parts, ...(agent && { agent }) })
  }
  return client
}
