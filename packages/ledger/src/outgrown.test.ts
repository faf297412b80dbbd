import { afterEach, expect, test, vi } from 'vitest'
import { alice, bob } from './chain.fixture.ts'
import { Ledger } from './ledger.ts'
import { kindsOf, orderDriver, place } from './order/driver.conformance.ts'
import { MARKET, order } from './order/market.fixture.ts'

// Batches that no checkpoint holds have thousands of orders; here a checkpoint has less room instead.
let room: number | undefined
vi.mock('./room.ts', async original => {
  const real = await original<typeof import('./room.ts')>()
  const checkpointRoom: typeof real.checkpointRoom = (...place) => room ?? real.checkpointRoom(...place)
  return { ...real, checkpointRoom }
})
afterEach(() => {
  room = undefined
})

test('batches that outgrow the checkpoint are left out of a block that closes it, and held where there is room', () => {
  const { start, includeAll, assemble } = orderDriver(parameters => new Ledger(parameters))
  const { ledger, coins } = start([alice, bob])
  const buy = order(alice, 'buy', 100, { lots: 10 }, MARKET)
  const sell = order(bob, 'sell', 90, { lots: 10 }, MARKET)
  includeAll(ledger, [place(alice, coins[0]![0]!, [buy]), place(bob, coins[1]![0]!, [sell])])
  const free = assemble(ledger, [])
  expect(kindsOf(free.execution)).toContain('settle')
  expect(free.outgrown).toBe(false)

  room = free.execution.block.body.length
  expect(assemble(ledger, []).outgrown).toBe(false)
  room--
  const outgrown = assemble(ledger, [])
  expect(outgrown).toMatchObject({ outgrown: true, full: true })
  expect(outgrown.execution.block.closes).toBe(true)
  expect(kindsOf(outgrown.execution)).toEqual([])
  ledger.applyBlock(outgrown.execution)
  // The next checkpoint has its room again, and the orders stand as they stood.
  room = undefined
  expect(kindsOf(assemble(ledger, []).execution)).toContain('settle')
})
