import type { Market } from '@omg/sdk'
import type { Dict } from 'ccxt'
import { describe, expect, it } from 'vitest'
import { countIn } from './grid.ts'
import { type OrderArguments, type Surroundings, wantedOrder, worse } from './orderRequest.ts'

const market = { symbol: 'ETH/TUSD' } as Market
const around: Surroundings = {
  ticks: price => countIn(String(price), '1', 'nearest'),
  lots: amount => countIn(String(amount), '1', 'down'),
  prices: { bid: 99n, ask: 101n, last: 100n },
  slippageBps: 100n,
}
const given = (change: Partial<OrderArguments> = {}): OrderArguments => {
  return { market, type: 'limit', side: 'buy', lots: 5n, price: 100n, ...change }
}
const make = (change: Partial<OrderArguments>, params: Dict = {}, surroundings = around) => {
  const { market: _, ...order } = wantedOrder(given(change), params, surroundings)
  return order
}
const limit = { side: 'buy', lots: 5n, price: 100n, isMarket: false }
const sale = { side: 'sell' } as const

describe('CCXT arguments become terms of the chain', () => {
  it.each([
    ['a limit', {}, {}, limit],
    ['good till cancelled', {}, { timeInForce: 'GTC' }, limit],
    ['post-only', {}, { postOnly: true }, { ...limit, postOnly: true }],
    ['post-only by its time', {}, { timeInForce: 'PO' }, { ...limit, postOnly: true }],
    ['immediate or cancel', {}, { timeInForce: 'IOC' }, { ...limit, timeInForce: 'immediateOrCancel' }],
    ['fill or kill', {}, { timeInForce: 'fok' }, { ...limit, timeInForce: 'fillOrKill' }],
    ['good till date', {}, { timeInForce: 'GTD', goodTillDate: 9_999 }, { ...limit, expiry: { time: 9n } }],
    [
      'a stop to sell',
      sale,
      { stopLossPrice: 90 },
      { ...limit, ...sale, trigger: { type: 'stop', at: 90n } },
    ],
    [
      'a profit to take',
      sale,
      { takeProfitPrice: 120 },
      { ...limit, ...sale, trigger: { type: 'takeProfit', at: 120n } },
    ],
    ['a trigger above, to buy', {}, { triggerPrice: 105 }, { ...limit, trigger: { type: 'stop', at: 105n } }],
    [
      'a trigger below, to buy',
      {},
      { stopPrice: 95 },
      { ...limit, trigger: { type: 'takeProfit', at: 95n } },
    ],
    [
      'a trigger above, to sell',
      sale,
      { triggerPrice: 105 },
      { ...limit, ...sale, trigger: { type: 'takeProfit', at: 105n } },
    ],
    [
      'a direction',
      {},
      { triggerPrice: 105, triggerDirection: 'descending' },
      { ...limit, trigger: { type: 'takeProfit', at: 105n } },
    ],
    ['a name', {}, { clientOrderId: 'a' }, { ...limit, clientId: 'a' }],
    ['a minimum', {}, { minFill: 3 }, { ...limit, minFill: 3n }],
    ['a mode', {}, { selfTradePrevention: 'EXPIRE_MAKER' }, { ...limit, selfTradePrevention: 'expireMaker' }],
    ['a fee', {}, { maxFeeBps: 25 }, { ...limit, maxFeeBps: 25 }],
  ] as const)('%s', (_, change, params, expected) => {
    expect(make(change, params)).toEqual(expected)
  })

  it('a market order takes what is there, up to a worst price', () => {
    const taken = { side: 'buy', lots: 5n, isMarket: true, timeInForce: 'immediateOrCancel' }
    expect(make({ type: 'market', price: undefined })).toEqual({ ...taken, price: 102n })
    expect(make({ type: 'market', price: 107n })).toEqual({ ...taken, price: 107n })
    expect(make({ type: 'market', price: undefined, ...sale })).toEqual({ ...taken, ...sale, price: 99n })
    const sleeping = { ...taken, price: 121n, trigger: { type: 'stop', at: 120n } }
    expect(make({ type: 'market', price: undefined }, { triggerPrice: 120 })).toEqual(sleeping)
  })

  it('what an order trades flows into a take-profit, a stop, or one order that is both', () => {
    const [takeProfit, stopLoss] = [{ triggerPrice: 120 }, { triggerPrice: 90, price: 88 }]
    const next = { market, side: 'sell' }
    expect(make({}, { takeProfit }).next).toEqual({ ...next, price: 120n })
    expect(make({}, { stopLoss }).next).toEqual({ ...next, price: 88n, trigger: { type: 'stop', at: 90n } })
    expect(make({}, { takeProfit, stopLoss: { triggerPrice: 90 } }).next).toEqual({
      ...next,
      price: 120n,
      trigger: { type: 'oneCancelsOther', at: 90n, limit: 90n },
    })
  })

  it.each([
    [{ price: undefined }, {}, 'has a price'],
    [{ type: 'stop' }, {}, 'not stop'],
    [{}, { timeInForce: 'DAY' }, 'no timeInForce'],
    [{}, { timeInForce: 'GTD' }, 'goodTillDate'],
    [{}, { timeInForce: 'IOC', postOnly: true }, 'post-only'],
    [{ type: 'market' }, { timeInForce: 'GTC' }, 'stays in no book'],
    [{ type: 'market' }, { postOnly: true }, 'post-only'],
    [{}, { stopLossPrice: 1, takeProfitPrice: 2 }, 'wakes at one price'],
    [{}, { triggerPrice: 1, triggerDirection: 'sideways' }, 'no triggerDirection'],
    [{}, { clientOrderId: 'x'.repeat(33) }, '1 to 32 bytes'],
    [{}, { clientOrderId: '' }, '1 to 32 bytes'],
    [{}, { selfTradePrevention: 'NONE' }, 'no selfTradePrevention'],
    [{}, { maxFeeBps: 1.5 }, 'whole number'],
    [{}, { takeProfit: {} }, 'positive decimal'],
    [{}, { stopLoss: {} }, 'triggerPrice'],
    [{}, { trailingPercent: 1 }, 'no orders with trailingPercent'],
  ] as const)('%o %o is refused', (change, params, message) => {
    expect(() => make(change, params)).toThrow(message)
  })

  it('without any price of now it says what is missing', () => {
    const empty = { ...around, prices: {} }
    expect(() => make({ type: 'market', price: undefined }, {}, empty)).toThrow('nobody sells')
    expect(() => make({}, { triggerPrice: 5 }, empty)).toThrow('needs triggerDirection')
  })

  it('a worst price stays within the ticks that there are', () => {
    expect(worse(2n ** 32n - 1n, 'buy', 500n)).toBe(2n ** 32n - 1n)
    expect(worse(1n, 'sell', 9_999n)).toBe(1n)
  })
})
