import {
  address,
  fromHex,
  type Guard,
  type Hash,
  type Hex,
  isInstruction,
  OmgError,
  ZERO_ADDRESS,
} from '@omg/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addExchange, type FakeExchange } from '../../test/fakeExchange.ts'
import { type FakeNode, startFakeNode } from '../../test/fakeNode.ts'
import { createClient, type OmgClient } from '../createClient.ts'
import { http } from '../node/http.ts'

const ETH = 10n ** 18n
const account = privateKeyToAccount(`0x${'1'.padStart(64, '0')}`)
let node: FakeNode
let exchange: FakeExchange
let client: OmgClient
/** What the node was asked, and what it holds. */
let asked: { id: Hash; seconds: number; instructions?: Hex[] }[]
let held: Map<Hash, readonly Hex[]>

beforeEach(async () => {
  const outputs = Array.from({ length: 3 }, () => ({ owner: address(account.address), amount: 20n * ETH }))
  node = await startFakeNode(outputs)
  exchange = addExchange(node)
  asked = []
  held = new Map()
  Object.assign(node.handlers, {
    omg_armDeadMan(request: (typeof asked)[number]) {
      asked.push(request)
      const instructions = request.instructions ?? held.get(request.id)
      if (!instructions) throw new OmgError('deadman.unknown', 'none is armed', 'Arm it.')
      held.set(request.id, instructions)
      return { firesAt: '1234', instructions: instructions.length }
    },
    omg_disarmDeadMan: ({ id }: { id: Hash }) => ({ disarmed: held.delete(id) }),
  })
  client = createClient({ node: http(node.url, { retries: 1, timeout: 2_000 }), account })
  await client.openTradingBalance({ token: ZERO_ADDRESS, amount: 10n * ETH, parts: 6 })
})
afterEach(() => node[Symbol.asyncDispose]())

async function sell(): Promise<Guard> {
  const [market] = await client.getMarkets()
  const request = { market: market!, side: 'sell', price: 99n, lots: 5n, from: 'trading' } as const
  return (await client.placeOrder(request)).guard
}

it('holds a cancel of each order, which the chain would carry out', async () => {
  const guards = [await sell(), await sell(), await sell()]
  const armed = await client.cancelAllAfter({ seconds: 30 })
  expect(armed.firesAt).toBe(1234n)
  expect([...armed.instructions.keys()].sort()).toEqual(guards.sort())
  const signed = held.get(armed.id)!
  expect(signed.every(hex => isInstruction(fromHex(hex)))).toBe(true)
  for (const transaction of signed) await client.node.request('omg_submit', { transaction })
  for (const guard of guards) expect(exchange.order(guard)).toBeUndefined()
})

it('refreshes without signing again, and covers orders that are new', async () => {
  await sell()
  const first = await client.cancelAllAfter({ seconds: 30 })
  const same = await client.cancelAllAfter({ seconds: 30, refresh: first })
  expect(same.instructions).toEqual(first.instructions)
  expect(asked.at(-1)).toEqual({ id: first.id, seconds: 30 })
  await sell()
  const more = await client.cancelAllAfter({ seconds: 30, refresh: same })
  expect(asked.at(-1)!.instructions).toHaveLength(2)
  expect(more.id).toBe(first.id)
  // A node that has lost it gets everything again.
  held.clear()
  await client.cancelAllAfter({ seconds: 30, refresh: more })
  expect(held.get(first.id)).toHaveLength(2)
})

it('disarms, also where no order is left', async () => {
  await sell()
  const armed = await client.cancelAllAfter({ seconds: 30 })
  expect(await client.disarmCancelAll({ switch: armed })).toBe(true)
  expect(await client.disarmCancelAll({ switch: armed })).toBe(false)
  const again = await client.cancelAllAfter({ seconds: 30 })
  await client.cancelAll()
  const none = await client.cancelAllAfter({ seconds: 30, refresh: again })
  expect(none).toMatchObject({ firesAt: undefined, instructions: new Map() })
  expect(held.size).toBe(0)
})
