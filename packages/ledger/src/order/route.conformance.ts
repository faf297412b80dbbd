import { type OrderTerms, orderGuard, toHex } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { type Account, account, alice, bob, carol, coin, ETH, PLAIN, USD } from '../chain.fixture.ts'
import type { LedgerParameters, StateTransition } from '../types.ts'
import { balance, kindsOf, orderDriver, outputsOf, place, supply, underGuard } from './driver.conformance.ts'
import {
  ETH_MARKET,
  exchangeOf,
  instruction,
  MARKET,
  order,
  orderOutput,
  orderPayment,
  trading,
} from './market.fixture.ts'

/** What every implementation of {@link StateTransition} must do with triggers, routes and books of many orders. */
export function routeConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  const { start, assemble, includeAll, expectRefused, expectAdmitted } = orderDriver(create)
  const GWEI = 1_000_000_000n

  const chainedTo = ({ terms }: ReturnType<typeof order>) =>
    ({ proceedsKind: 'chained', proceedsGuard: orderGuard(terms) }) as const

  /** bob sells 5 gwei of ETH for at least 10 USD each. */
  function ethSeller(
    ledger: StateTransition,
    eth: Parameters<typeof orderPayment>[1][number],
    usd: typeof eth,
  ) {
    const sell = order(bob, 'sell', 10, { lots: 5 }, ETH_MARKET)
    const change = coin(bob, 10n ** 18n - 5n * GWEI)
    const paid = orderPayment([bob], [eth, usd], [sell.output, change, coin(bob, 99_995n, USD)], [sell.terms])
    includeAll(ledger, [paid])
  }

  describe(`${name}: routes`, () => {
    test('a merchant is paid in ETH by somebody who has PLAIN: two orders, two batches, one signature', () => {
      const { ledger, coins } = start([alice, bob, carol])
      const before = [ETH, USD, PLAIN].map(token => supply(ledger, token))
      const toMerchant = order(
        alice,
        'buy',
        10,
        { lots: 5, receiver: carol.address, maxFeeBps: 0 },
        ETH_MARKET,
      )
      const first = order(alice, 'sell', 7, {
        lots: 10,
        proceedsKind: 'chained',
        proceedsGuard: orderGuard(toMerchant.terms),
      })
      const buyer = order(bob, 'buy', 7, { lots: 10 })
      ethSeller(ledger, coins[1]![1]![2], coins[1]![1]![0])
      includeAll(ledger, [
        place(alice, coins[0]![0]!, [first], [toMerchant.terms]),
        place(bob, coins[1]![0]!, [buyer]),
      ])
      includeAll(ledger, [])
      // 70 USD flowed into the second order: seven lots at 10.
      expect(underGuard(ledger, toMerchant.terms).map(({ output }) => output.amount)).toEqual([70n])
      const { execution } = includeAll(ledger, [])
      expect(kindsOf(execution)).toEqual(['settle'])
      expect(balance(ledger, carol, ETH)).toBe(4n * 10n ** 18n + 5n * GWEI)
      // Two lots found no seller; they stand until the payer takes them back.
      expect(ledger.orders.holding(orderGuard(toMerchant.terms))?.live?.order.lots).toBe(2)
      expect([ETH, USD, PLAIN].map(token => supply(ledger, token))).toEqual(before)
    })

    test('proceeds that come in parts stand one after the other', () => {
      const { ledger, coins } = start([alice, bob])
      const next = order(alice, 'buy', 10, { lots: 5, maxFeeBps: 0 }, ETH_MARKET)
      const first = order(alice, 'sell', 7, {
        lots: 20,
        proceedsKind: 'chained',
        proceedsGuard: orderGuard(next.terms),
      })
      includeAll(ledger, [place(alice, coins[0]![0]!, [first], [next.terms])])
      for (const [i, lots] of [10, 10].entries()) {
        includeAll(ledger, [place(bob, coins[1]![i]!, [order(bob, 'buy', 7, { lots })])])
      }
      includeAll(ledger, [])
      const guard = orderGuard(next.terms)
      expect(underGuard(ledger, next.terms).length).toBe(2)
      expect(ledger.orders.holding(guard)?.live?.order.lots).toBe(7)
      ethSeller(ledger, coins[1]![2]![2], coins[1]![2]![0])
      includeAll(ledger, [])
      expect(ledger.orders.holding(guard)?.live?.order.lots).toBe(2)
      ethSeller(ledger, coins[1]![3]![2], coins[1]![3]![0])
      includeAll(ledger, [])
      // The first part is bought; the second one stands in its place now.
      expect(ledger.orders.holding(guard)?.live?.order.lots).toBe(7)
      expect(underGuard(ledger, next.terms).length).toBe(1)
      expect(ledger.orders.liveOrders).toBeGreaterThanOrEqual(2)
    })

    test.each([
      ['cancelOnly', false, 70n],
      ['postOnly', false, 70n],
      ['postOnly', true, 0n],
      ['closed', true, 70n],
    ] as const)('proceeds are a new order: a market that is %s, post-only %s', (state, postOnly, back) => {
      const { ledger, coins } = start([alice, bob])
      const next = order(alice, 'buy', 10, { lots: 5, maxFeeBps: 0, postOnly }, ETH_MARKET)
      const link = { proceedsKind: 'chained', proceedsGuard: orderGuard(next.terms) } as const
      const first = order(alice, 'sell', 7, { lots: 10, ...link })
      const buyer = order(bob, 'buy', 7, { lots: 10 })
      includeAll(ledger, [
        place(alice, coins[0]![0]!, [first], [next.terms]),
        place(bob, coins[1]![0]!, [buyer]),
      ])
      const exchange = exchangeOf([MARKET, { ...ETH_MARKET, state }])
      const before = balance(ledger, alice, USD)
      includeAll(ledger, [], { exchange })
      expect(balance(ledger, alice, USD)).toBe(before)
      expect(ledger.orders.book(ETH_MARKET.id)?.size ?? 0).toBe(back > 0n ? 0 : 1)
      includeAll(ledger, [], { exchange })
      expect(balance(ledger, alice, USD) - before).toBe(back)
      expect(underGuard(ledger, next.terms).length).toBe(back > 0n ? 0 : 1)
    })

    test('chained terms belong to the same owner and take what flows in', () => {
      const { ledger, coins } = start([alice, bob])
      const chain = (next: ReturnType<typeof order>) => {
        const link = { proceedsKind: 'chained', proceedsGuard: orderGuard(next.terms) } as const
        return place(alice, coins[0]![0]!, [order(alice, 'sell', 7, { lots: 10, ...link })], [next.terms])
      }
      expectRefused(ledger, chain(order(bob, 'buy', 10, { lots: 5 }, ETH_MARKET)), 'order.chain')
      expectRefused(ledger, chain(order(alice, 'sell', 10, { lots: 5 }, ETH_MARKET)), 'order.chain')
      expectRefused(
        ledger,
        chain(order(alice, 'buy', 10, { lots: 5, market: `0x${'07'.repeat(32)}` as never })),
        'order.chain',
      )
    })

    test('A38b: a stolen agent key chains an order to one that pays somebody else', () => {
      const { ledger, coins } = start([alice, bob])
      const home = trading(alice, bob)
      const funds = { terms: home, output: orderOutput(home, 50_000n, USD) }
      const mine = order(alice, 'buy', 9, { lots: 5, agent: bob.address }, ETH_MARKET)
      const signed = order(alice, 'sell', 7, { lots: 5, agent: bob.address, ...chainedTo(mine) })
      includeAll(ledger, [place(alice, coins[0]![0]!, [funds, signed], [mine.terms])])
      const thefts: [Partial<OrderTerms>, string][] = [
        [{ receiver: bob.address }, 'move.receiver'],
        [{ agent: account(9).address }, 'move.agent'],
        [{ owner: bob.address }, 'move.owner'],
      ]
      const parties = { lots: 5, agent: bob.address }
      for (const [changes, code] of thefts) {
        const last = order(alice, 'sell', 90, { ...parties, ...changes })
        const middle = order(alice, 'buy', 100, { ...parties, ...chainedTo(last) })
        const first = order(alice, 'sell', 8, { ...parties, ...chainedTo(middle) })
        const near = { from: home, amount: middle.output.amount, to: middle.terms }
        expectRefused(ledger, instruction(bob, [near], { chained: [last.terms] }), code)
        // The same behind another link, and in place of a route that the owner has signed.
        const far = { from: signed.terms, to: first.terms }
        expectRefused(ledger, instruction(bob, [far], { chained: [middle.terms, last.terms] }), code)
        expectRefused(ledger, instruction(alice, [near], { chained: [last.terms] }), code)
      }
      const last = order(alice, 'sell', 90, parties)
      const { terms, output } = order(alice, 'buy', 100, { ...parties, ...chainedTo(last) })
      const honest = { from: home, amount: output.amount, to: terms }
      expectAdmitted(ledger, instruction(bob, [honest], { chained: [last.terms] }))
    })

    test('a route that the owner has signed stays when its agent amends the order', () => {
      const { ledger, coins } = start([alice, bob])
      const last = order(
        alice,
        'buy',
        9,
        { lots: 5, agent: bob.address, receiver: account(9).address },
        ETH_MARKET,
      )
      const parties = { lots: 5, agent: bob.address, ...chainedTo(last) }
      const [old, amended] = [order(alice, 'sell', 7, parties), order(alice, 'sell', 8, parties)]
      includeAll(ledger, [place(alice, coins[0]![0]!, [old], [last.terms])])
      includeAll(ledger, [
        instruction(bob, [{ from: old.terms, to: amended.terms }], { chained: [last.terms] }),
      ])
      expect(ledger.orders.holding(orderGuard(amended.terms))?.live?.order.limit).toBe(8)
    })
  })

  describe(`${name}: books`, () => {
    test('a stop order sleeps until a clearing price crosses its trigger', () => {
      const { ledger, coins } = start([alice, bob])
      const stop = order(alice, 'sell', 80, { lots: 5, triggerKind: 'wakeBelow', triggerPrice: 90n })
      includeAll(ledger, [place(alice, coins[0]![0]!, [stop])])
      const bid = order(bob, 'buy', 85, { lots: 5 })
      includeAll(ledger, [place(bob, coins[1]![0]!, [bid])])
      expect(kindsOf(includeAll(ledger, []).execution)).toEqual([])
      const cheap = order(alice, 'sell', 85, { lots: 2 })
      includeAll(ledger, [place(alice, coins[0]![1]!, [cheap])])
      // It trades at 85, which wakes the stop; the stop acts in the next batch.
      expect(includeAll(ledger, []).execution.batches).toMatchObject([{ price: 85, volume: 2 }])
      expect(ledger.orders.holding(orderGuard(stop.terms))?.live?.order.triggered).toBe(true)
      expect(includeAll(ledger, []).execution.batches).toMatchObject([{ price: 85, volume: 3 }])
    })

    test('forty orders: settlements of sixteen inputs, and one root whatever the order of the candidates', () => {
      const traders = Array.from({ length: 20 }, (_, i) => account(40 + i))
      const { ledger, coins } = start(traders, undefined, 2)
      const before = [USD, PLAIN].map(token => supply(ledger, token))
      const placed = traders.flatMap((owner: Account, i) => [
        place(owner, coins[i]![0]!, [order(owner, 'buy', 100, { lots: 7 + i })]),
        place(traders[(i + 1) % 20]!, coins[(i + 1) % 20]![1]!, [
          order(traders[(i + 1) % 20]!, 'sell', 100, { lots: 5 + 2 * i }),
        ]),
      ])
      const roots = [placed, [...placed].reverse()].map(
        list => assemble(ledger, list).execution.block.appHash,
      )
      expect(new Set(roots).size).toBe(1)
      includeAll(ledger, placed)
      const { execution } = includeAll(ledger, [], { closes: true })
      const [batch] = execution.batches
      expect(batch!.buys.length + batch!.sells.length).toBeGreaterThan(16)
      expect(batch!.settlements.every(({ fills }) => fills.length <= 16)).toBe(true)
      expect(kindsOf(execution).filter(kind => kind === 'settle').length).toBe(batch!.settlements.length)
      expect([USD, PLAIN].map(token => supply(ledger, token))).toEqual(before)
      expect(outputsOf(ledger, output => output.type === 'order').length).toBe(ledger.orders.liveOrders)
    })

    test('a checkpoint commits to its batches and to the books after it, and to neither without markets', () => {
      const { ledger, coins } = start([alice, bob])
      const zero = `0x${'00'.repeat(32)}`
      expect(includeAll(ledger, [], { closes: true }).closed).toMatchObject({
        bookRoot: zero,
        batchRoot: zero,
      })
      const resting = order(alice, 'buy', 100, { lots: 10 })
      const placed = includeAll(ledger, [place(alice, coins[0]![0]!, [resting])], { closes: true })
      expect(placed.closed!.batchRoot).toBe(zero)
      expect(placed.closed!.bookRoot).not.toBe(zero)
      const idle = includeAll(ledger, [], { closes: true }).closed!
      expect(idle.bookRoot).toBe(placed.closed!.bookRoot)
      expect(idle.batchRoot).not.toBe(zero)
      const filled = place(bob, coins[1]![0]!, [order(bob, 'sell', 100, { lots: 10 })])
      includeAll(ledger, [filled])
      const last = includeAll(ledger, [], { closes: true }).closed!
      expect(last.bookRoot).toBe(zero)
      expect(ledger.orders.openBatches).toEqual([])
    })

    test('a deposit into an order waits for its terms, and is the owner’s', () => {
      const { ledger, coins } = start([alice])
      const { terms } = order(alice, 'buy', 100, { lots: 5 })
      const output = orderOutput(terms, 700n, USD)
      const position = ((0n << 64n) | (999n << 32n)) as never
      const { inboxCursor } = ledger.tip
      const deposit = { kind: 'deposit', inboxIndex: inboxCursor, position, output } as const
      includeAll(ledger, [], { deposits: [deposit] })
      expect(underGuard(ledger, terms).length).toBe(1)
      expect(ledger.orders.liveOrders).toBe(0)
      // It is no order, and keeps none away: a stranger may have made it.
      expectAdmitted(ledger, place(alice, coins[0]![0]!, [{ terms, output }]))
      expect(toHex(ledger.unspent.setHash()).length).toBe(66)
    })
  })
}
