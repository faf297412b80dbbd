import { ZERO_HASH } from '@omg/protocol'
import { expect, test } from 'vitest'
import { alice, coin, fund, nextInputs, PARAMETERS, recordOf, USD } from '../chain.fixture.ts'
import { Ledger } from '../ledger.ts'
import { NO_LOCKED_OUTPUTS } from '../locks.ts'
import { describeRecord } from '../record.ts'
import { exchangeOf, instruction, order, orderPayment } from './market.fixture.ts'

const exchange = exchangeOf()

/** A ledger on which alice has an order; and that order. */
function trading() {
  const ledger = new Ledger(PARAMETERS)
  const [id] = fund(ledger, [coin(alice, 1_000_000n, USD)])
  const { terms, output } = order(alice, 'buy', 50, { lots: 10 })
  const change = coin(alice, 1_000_000n - output.amount - 5n, USD)
  const placed = recordOf(orderPayment([alice], [id!], [output, change], [terms]).signed)
  ledger.applyBlock(ledger.assembleBlock([placed], nextInputs(ledger, { exchange })).execution)
  return { ledger, terms }
}

const rival = (terms: ReturnType<typeof order>['terms']) =>
  recordOf(instruction(alice, [{ from: terms, to: order(alice, 'buy', 51, { lots: 5 }).terms }]).signed)

test('a block takes what admission found out, unless it has touched the guards', () => {
  const { ledger, terms } = trading()
  const [first, second] = [rival(terms), rival(terms)]
  for (const record of [first, second])
    expect(ledger.checkTransaction(record, NO_LOCKED_OUTPUTS, undefined, exchange).ok).toBe(true)
  const { execution, dropped } = ledger.assembleBlock([first, second], nextInputs(ledger, { exchange }))
  expect(dropped.map(({ index, error }) => [index, error.code])).toEqual([[1, 'move.stale_guard']])
  const moved = execution.records.map(record => describeRecord(record).transaction)
  expect(moved).toMatchObject([{ kind: 'move', steps: [{ to: expect.not.stringMatching(ZERO_HASH) }] }])
})

test('what admission found out on one tip does not hold on the next', () => {
  const { ledger, terms } = trading()
  const [first, second] = [rival(terms), rival(terms)]
  for (const record of [first, second])
    expect(ledger.checkTransaction(record, NO_LOCKED_OUTPUTS, undefined, exchange).ok).toBe(true)
  ledger.applyBlock(ledger.assembleBlock([first], nextInputs(ledger, { exchange })).execution)
  const late = ledger.assembleBlock([second, first], nextInputs(ledger, { exchange }))
  expect(late.dropped.map(({ error }) => error.code)).toEqual(['move.unknown_guard', 'move.unknown_guard'])
})

test('a block comes to one app hash with and without admission', () => {
  const { ledger, terms } = trading()
  const record = recordOf(instruction(alice, [{ from: terms }]).signed)
  expect(ledger.checkTransaction(record, NO_LOCKED_OUTPUTS, undefined, exchange).ok).toBe(true)
  // Another view of the exchange with the same answers: nothing is kept for it.
  const [kept, anew] = [exchange, exchangeOf()].map(view =>
    ledger.assembleBlock([record], nextInputs(ledger, { exchange: view })),
  )
  expect(kept!.execution.records).toHaveLength(1)
  expect(kept!.execution.block.appHash).toBe(anew!.execution.block.appHash)
})
