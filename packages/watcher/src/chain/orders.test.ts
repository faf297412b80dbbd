import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMapPool, encodeBlock, Ledger, type MapPool } from '@omg/ledger'
import { alice, bob, coin, PARAMETERS, PLAIN, USD } from '@omg/ledger/testing'
import { exchangeOf, instruction, order, orderPayment } from '@omg/ledger/testing/orders'
import { afterAll, expect, it } from 'vitest'
import { Store } from '../store/store.ts'
import { TestChain } from './chain.fixture.ts'
import { CustomerOutputs, Recorder } from './recorder.ts'
import { type Outcome, Replica } from './replica.ts'
import { Snapshots } from './snapshot.ts'

const pool: MapPool = createMapPool({ domain: PARAMETERS.domain, workers: 0 })
afterAll(() => pool.close())

async function execute(bytes: Uint8Array, by: Replica): Promise<Outcome> {
  const prepared = by.prepare(bytes, by.ledger.tip.height + 1n)
  return prepared.ok ? by.execute(prepared.value) : { kind: 'refused', error: prepared.error }
}

/** A chain on which alice buys at 5 and bob sells at 4, in its first two blocks. */
function trading() {
  const chain = new TestChain()
  chain.exchange = exchangeOf()
  const [usd, plain, fee] = chain.deposit([
    coin(alice, 1_000n, USD),
    coin(bob, 500n, PLAIN),
    coin(bob, 100n, USD),
  ])
  const bid = order(alice, 'buy', 5, { lots: 20 })
  const ask = order(bob, 'sell', 4, { lots: 8 })
  const buys = [bid.output, coin(alice, 1_000n - bid.output.amount - 5n, USD)]
  const sells = [ask.output, coin(bob, 500n - ask.output.amount, PLAIN), coin(bob, 95n, USD)]
  chain.make([])
  chain.make([
    orderPayment([alice], [usd!], buys, [bid.terms]),
    orderPayment([bob], [plain!, fee!], sells, [ask.terms]),
  ])
  return { chain, bid }
}

it('re-executes batches and instructions, and goes on with the orders after a restart', async () => {
  const { chain, bid } = trading()
  chain.make([])
  expect(chain.ledger.orders.holding(bid.output.guard)?.live?.order.lots).toBe(12)
  const directory = mkdtempSync(join(tmpdir(), 'watcher-orders-'))
  const store = new Store(directory)
  const snapshots = new Snapshots(directory, store)
  const recorder = new Recorder(store, snapshots, new CustomerOutputs([], []))
  const replica = new Replica(new Ledger(PARAMETERS), pool, chain.view)
  for (const block of chain.blocks) {
    const outcome = await execute(block, replica)
    if (outcome.kind !== 'applied') throw new Error(JSON.stringify(outcome))
    recorder.add(block, outcome.execution, outcome.closed)
  }
  await recorder.flush(replica.ledger)
  expect(replica.ledger.orders.hash).toBe(chain.ledger.orders.hash)

  const restarted = new Replica(await snapshots.restore(PARAMETERS), pool, chain.view)
  expect(restarted.ledger.orders.hash).toBe(chain.ledger.orders.hash)
  const cancel = chain.make([instruction(alice, [{ from: bid.terms }])], { closes: true })
  expect((await execute(cancel, restarted)).kind).toBe('applied')
  expect(restarted.ledger.tip).toEqual(chain.ledger.tip)
  expect(restarted.ledger.orders.hash).toBe(chain.ledger.orders.hash)
  await store.close()
})

it('refuses a block that leaves its batch out, and one of a market that Ethereum does not list', async () => {
  const { chain } = trading()
  const [honest, blind] = [chain.view, { ...chain.view, exchangeAt: () => exchangeOf([]) }]
  const [follower, other] = [honest, blind].map(view => new Replica(new Ledger(PARAMETERS), pool, view))
  for (const block of chain.blocks) expect((await execute(block, follower!)).kind).toBe('applied')
  // The market is not listed for whoever made this block, so it has no batch.
  const { execution } = chain.assemble([], { exchange: exchangeOf([]) })
  expect(execution.records).toEqual([])
  expect((await execute(encodeBlock(execution.block), follower!)).kind).toBe('refused')
  const outcomes = []
  for (const block of chain.blocks) outcomes.push(await execute(block, other!))
  expect(outcomes.at(-1)).toMatchObject({ kind: 'refused', error: { code: 'order.unknown_market' } })
})
