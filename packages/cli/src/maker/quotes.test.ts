import { MAX_TICK, type Market, type Order } from '@omg/sdk'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_LEVELS, middleOf, type Quote, quotesAround, stepsTo } from './quotes.ts'

const plan = { halfSpreadBps: 10, stepBps: 5, levels: 3, lots: 7n }
const market = { id: '0x01' } as unknown as Market

const order = (side: 'buy' | 'sell', price: bigint, release?: Order['release']): Order => {
  return { guard: `${side}${price}`, terms: { side, limit: price }, release } as unknown as Order
}

/** What stands after the steps. */
function after(live: readonly Order[], steps: ReturnType<typeof stepsTo>): string[] {
  const standing = new Map(live.map(each => [each, `${each.terms.side} ${each.terms.limit}`]))
  const placed: string[] = []
  for (const step of steps) {
    if ('place' in step) placed.push(`${step.place.side} ${'price' in step.place ? step.place.price : ''}`)
    else if ('cancel' in step) standing.delete(step.cancel.order as Order)
    else
      standing.set(step.amend.order as Order, `${(step.amend.order as Order).terms.side} ${step.amend.price}`)
  }
  return [...standing.values(), ...placed].sort()
}

describe('quotes', () => {
  test('lie on both sides of the reference', () => {
    expect(quotesAround(200_000n, plan)).toEqual([
      { side: 'buy', price: 199_800n },
      { side: 'buy', price: 199_700n },
      { side: 'buy', price: 199_600n },
      { side: 'sell', price: 200_200n },
      { side: 'sell', price: 200_300n },
      { side: 'sell', price: 200_400n },
    ])
  })

  test('are never crossed, never equal, and prices that exist', () => {
    const plans = fc.record({
      halfSpreadBps: fc.integer({ min: 0, max: 2_500 }),
      stepBps: fc.integer({ min: 0, max: 2_500 }),
      levels: fc.integer({ min: 1, max: MAX_LEVELS }),
      lots: fc.constant(1n),
    })
    fc.assert(
      fc.property(fc.bigInt(1n, BigInt(MAX_TICK)), plans, (reference, given) => {
        const quotes = quotesAround(reference, given)
        const prices = (side: Quote['side']) =>
          quotes.filter(quote => quote.side === side).map(({ price }) => price)
        const [bids, asks] = [prices('buy'), prices('sell')]
        for (const [i, price] of bids.entries())
          expect(price).toBeLessThan(i === 0 ? reference : bids[i - 1]!)
        for (const [i, price] of asks.entries())
          expect(price).toBeGreaterThan(i === 0 ? reference : asks[i - 1]!)
        for (const { price } of quotes) expect(price >= 1n && price <= BigInt(MAX_TICK)).toBe(true)
      }),
    )
  })
})

describe('the steps to the quotes', () => {
  test('place what is missing, move what is wrong, cancel what is too much, and leave the rest', () => {
    const live = [
      order('buy', 98n),
      order('buy', 90n),
      order('sell', 102n),
      order('sell', 110n),
      order('sell', 111n),
    ]
    const wanted: Quote[] = [
      { side: 'buy', price: 98n },
      { side: 'buy', price: 97n },
      { side: 'buy', price: 96n },
      { side: 'sell', price: 102n },
      { side: 'sell', price: 103n },
    ]
    const steps = stepsTo(market, wanted, live, plan)
    expect(steps).toHaveLength(4)
    expect(steps[0]).toMatchObject({ amend: { order: live[1], price: 97n, lots: 7n } })
    expect(steps[1]).toMatchObject({ place: { side: 'buy', price: 96n, postOnly: true, from: 'trading' } })
    expect(steps[3]).toMatchObject({ cancel: { order: live[4] } })
    expect(stepsTo(market, wanted.slice(0, 1), [order('buy', 98n)], plan)).toEqual([])
  })

  test('lead from any orders to exactly the quotes, and leave alone what is on its way out', () => {
    const sides = fc.constantFrom('buy' as const, 'sell' as const)
    const quote = fc.record({ side: sides, price: fc.bigInt(1n, 20n) })
    const unique = (list: Quote[]) => [
      ...new Map(list.map(each => [`${each.side} ${each.price}`, each])).values(),
    ]
    const quotes = fc.array(quote, { maxLength: 10 }).map(unique)
    fc.assert(
      fc.property(quotes, quotes, (standing, wanted) => {
        const live = standing.map(({ side, price }) => order(side, price))
        const steps = stepsTo(market, wanted, [...live, order('buy', 5n, 'expired')], plan)
        expect(after(live, steps)).toEqual(wanted.map(({ side, price }) => `${side} ${price}`).sort())
      }),
    )
  })
})

test('the middle of the book does not follow oneself', () => {
  const book = { bestBid: 98n, bestAsk: 103n, lastPrice: 99n }
  expect(middleOf(book, [])).toBe(100n)
  expect(middleOf(book, [order('buy', 98n)])).toBe(99n)
  expect(middleOf({ ...book, bestAsk: undefined }, [])).toBe(99n)
  expect(middleOf({ bestBid: undefined, bestAsk: undefined, lastPrice: undefined }, [])).toBeUndefined()
})
