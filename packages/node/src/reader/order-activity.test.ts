import { Ledger } from '@omg/ledger'
import { alice, coin, fund, nextInputs, PARAMETERS, recordOf, USD } from '@omg/ledger/testing'
import { exchangeOf, order, orderPayment } from '@omg/ledger/testing/orders'
import { describe, expect, test } from 'vitest'
import { OrderActivity } from './order-activity.ts'
import { OrderReader } from './orders.ts'

describe('what blocks did to orders', () => {
  test('an order that is placed and taken back in one block has done nothing', () => {
    const ledger = new Ledger(PARAMETERS)
    const [funds] = fund(ledger, [coin(alice, 100_000n, USD)])
    const exchange = exchangeOf()
    const activity = new OrderActivity(ledger, { exchange: () => exchange })
    const reader = new OrderReader(ledger)
    const buy = order(alice, 'buy', 100, { lots: 5 })
    const change = coin(alice, 100_000n - buy.output.amount - 5n, USD)
    const placed = orderPayment([alice], [funds!], [buy.output, change], [buy.terms])
    const back = orderPayment([alice], placed.ids, [coin(alice, 99_990n, USD)], [])
    const candidates = [placed, back].map(({ signed }) => recordOf(signed))
    const { execution, dropped } = ledger.assembleBlock(candidates, nextInputs(ledger, { exchange }))
    expect(dropped).toEqual([])
    reader.apply(execution)
    activity.apply(execution)
    ledger.applyBlock(execution)
    expect(activity.orders(execution.block.height, alice.address)).toEqual([])
    expect(activity.remembers(execution.block.height)).toBe(true)
    expect(reader.orders(alice.address, undefined, undefined, 10)).toEqual([])
  })
})
