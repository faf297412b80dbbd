import { orderGuard, unpackLanes } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { alice, bob, carol, coin, fund, PARAMETERS, PLAIN, USD } from '../chain.fixture.ts'
import { DEFAULT_EXCHANGE } from '../parameters.ts'
import { describeRecord } from '../record.ts'
import type { LedgerParameters, StateTransition } from '../types.ts'
import { balance, kindsOf, orderDriver, place, supply, underGuard } from './driver.conformance.ts'
import {
  exchangeOf,
  instruction,
  MARKET,
  order,
  orderPayment,
  SAFE_MARKET,
  trading,
} from './market.fixture.ts'

/** What every implementation of {@link StateTransition} must do with the batches of a block. */
export function batchConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  const { start, includeAll } = orderDriver(create)

  describe(`${name}: batches`, () => {
    test('orders made in one block trade in the next, at one price', () => {
      const { ledger, coins } = start([alice, bob])
      const before = [USD, PLAIN].map(token => supply(ledger, token))
      const buy = order(alice, 'buy', 100, { lots: 10 })
      const sell = order(bob, 'sell', 90, { lots: 4 })
      includeAll(ledger, [place(alice, coins[0]![0]!, [buy]), place(bob, coins[1]![0]!, [sell])])
      expect(underGuard(ledger, buy.terms).length).toBe(1)
      const { execution } = includeAll(ledger, [])
      expect(kindsOf(execution)).toEqual(['settle'])
      expect(execution.batches).toMatchObject([{ price: 95, volume: 4 }])
      // Four lots of 10 PLAIN at 95 USD.
      expect(balance(ledger, alice, PLAIN)).toBe(40_040n)
      expect(balance(ledger, bob, USD)).toBe(399_995n + 380n)
      expect(balance(ledger, bob, PLAIN)).toBe(40_000n - 40n)
      expect(underGuard(ledger, sell.terms)).toEqual([])
      expect(underGuard(ledger, buy.terms).map(({ output }) => output.amount)).toEqual([
        buy.output.amount - 380n,
      ])
      expect(ledger.orders.holding(orderGuard(buy.terms))?.live?.order.lots).toBe(6)
      expect(ledger.orders.lastPrice(buy.terms.market)).toBe(95)
      expect([USD, PLAIN].map(token => supply(ledger, token))).toEqual(before)
      expect(kindsOf(includeAll(ledger, []).execution)).toEqual([])
    })

    test('fees of makers and takers go to the lanes, and what is left over goes back', () => {
      const exchange = {
        makerBps: 10,
        takerBps: 50,
        moveBudget: { steps: 32, unitsPerStep: 10n ** 9n, cancels: 256 },
      }
      const { ledger, coins } = start([alice, bob], { ...PARAMETERS, exchange })
      const before = [USD, PLAIN].map(token => supply(ledger, token))
      const maker = order(alice, 'sell', 400, { lots: 50 })
      includeAll(ledger, [place(alice, coins[0]![0]!, [maker])])
      includeAll(ledger, [])
      const taker = order(bob, 'buy', 500, { lots: 50 })
      includeAll(ledger, [place(bob, coins[1]![0]!, [taker])])
      const { execution } = includeAll(ledger, [])
      // Buyers and sellers are equal between 400 and 500.
      expect(execution.batches).toMatchObject([{ price: 450, volume: 50 }])
      expect(kindsOf(execution)).toEqual(['settle', 'move'])
      const cost = 50n * 450n
      const [makerFee, takerFee] = [(cost * 10n) / 10_000n, (cost * 50n) / 10_000n]
      expect(unpackLanes(execution.lanes)).toEqual([0n, makerFee + takerFee, 0n, 0n])
      expect(balance(ledger, alice, USD)).toBe(399_995n + cost - makerFee)
      expect(balance(ledger, bob, USD)).toBe(399_995n - cost - takerFee)
      expect(underGuard(ledger, taker.terms)).toEqual([])
      expect([USD, PLAIN].map(token => supply(ledger, token))).toEqual(before)
    })

    test('R9: an order that self-trade prevention reduces is settled first, so nothing unseasoned is spent', () => {
      const { ledger, coins } = start([alice, bob])
      const before = [USD, PLAIN].map(token => supply(ledger, token))
      const isSeasoned = (position: bigint) => position >> 64n < ledger.tip.checkpoint
      const exchange = () => ({ exchange: exchangeOf([SAFE_MARKET], isSeasoned) })
      const mode = { selfTradePrevention: 'decrement' } as const
      const twice = { ...mode, timeInForce: 'immediateOrCancel' } as const
      const mine = order(alice, 'sell', 90, { lots: 5, ...mode }, SAFE_MARKET)
      const reduced = order(alice, 'buy', 100, { lots: 40, ...twice }, SAFE_MARKET)
      const other = order(bob, 'sell', 95, { lots: 10 }, SAFE_MARKET)
      const placed = [place(alice, coins[0]![0]!, [mine, reduced]), place(bob, coins[1]![0]!, [other])]
      includeAll(ledger, placed, { ...exchange(), closes: true })
      const held = new Set(
        [mine, reduced, other].flatMap(({ terms }) => underGuard(ledger, terms)).map(({ id }) => id),
      )
      const { execution } = includeAll(ledger, [], exchange())
      expect(execution.batches).toMatchObject([{ volume: 10 }])
      const transactions = execution.records.map(record => describeRecord(record).transaction)
      const settles = transactions.filter(transaction => transaction.kind === 'settle')
      const inputs = settles.flatMap(({ fills }) => fills.map(({ input }) => input))
      expect(inputs.length).toBe(2)
      expect(inputs.filter(id => !held.has(id))).toEqual([])
      // What it lost to its own owner and what nobody sold it go back one after the other.
      expect(transactions.filter(({ kind }) => kind === 'move').length).toBe(2)
      for (const { terms } of [mine, reduced, other]) expect(underGuard(ledger, terms)).toEqual([])
      expect([USD, PLAIN].map(token => supply(ledger, token))).toEqual(before)
    })

    test('a market whose fees are beyond a lane has no batch, and stops no other', () => {
      const exchange = { ...DEFAULT_EXCHANGE, makerBps: 100, takerBps: 100 }
      const ledger = create({ ...PARAMETERS, exchange })
      // Only the amounts matter here: the market keeps its name.
      const dear = { ...MARKET, terms: { ...MARKET.terms, tick: 2n ** 70n } }
      const view = { exchange: exchangeOf([dear, SAFE_MARKET], () => true) }
      const rich = 2n ** 100n
      const held = [coin(alice, rich, USD), coin(bob, 10_000n, PLAIN), coin(bob, 1_000n, USD)]
      const funds = [coin(carol, 100_000n, USD), coin(carol, 10_000n, PLAIN), coin(bob, 100_000n, USD)]
      const [usd, plain, fees, ...others] = fund(ledger, [...held, ...funds, coin(bob, 10_000n, PLAIN)])
      const buy = order(alice, 'buy', 100, { lots: 10 }, dear)
      const sell = order(bob, 'sell', 100, { lots: 10 }, dear)
      const change = coin(alice, rich - buy.output.amount - 5n, USD)
      const left = [coin(bob, 10_000n - sell.output.amount, PLAIN), coin(bob, 995n, USD)]
      includeAll(
        ledger,
        [
          orderPayment([alice], [usd!], [buy.output, change], [buy.terms]),
          orderPayment([bob], [plain!, fees!], [sell.output, ...left], [sell.terms]),
          place(carol, others.slice(0, 2) as never, [order(carol, 'buy', 7, { lots: 5 }, SAFE_MARKET)]),
          place(bob, others.slice(2) as never, [order(bob, 'sell', 7, { lots: 5 }, SAFE_MARKET)]),
        ],
        view,
      )
      const { execution } = includeAll(ledger, [], view)
      expect(execution.batches).toMatchObject([{ market: SAFE_MARKET.id, price: 7, volume: 5 }])
      expect(kindsOf(execution)[0]).toBe('settle')
      expect(underGuard(ledger, buy.terms).length).toBe(1)
    })

    test('an agent trades from a trading balance, and the proceeds come back to it', () => {
      const { ledger, coins } = start([alice, bob])
      const agent = bob
      const home = trading(alice, agent)
      const funded = {
        terms: home,
        output: { ...order(alice, 'sell', 1, { lots: 20 }).output, guard: orderGuard(home) },
      }
      includeAll(ledger, [place(alice, coins[0]![0]!, [funded])])
      const sell = order(alice, 'sell', 7, { lots: 12, agent: agent.address, proceedsKind: 'trading' })
      includeAll(ledger, [instruction(agent, [{ from: home, amount: 120n, to: sell.terms }])])
      expect(underGuard(ledger, home).map(({ output }) => output.amount)).toEqual([80n])
      const buy = order(bob, 'buy', 7, { lots: 5 })
      includeAll(ledger, [place(bob, coins[1]![0]!, [buy])])
      const { execution } = includeAll(ledger, [])
      expect(execution.batches).toMatchObject([{ price: 7, volume: 5 }])
      const usd = underGuard(ledger, home).filter(({ output }) => output.token === USD)
      expect(usd.map(({ output }) => output.amount)).toEqual([35n])
      // The rest is taken back into the balance.
      includeAll(ledger, [instruction(agent, [{ from: sell.terms, to: home }])])
      expect(underGuard(ledger, sell.terms)).toEqual([])
      expect(ledger.orders.holding(orderGuard(sell.terms))).toBeUndefined()
    })
  })
}
