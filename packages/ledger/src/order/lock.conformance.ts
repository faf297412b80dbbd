import type { OutputId } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { alice, bob, carol, coin, payment, USD } from '../chain.fixture.ts'
import { Locks } from '../locks.ts'
import type { LedgerParameters, StateTransition } from '../types.ts'
import { orderDriver, outputsOf, place, underGuard } from './driver.conformance.ts'
import { exchangeOf, instruction, MARKET, order } from './market.fixture.ts'

/** What every implementation of {@link StateTransition} must do about exits of orders (R6, R10). */
export function lockConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  const { start, include, includeAll, expectRefused, expectAdmitted } = orderDriver(create)
  const open = exchangeOf(
    [MARKET],
    () => true,
    () => true,
  )
  const exitOf = (outputId: OutputId) => new Locks([{ kind: 'exit', outputId, block: 20n }])

  /** bob's sell has traded against a part of alice's buy; what was spent, and what was made of it. */
  function traded() {
    const { ledger, coins } = start([alice, bob])
    const [buy, sell] = [order(alice, 'buy', 100, { lots: 10 }), order(bob, 'sell', 100, { lots: 4 })]
    includeAll(ledger, [place(alice, coins[0]![0]!, [buy]), place(bob, coins[1]![0]!, [sell])], {
      exchange: open,
    })
    const [bought, sold] = [buy, sell].map(({ terms }) => underGuard(ledger, terms)[0]!.id) as [
      OutputId,
      OutputId,
    ]
    includeAll(ledger, [], { exchange: open, closes: true })
    const [proceeds] = outputsOf(ledger, output => output.type === 'coin' && output.amount === 400n)
    return { ledger, coins, buy, bought, sold, proceeds: proceeds!.id }
  }

  describe(`${name}: exits of orders`, () => {
    test('R10: an order that exits is not settled, not moved and not given back', () => {
      const { ledger, coins } = start([alice, bob])
      const [buy, sell] = [
        order(alice, 'buy', 100, { lots: 10, expiryKind: 'height', expiry: 4n }),
        order(bob, 'sell', 100, { lots: 4 }),
      ]
      includeAll(ledger, [place(alice, coins[0]![0]!, [buy]), place(bob, coins[1]![0]!, [sell])])
      const locked = exitOf(underGuard(ledger, buy.terms)[0]!.id).at(20n)
      for (let i = 0; i < 3; i++) {
        const { execution } = include(ledger, [], { locked })
        expect(execution.batches).toMatchObject([{ volume: 0, leftOut: [{ reason: 'unspendable' }] }])
        expect(execution.records.length).toBe(0)
      }
      expectRefused(ledger, instruction(alice, [{ from: buy.terms }]), 'move.locked', { locked })
      // The exit did not come to anything: the order has expired by now.
      expect(include(ledger, [], {}).execution.batches).toMatchObject([{ releases: [{ reason: 'expired' }] }])
    })

    test('R6: proceeds and remainders inherit an exit that starts in time', () => {
      const { ledger, buy, bought, sold, proceeds } = traded()
      const spend = payment([bob], [proceeds], [coin(bob, 395n, USD)])
      const cancel = instruction(alice, [{ from: buy.terms }])
      const seen = { exchange: open, origin: 20n, originTime: 1_500n }
      expectAdmitted(ledger, spend, { exchange: open })
      const sellExits = { ...seen, locked: exitOf(sold).at(20n) }
      expectRefused(ledger, spend, 'input.locked', sellExits)
      expectAdmitted(ledger, cancel, sellExits)
      const buyExits = { ...seen, locked: exitOf(bought).at(20n) }
      expectRefused(ledger, cancel, 'move.locked', buyExits)
      expectAdmitted(ledger, spend, buyExits)
      // And so does what was made of them before the exit showed.
      includeAll(ledger, [cancel], { exchange: open, closes: true })
      const left = outputsOf(ledger, ({ amount }) => amount === buy.output.amount - 400n)[0]!.id
      const late = payment([alice], [left], [coin(carol, buy.output.amount - 405n, USD)])
      expectRefused(ledger, late, 'input.locked', buyExits)
      expectAdmitted(ledger, late, sellExits)
    })

    test('R6: an exit that starts too late is not inherited; one that was in time stays', () => {
      const past = exchangeOf([MARKET], () => true)
      const { ledger, sold, proceeds } = traded()
      expect([...ledger.orders.heirs.all()].length).toBeGreaterThan(0)
      includeAll(ledger, [], { exchange: past, origin: 15n, originTime: 1_400n, closes: true })
      expect([...ledger.orders.heirs.all()]).toEqual([])
      const spend = payment([bob], [proceeds], [coin(bob, 395n, USD)])
      expectAdmitted(ledger, spend, { exchange: past, locked: exitOf(sold).at(20n) })

      const { ledger: other, sold: inTime, proceeds: locked } = traded()
      const exits = { exchange: past, origin: 20n, originTime: 1_500n, locked: exitOf(inTime).at(20n) }
      includeAll(other, [], { ...exits, closes: true })
      expect([...other.orders.heirs.all()].map(({ output }) => output)).toEqual([locked])
      const again = payment([bob], [locked], [coin(bob, 395n, USD)])
      expectRefused(other, again, 'input.locked', { exchange: past, locked: exits.locked })
    })
  })
}
