import { type MarketTerms, type OrderTerms, ZERO_ADDRESS, ZERO_HASH } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MARKET, MARKET_TERMS } from '../test/arbitraries.ts'
import { market } from './market.ts'
import { amountFor, cost, lotsOf, orderLots, settleMoney, tradingFee } from './money.ts'
import { bookOrder } from './order.ts'

const terms: OrderTerms = {
  owner: ZERO_ADDRESS,
  agent: ZERO_ADDRESS,
  receiver: ZERO_ADDRESS,
  proceedsKind: 'coin',
  proceedsGuard: ZERO_HASH as never,
  market: MARKET.id,
  side: 'buy',
  limit: 100n,
  expiryKind: 'never',
  expiry: 0n,
  minFill: 0n,
  timeInForce: 'goodTillCancel',
  postOnly: false,
  selfTradePrevention: 'expireMaker',
  triggerKind: 'none',
  triggerPrice: 0n,
  triggerLimit: 0n,
  maxFeeBps: 20,
  clientId: ZERO_HASH,
  nonce: ZERO_HASH,
}

const units = fc.bigInt({ min: 1n, max: 10n ** 20n })
const ticks = fc.integer({ min: 1, max: 0xffff_ffff })

describe('amounts and lots', () => {
  test('an amount for some lots makes exactly these, and a unit less makes fewer', () => {
    fc.assert(
      fc.property(
        units,
        units,
        ticks,
        ticks,
        fc.integer({ min: 0, max: 10_000 }),
        fc.constantFrom('buy', 'sell'),
        (tick, lot, limit, lots, maxFeeBps, side) => {
          const book: MarketTerms = { ...MARKET_TERMS, tick, lot }
          const sizing = { side, limit: BigInt(limit), triggerLimit: 0n, maxFeeBps } as const
          const amount = amountFor(book, sizing, BigInt(lots))
          expect(lotsOf(book, sizing, amount)).toBe(BigInt(lots))
          expect(lotsOf(book, sizing, amount - 1n)).toBe(BigInt(lots) - 1n)
        },
      ),
    )
  })

  test('a turned order is sized at the higher of its limits', () => {
    const turning = { ...terms, triggerLimit: 250n }
    expect(amountFor(MARKET_TERMS, turning, 4n)).toBe(amountFor(MARKET_TERMS, { ...terms, limit: 250n }, 4n))
  })

  test('whatever is filled first, the rest can be paid for', () => {
    const fills = fc.array(
      fc.record({ lots: fc.integer({ min: 1, max: 99 }), below: fc.nat(99), bps: fc.nat(20) }),
    )
    fc.assert(
      fc.property(units, fills, fc.bigInt({ min: 1n, max: 10n ** 9n }), (tick, list, unit) => {
        const book = { ...MARKET_TERMS, tick }
        const all = list.reduce((sum, { lots }) => sum + lots, 0)
        let amount = amountFor(book, terms, BigInt(all))
        let left = all
        for (const { lots, below, bps } of list) {
          const trade = { side: 'buy', price: 100 - below, lots, bps, unit } as const
          amount = settleMoney(book, trade, amount).remainder
          left -= lots
          expect(lotsOf(book, terms, amount)).toBeGreaterThanOrEqual(BigInt(left))
        }
      }),
    )
  })
})

describe('fees', () => {
  test('are rounded down, to a multiple of the unit', () => {
    expect(tradingFee(10_000n, 1, 1n)).toBe(1n)
    expect(tradingFee(9_999n, 1, 1n)).toBe(0n)
    expect(tradingFee(12_345_678n, 100, 1000n)).toBe(123_000n)
    expect(tradingFee(5n, 10_000, 1n)).toBe(5n)
  })

  test('cost is exact at the limits of everything', () => {
    expect(cost({ ...MARKET_TERMS, tick: 1n << 60n }, 0xffff_ffff, 0xffff_ffff)).toBe(
      0xffff_ffffn * 0xffff_ffffn * (1n << 60n),
    )
  })

  test('an amount that cannot pay is a bug', () => {
    const trade = { side: 'buy', price: 100, lots: 2, bps: 0, unit: 1n } as const
    expect(() => settleMoney(MARKET_TERMS, trade, 1n)).toThrow('cannot pay')
  })
})

describe('a new order', () => {
  const entry = (change: Partial<OrderTerms>, lots = 5n) => {
    const changed = { ...terms, ...change }
    const amount = changed.limit > 0n ? amountFor(MARKET_TERMS, changed, lots) : 1n
    return bookOrder(MARKET, {
      guard: ZERO_HASH as never,
      terms: changed,
      amount,
      height: 1n,
      position: 0n as never,
    })
  }

  test('has the lots of its amount', () => {
    expect(entry({})).toMatchObject({ ok: true, value: { lots: 5, limit: 100, minFill: 0 } })
    expect(entry({ side: 'sell', minFill: 1n << 40n })).toMatchObject({
      ok: true,
      value: { lots: 5, minFill: 0xffff_ffff },
    })
  })

  test.each([
    ['another market', 'order.market', { market: ZERO_HASH }],
    ['a limit of zero', 'order.limit', { limit: 0n }],
    ['a limit above 32 bits', 'order.limit', { limit: 1n << 32n }],
    ['a trigger at zero', 'order.trigger', { triggerKind: 'wakeAbove' }],
    ['a trigger above 32 bits', 'order.trigger', { triggerKind: 'wakeBelow', triggerPrice: 1n << 32n }],
    ['a turn to zero', 'order.trigger', { triggerKind: 'turnAbove', triggerPrice: 5n }],
  ] as [string, string, Partial<OrderTerms>][])('is refused with %s', (_, code, change) => {
    expect(entry(change)).toMatchObject({ ok: false, error: { code } })
  })

  test('is refused below the minimum of the market and above 32 bits', () => {
    const large = market({ ...MARKET_TERMS, minimumSize: 3n })
    const lots = (amount: bigint) => orderLots(large.terms, { ...terms, side: 'sell' }, amount)
    expect(lots(3n * MARKET_TERMS.lot)).toEqual({ ok: true, value: 3 })
    expect(lots(3n * MARKET_TERMS.lot - 1n)).toMatchObject({ ok: false, error: { code: 'order.size' } })
    expect(lots(0xffff_ffffn * MARKET_TERMS.lot)).toEqual({ ok: true, value: 0xffff_ffff })
    expect(lots((1n << 32n) * MARKET_TERMS.lot)).toMatchObject({ ok: false, error: { code: 'order.size' } })
  })
})
