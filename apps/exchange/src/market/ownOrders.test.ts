import type { Guard } from '@omg/protocol'
import { type Market, type Order, unitsOf } from '@omg/sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ownOrdersOf } from '../order/standing.ts'
import { ladder } from './book.ts'
import { lineTitle, MAX_LINES, type OwnOrder, ownLines, ownRungs, ownText } from './ownOrders.ts'

const terms = { tick: 1n, lot: 10n ** 14n } as Market['terms']
const [base, quote] = [{ decimals: 18 }, { decimals: 6 }]
const market = { terms, base, quote, ...unitsOf(terms, base, quote) } as Market

const own = (side: 'buy' | 'sell', price: number, lots: number, asleep = false): OwnOrder => {
  return { guard: `0x${price}` as Guard, side, price: BigInt(price), lots: BigInt(lots), asleep }
}

describe('own orders in the book', () => {
  it('stand at the rungs at which the book has them, never more than is there', () => {
    const order = fc.record({ price: fc.integer({ min: 1, max: 60 }), lots: fc.integer({ min: 1, max: 9 }) })
    fc.assert(
      fc.property(
        fc.array(order, { maxLength: 12 }),
        fc.constantFrom('buy' as const, 'sell' as const),
        fc.constantFrom(1, 5, 10),
        (orders, side, step) => {
          const sums = new Map<number, number>()
          for (const { price, lots } of orders) sums.set(price, (sums.get(price) ?? 0) + lots)
          const levels = [...sums]
            .map(([tick, lots]) => ({ tick, lots, orders: 1 }))
            .sort((a, b) => (side === 'buy' ? b.tick - a.tick : a.tick - b.tick))
          const rungs = ladder(levels, side === 'buy' ? 'bid' : 'ask', step, 99)
          const mine = ownRungs(
            orders.map(({ price, lots }) => own(side, price, lots)),
            side,
            step,
          )
          // Whoever is alone in a market has all of its book.
          expect([...mine].sort()).toEqual(
            rungs.map(({ tick, lots }) => [tick, lots] as [number, number]).sort(),
          )
        },
      ),
    )
  })

  it('are not those of the other side, and not those that sleep', () => {
    const orders = [own('buy', 100, 1), own('sell', 100, 2), own('buy', 100, 4, true)]
    expect(ownRungs(orders, 'buy', 1)).toEqual(new Map([[100, 1]]))
  })
})

describe('own orders in the chart', () => {
  it('are one line for a side and a price, and are said in words', () => {
    const lines = ownLines([
      own('buy', 199_550, 200),
      own('sell', 200_100, 100),
      own('buy', 199_550, 50),
      own('sell', 190_000, 10, true),
    ])
    expect(lines.map(line => [lineTitle(market, line), line.orders])).toEqual([
      ['Sell 0.0100', 1],
      ['Buy 0.0250', 2],
      ['Sell 0.0010 asleep', 1],
    ])
    expect(ownText(market, lines)).toBe(
      'Your orders: Sell 0.0100 at 2,001.00; Buy 0.0250 at 1,995.50; Sell 0.0010 asleep until 1,900.00.',
    )
    expect(ownText(market, [])).toBe('')
  })

  it('are so many at most', () => {
    expect(ownLines(Array.from({ length: 99 }, (_, i) => own('buy', i + 1, 1)))).toHaveLength(MAX_LINES)
  })
})

describe('which orders are marked', () => {
  const id = '0x01' as Order['market']
  const order = (changes: object, conditions: object = {}) =>
    ({
      ...{ guard: '0x0a', market: id, lots: 3n, triggered: false, release: undefined, ...changes },
      terms: {
        side: 'sell',
        limit: 90n,
        triggerKind: 'none',
        triggerPrice: 0n,
        triggerLimit: 0n,
        ...conditions,
      },
    }) as unknown as Order
  const prices = (...orders: Order[]) => ownOrdersOf(orders, id).map(({ price, asleep }) => [price, asleep])

  it('stand at their limit, at their second one after the turn, or wait at their trigger', () => {
    const stop = { triggerKind: 'wakeBelow', triggerPrice: 95n }
    const either = { triggerKind: 'turnBelow', triggerPrice: 95n, triggerLimit: 80n }
    expect(prices(order({}))).toEqual([[90n, false]])
    expect(prices(order({}, stop))).toEqual([[95n, true]])
    expect(prices(order({ triggered: true }, stop))).toEqual([[90n, false]])
    expect(prices(order({}, either))).toEqual([[90n, false]])
    expect(prices(order({ triggered: true }, either))).toEqual([[80n, false]])
  })

  it('are those of the market that are not on their way back', () => {
    expect(prices(order({ market: '0x02' }), order({ release: 'expired' }))).toEqual([])
  })
})
