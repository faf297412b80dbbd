import { ZERO_HASH } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { account, alice, coin, fund, nextInputs, PARAMETERS, recordOf, USD } from '../chain.fixture.ts'
import { Ledger } from '../ledger.ts'
import { NO_LOCKED_OUTPUTS } from '../locks.ts'
import { describeRecord } from '../record.ts'
import type { MappedRecord } from '../types.ts'
import { exchangeOf, instruction, order, orderOutput, orderPayment, trading } from './market.fixture.ts'
import type { ExchangeView } from './types.ts'

const exchange = exchangeOf()

/** A ledger on which alice has an order; and that order. */
function withOrder() {
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
  const { ledger, terms } = withOrder()
  const [first, second] = [rival(terms), rival(terms)]
  for (const record of [first, second])
    expect(ledger.checkTransaction(record, NO_LOCKED_OUTPUTS, undefined, exchange).ok).toBe(true)
  const { execution, dropped } = ledger.assembleBlock([first, second], nextInputs(ledger, { exchange }))
  expect(dropped.map(({ index, error }) => [index, error.code])).toEqual([[1, 'move.stale_guard']])
  const moved = execution.records.map(record => describeRecord(record).transaction)
  expect(moved).toMatchObject([{ kind: 'move', steps: [{ to: expect.not.stringMatching(ZERO_HASH) }] }])
})

test('what admission found out does not hold where a block has changed something about it', () => {
  const { ledger, terms } = withOrder()
  const [first, second] = [rival(terms), rival(terms)]
  for (const record of [first, second])
    expect(ledger.checkTransaction(record, NO_LOCKED_OUTPUTS, undefined, exchange).ok).toBe(true)
  ledger.applyBlock(ledger.assembleBlock([first], nextInputs(ledger, { exchange })).execution)
  const late = ledger.assembleBlock([second, first], nextInputs(ledger, { exchange }))
  expect(late.dropped.map(({ error }) => error.code)).toEqual(['move.unknown_guard', 'move.unknown_guard'])
})

test('a block comes to one app hash with and without admission', () => {
  const { ledger, terms } = withOrder()
  const record = recordOf(instruction(alice, [{ from: terms }]).signed)
  expect(ledger.checkTransaction(record, NO_LOCKED_OUTPUTS, undefined, exchange).ok).toBe(true)
  // Another view of the exchange with the same answers: nothing is kept for it.
  const [kept, anew] = [exchange, exchangeOf()].map(view =>
    ledger.assembleBlock([record], nextInputs(ledger, { exchange: view })),
  )
  expect(kept!.execution.records).toHaveLength(1)
  expect(kept!.execution.block.appHash).toBe(anew!.execution.block.appHash)
})

/** The same answers, and how often somebody has asked for a market. */
function countingExchange() {
  const { markets, ...rest } = exchangeOf()
  let asked = 0
  const get: typeof markets.get = id => {
    asked++
    return markets.get(id)
  }
  return { exchange: { ...rest, markets: { ...markets, get } }, asked: () => asked }
}

describe('instructions that wait while a block is made', () => {
  const view = countingExchange()
  const ledger = new Ledger(PARAMETERS)
  const owners = [alice, account(2), account(3)]
  const gatherer = account(4)
  const ids = fund(
    ledger,
    [...owners, gatherer].map(owner => coin(owner, 1_000_000n, USD)),
  )
  const placed = owners.map((owner, i) => {
    const { terms, output } = order(owner, 'buy', 50, { lots: 10 })
    const change = coin(owner, 1_000_000n - output.amount - 5n, USD)
    return { terms, record: recordOf(orderPayment([owner], [ids[i]!], [output, change], [terms]).signed) }
  })
  const amended = ([owner, i, changes]: [typeof alice, number, object]) => {
    const to = order(owner, 'buy', 51, { lots: 5, ...changes }).terms
    return recordOf(instruction(owner, [{ from: placed[i]!.terms, to }]).signed)
  }
  const dated = { expiryKind: 'height', expiry: 1_000n } as const
  const cases: [typeof alice, number, object][] = [
    [owners[0]!, 0, {}],
    [owners[1]!, 1, dated],
    [owners[2]!, 2, {}],
  ]
  const [mine, until, other] = cases.map(amended) as [MappedRecord, MappedRecord, MappedRecord]
  const small = trading(gatherer)
  const parts = [400_000n, 400_000n].map(part => orderOutput(small, part, USD))
  const change = coin(gatherer, 199_995n, USD)
  const filled = orderPayment([gatherer], [ids[3]!], [...parts, change], [small, small])
  const large = order(gatherer, 'buy', 50, { lots: 10_000 })
  // Two of a kind: whatever a block was made of is not kept any more.
  const [gathering, gathersLater] = [1n, 2n].map(nonce => {
    const step = { from: small, amount: large.output.amount, to: large.terms }
    return recordOf(instruction(gatherer, [step], { nonce }).signed)
  }) as [MappedRecord, MappedRecord]
  const [later, last] = [cases[0]!, cases[0]!].map(amended) as [MappedRecord, MappedRecord]
  const inputs = (exchange: ExchangeView, closes = false) => nextInputs(ledger, { exchange, closes })
  const block = (records: MappedRecord[], closes = false) =>
    ledger.applyBlock(ledger.assembleBlock(records, inputs(view.exchange, closes)).execution)

  /** How often a block of this record asks for a market, with what admission found out and without, and what it comes to. */
  const compare = (record: MappedRecord) => {
    const [kept, anew] = [view, countingExchange()].map(({ exchange, asked }) => {
      const before = asked()
      const { execution, dropped } = ledger.assembleBlock([record], inputs(exchange))
      expect(dropped).toEqual([])
      return { asked: asked() - before, appHash: execution.block.appHash }
    })
    return [kept!, anew!] as const
  }

  block([...placed.map(({ record }) => record), recordOf(filled.signed)])
  for (const record of [mine, later, last, until, other, gathering, gathersLater])
    expect(ledger.checkTransaction(record, NO_LOCKED_OUTPUTS, undefined, view.exchange).ok).toBe(true)
  block([other])

  test('are not looked at again where it changed nothing about them, and come to the same', () => {
    const [kept, anew] = compare(mine)
    expect(kept.appHash).toBe(anew.appHash)
    expect(kept.asked).toBeLessThan(anew.asked)
  })

  test('are looked at again where they depend on the height', () => {
    const [kept, anew] = compare(until)
    expect(kept).toEqual(anew)
  })

  test('are looked at again in the next checkpoint where they gather', () => {
    const before = compare(gathering)
    expect(before[0].asked).toBeLessThan(before[1].asked)
    block([], true)
    const after = compare(gathersLater)
    expect(after[0]).toEqual(after[1])
    const [kept, anew] = compare(later)
    expect(kept.appHash).toBe(anew.appHash)
    expect(kept.asked).toBeLessThan(anew.asked)
  })

  test('are looked at again after some blocks', () => {
    for (let i = 0; i < 4; i++) block([])
    const [kept, anew] = compare(last)
    expect(kept).toEqual(anew)
  })
})
