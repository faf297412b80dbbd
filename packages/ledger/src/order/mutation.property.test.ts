import { toHex } from '@omg/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBlock, encodeBlock } from '../block.ts'
import { alice, bob, carol, nextInputs, PARAMETERS, recordOf, USD } from '../chain.fixture.ts'
import { ReferenceLedger } from '../ledger.reference.ts'
import { Ledger } from '../ledger.ts'
import { NO_LOCKED_OUTPUTS } from '../locks.ts'
import { createMapper } from '../map.ts'
import type { Block, LedgerParameters, StateTransition } from '../types.ts'
import { kindsOf, orderDriver, place, stateOf } from './driver.conformance.ts'
import { exchangeOf, instruction, order, orderOutput, trading } from './market.fixture.ts'

const map = createMapper(PARAMETERS.domain)
const exchange = exchangeOf(undefined, () => true)

/** A ledger, and a block for it with every kind of transaction that orders bring. */
function scene(create: (parameters: LedgerParameters) => StateTransition): {
  ledger: StateTransition
  block: Block
} {
  const { start, includeAll } = orderDriver(create)
  const { ledger, coins } = start([alice, bob, carol])
  const home = trading(alice, bob)
  const buy = order(alice, 'buy', 100, { lots: 10, proceedsKind: 'trading' })
  const balance = { terms: home, output: orderOutput(home, 5_000n, USD) }
  const sell = order(carol, 'sell', 90, { lots: 4 })
  const once = order(carol, 'sell', 95, { lots: 9, timeInForce: 'immediateOrCancel' })
  includeAll(
    ledger,
    [place(alice, coins[0]![0]!, [buy, balance, balance]), place(carol, coins[2]![0]!, [sell, once])],
    { exchange },
  )
  const next = order(alice, 'buy', 80, { lots: 12, agent: bob.address })
  const more = order(carol, 'sell', 120, { lots: 5 })
  const records = [
    instruction(bob, [{ from: home, amount: 9_970n, to: next.terms }]),
    place(carol, coins[2]![1]!, [more]),
  ].map(({ signed }) => recordOf(signed))
  const { execution, dropped } = ledger.assembleBlock(records, nextInputs(ledger, { exchange }))
  expect(dropped).toEqual([])
  expect(kindsOf(execution).sort()).toEqual(['move', 'move', 'pay', 'settle'])
  return { ledger, block: execution.block }
}

test('a block of orders with any byte changed is refused, by both ledgers, and changes nothing', () => {
  const scenes = [
    scene(parameters => new Ledger(parameters)),
    scene(parameters => new ReferenceLedger(parameters)),
  ]
  for (const { ledger, block } of scenes) {
    const bytes = encodeBlock(block)
    const before = stateOf(ledger)
    const isFast = ledger instanceof Ledger
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, by) => {
        const decoded = decodeBlock(Uint8Array.from(bytes, (byte, i) => (i === place ? byte ^ by : byte)))
        if (!decoded.ok) return
        const { value } = decoded
        const batch = map(value.body, value.bounds)
        expect(ledger.executeBlock(value, batch, NO_LOCKED_OUTPUTS, exchange).ok).toBe(false)
        expect(stateOf(ledger)).toEqual(before)
      }),
      { numRuns: isFast ? 500 : 120 },
    )
    const whole = decodeBlock(bytes)
    if (!whole.ok) throw whole.error
    const { value } = whole
    const result = ledger.executeBlock(value, map(value.body, value.bounds), NO_LOCKED_OUTPUTS, exchange)
    expect(result.ok && toHex(encodeBlock(result.value.block))).toBe(toHex(bytes))
  }
})
