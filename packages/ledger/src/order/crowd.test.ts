import { installKeccak256, type OrderTerms } from '@omg/protocol'
import { expect, test } from 'vitest'
import { account, coin, fund, nextInputs, PARAMETERS, recordOf, USD } from '../chain.fixture.ts'
import { fastKeccak256 } from '../keccak.ts'
import { Ledger } from '../ledger.ts'
import type { Execution } from '../types.ts'
import { MAX_RELEASES } from './batch.ts'
import { kindsOf, supply } from './driver.conformance.ts'
import { exchangeOf, instruction, order, orderPayment } from './market.fixture.ts'

installKeccak256(fastKeccak256)

const ORDERS = 10_005
const PER_PAYMENT = 15
const exchange = exchangeOf()
const owner = account(1)

/** A block with these messages, all of which must get in. */
function include(ledger: Ledger, signed: readonly Uint8Array[] = []): Execution {
  const { execution, dropped } = ledger.assembleBlock(signed.map(recordOf), nextInputs(ledger, { exchange }))
  expect(dropped).toEqual([])
  ledger.applyBlock(execution)
  return execution
}

/** Ten thousand orders of one owner that expire at height 4. */
function crowded() {
  const ledger = new Ledger(PARAMETERS)
  const payments = ORDERS / PER_PAYMENT
  const ids = fund(
    ledger,
    Array.from({ length: payments }, () => coin(owner, 10_000n, USD)),
  )
  const orders: OrderTerms[] = []
  const signed = ids.map(id => {
    const made = Array.from({ length: PER_PAYMENT }, () =>
      order(owner, 'buy', 50, { lots: 2, expiryKind: 'height', expiry: 4n }),
    )
    const terms = made.map(each => each.terms)
    orders.push(...terms)
    const left = made.reduce((rest, { output }) => rest - output.amount, 10_000n - 5n)
    return orderPayment([owner], [id], [...made.map(({ output }) => output), coin(owner, left, USD)], terms)
      .signed
  })
  include(ledger, signed)
  expect(ledger.orders.liveOrders).toBe(ORDERS)
  return { ledger, orders }
}

test('ten thousand orders of one owner: so many cancels a block, and what has expired goes back in turn', () => {
  const { ledger, orders } = crowded()
  const before = supply(ledger, USD)
  const cancels = Array.from({ length: 17 }, (_, i) => {
    const steps = orders.slice(16 * i, 16 * (i + 1)).map(from => ({ from }))
    return instruction(owner, steps).signed
  })
  const { execution, dropped } = ledger.assembleBlock(cancels.map(recordOf), nextInputs(ledger, { exchange }))
  // 256 cancels a block: sixteen signatures of sixteen.
  expect(dropped).toMatchObject([{ index: 16, error: { code: 'move.budget' }, retry: true }])
  ledger.applyBlock(execution)
  let left = ORDERS - 256
  expect(ledger.orders.liveOrders).toBe(left)

  include(ledger)
  expect(ledger.tip.height).toBe(4n)
  for (const rest of [left - MAX_RELEASES, left - 2 * MAX_RELEASES, 0]) {
    const kinds = kindsOf(include(ledger))
    expect(kinds.length).toBe(Math.ceil((left - rest) / 16))
    left = rest
    expect(ledger.orders.liveOrders).toBe(left)
    // All of them are out of the auction from the first block on.
    expect(ledger.orders.book(orders[0]!.market)).toBeUndefined()
    const waiting = [...ledger.orders.released()].map(([, reason]) => reason)
    expect(waiting).toEqual(Array.from({ length: left }, () => 'expired'))
  }
  expect(supply(ledger, USD)).toBe(before)
})
