import { createNodes } from '@omg/follower'
import { type LockFact, Locks, seasoningOf } from '@omg/ledger'
import { account, coin, USD } from '@omg/ledger/testing'
import { fromHex, type Hash, hash, type OutputId, orderGuard } from '@omg/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEthereumSource } from '../src/chain/ethereum.ts'
import { configurationSchema } from '../src/configuration/configuration.ts'
import { startIndexer } from '../src/index.ts'
import {
  fastExchange,
  fundTraders,
  heldBy,
  orderOutput,
  orderPayment,
  orderTerms,
  serveFacts,
  serveListings,
} from './market.ts'
import { get, untilHeight } from './rows.ts'
import { type ChainServer, serveChain } from './server.ts'

const chain = fastExchange()
let node: ChainServer
beforeEach(async () => {
  node = await serveChain(chain)
})
afterEach(() => node.close())

const idOf = (i: number) => hash(`0x${i.toString(16).padStart(64, '0')}`) as Hash as OutputId

test('facts are read page by page, and only what is new is read again', async () => {
  const facts: LockFact[] = [1, 2, 3, 4, 5].map(i => ({ kind: 'exit', block: BigInt(i), outputId: idOf(i) }))
  serveFacts(node, 'omg_getLocks', facts, 2)
  const source = createEthereumSource(
    createNodes([node.url]),
    seasoningOf({ maxSeasoning: 86_400, blobSeasoning: 900 }),
  )
  const lockedAt = async (origin: bigint) => {
    const view = await source.at({ origin, originTime: 1n })
    if (!view.ok) throw view.error
    return [1, 2, 3, 4, 5, 6, 7].filter(i => view.value.locked.blocks(fromHex(idOf(i)), fromHex(idOf(0))))
  }
  expect(await lockedAt(3n)).toEqual([1, 2, 3])
  expect(await lockedAt(9n)).toEqual([1, 2, 3, 4, 5])
  facts.push(
    { kind: 'contest', block: 11n, outputId: idOf(6) },
    { kind: 'exit', block: 12n, outputId: idOf(7) },
  )
  expect(await lockedAt(11n)).toEqual([1, 2, 3, 4, 5, 6])
})

test('a node that tells something else, or does not get on, is refused', async () => {
  const source = () =>
    createEthereumSource(
      createNodes([node.url]),
      seasoningOf({ maxSeasoning: 86_400, blobSeasoning: 900 }),
    ).at({ origin: 1n, originTime: 1n })
  expect((await source()).ok).toBe(true)
  for (const wrong of [
    { facts: [{ kind: 'exit', block: '-1', outputId: idOf(1) }], cursor: null },
    { facts: [], cursor: 'x' },
  ]) {
    node.methods.set('omg_getLocks', () => wrong)
    expect(await source()).toMatchObject({ ok: false, error: { code: 'node.malformed' } })
  }
})

test('an order that exits on Ethereum is left out of the batch, here as on the chain (R10)', async () => {
  const [seller, buyer] = [account(1), account(2)]
  const [[cash, plain], [usd]] = fundTraders(chain, [seller, buyer]) as [OutputId[], OutputId[]]
  const change = coin(seller, 999_995n, USD)
  const [sell, buy] = [orderTerms(seller, 'sell', 100), orderTerms(buyer, 'buy', 101)]
  const payments = [
    orderPayment(seller, [plain!, cash!], [orderOutput(sell, heldBy(sell, 10_000)), change], [sell]),
    orderPayment(buyer, [usd!], [orderOutput(buy, 999_995n)], [buy]),
  ]
  chain.make(payments.map(({ signed }) => signed))
  const facts: LockFact[] = [{ kind: 'exit', block: 7n, outputId: payments[0]!.ids[0]! }]
  chain.make([], { locked: new Locks(facts).at(10n) })
  expect(chain.executions.at(-1)?.batches[0]).toMatchObject({
    volume: 0,
    leftOut: [{ reason: 'unspendable' }],
  })
  serveListings(node)
  serveFacts(node, 'omg_getLocks', facts)
  const settings = { node: [node.url], database: 'memory:', port: 0, workers: 0, logLevel: 'silent' }
  const indexer = await startIndexer(configurationSchema.parse(settings))
  await untilHeight(indexer, chain.height)
  const { status } = (await get(indexer, `/orders/${orderGuard(sell)}`)) as { status: string }
  expect(status).toBe('open')
  await indexer.stop()
})
