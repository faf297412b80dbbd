import type { Dict } from 'ccxt'
import { beforeEach, describe, expect, it } from 'vitest'
import { omg } from './index.ts'

const [BASE, QUOTE] = [`0x${'00'.repeat(20)}`, `0x${'ab'.repeat(20)}`]
const [MARKET, GUARD, NONE] = [`0x${'5e'.repeat(32)}`, `0x${'77'.repeat(32)}`, `0x${'00'.repeat(32)}`]

/** A tick is 0.01 TUSD for one TEA, a lot 0.001 TEA. */
const terms = {
  base: BASE,
  quote: QUOTE,
  tick: '10',
  lot: '1000000000000000',
  minimumSize: '1',
  tier: 'bonded',
}
const orderTerms = { clientId: NONE, postOnly: false, timeInForce: 'goodTillCancel', triggerPrice: '0' }
const order = (change: Dict = {}) => ({
  ...{
    guard: GUARD,
    market: MARKET,
    time: '1700000000',
    side: 'buy',
    limitPrice: '200050',
    terms: orderTerms,
  },
  ...{ filled: '0', remaining: '3', value: '0', fee: '0', status: 'open', release: null, ...change },
})

describe('rows of the indexer', () => {
  let exchange: omg
  beforeEach(() => {
    exchange = new omg()
    const market = { id: MARKET, symbol: 'TEA/TUSD', base: 'TEA', quote: 'TUSD', spot: true, info: terms }
    const currency = (id: string, code: string, decimals: number) => ({
      id,
      code,
      precision: 1,
      info: { decimals },
    })
    const currencies = { TEA: currency(BASE, 'TEA', 18), TUSD: currency(QUOTE, 'TUSD', 6) }
    exchange.setMarkets([market], currencies as never)
  })

  it.each([
    [{}, 'open'],
    [{ release: 'expired' }, 'expired'],
    [{ status: 'filled', filled: '3', remaining: '0', value: '6000' }, 'closed'],
    [{ status: 'cancelled' }, 'canceled'],
    [{ status: 'amended' }, 'canceled'],
    [{ status: 'spent' }, 'canceled'],
    [{ status: 'released', release: 'expired' }, 'expired'],
    [{ status: 'released', release: 'postOnly' }, 'rejected'],
    [{ status: 'released', release: 'immediateOrCancel' }, 'canceled'],
    [{ status: 'released', release: 'minimumFill' }, 'canceled'],
    [{ status: 'released', release: 'selfTrade' }, 'canceled'],
    [{ status: 'released', release: 'closed' }, 'canceled'],
  ])('%o is %s', (change, status) => {
    expect(exchange.parseOrder(order(change)).status).toBe(status)
  })

  it('an order has its fee and average in quote, to the last unit', () => {
    const row = order({ filled: '2', remaining: '1', value: '4001000', fee: '8002' })
    expect(exchange.parseOrder(row)).toMatchObject({
      ...{ id: GUARD, symbol: 'TEA/TUSD', price: 2000.5, amount: 0.003, filled: 0.002, remaining: 0.001 },
      ...{ cost: 4.001, average: 2000.5, fee: { cost: 0.008002, currency: 'TUSD' }, timeInForce: 'GTC' },
      ...{ timestamp: 1_700_000_000_000, datetime: '2023-11-14T22:13:20.000Z', postOnly: false },
    })
  })

  it('an order says how long it stands, and when it wakes', () => {
    const of = (change: Dict) => exchange.parseOrder(order({ terms: { ...orderTerms, ...change } }))
    expect(of({ postOnly: true })).toMatchObject({ timeInForce: 'PO', postOnly: true })
    expect(of({ timeInForce: 'immediateOrCancel' }).timeInForce).toBe('IOC')
    expect(of({ timeInForce: 'fillOrKill' }).timeInForce).toBe('FOK')
    expect(of({ triggerPrice: '190000' })).toMatchObject({ triggerPrice: 1900, stopPrice: 1900 })
  })

  it('a fill has its role and fee; a trade of the tape the side of most of its takers', () => {
    const base = {
      market: MARKET,
      height: '17',
      time: '1700000000',
      price: '200050',
      lots: '2',
      value: '4001000',
    }
    const fill = { ...base, guard: GUARD, side: 'sell', maker: true, fee: '4001' }
    const fee = { cost: 0.004001, currency: 'TUSD' }
    expect(exchange.parseTrade(fill)).toMatchObject({
      ...{
        id: `17-${GUARD}`,
        order: GUARD,
        side: 'sell',
        takerOrMaker: 'maker',
        price: 2000.5,
        amount: 0.002,
      },
      ...{ cost: 4.001, fee, fees: [fee] },
    })
    const trade = (buy: string, sell: string) =>
      exchange.parseTrade({ ...base, takerBuyLots: buy, takerSellLots: sell })
    expect(trade('2', '0')).toMatchObject({ id: '17', side: 'buy', order: undefined, fees: [] })
    expect(trade('0', '2').side).toBe('sell')
  })

  it.each([
    { filled: 1 },
    { filled: '1.5' },
    { filled: null },
    { limitPrice: '9'.repeat(81) },
    { time: 'x' },
  ])('an order with %o is no answer', change => {
    expect(() => exchange.parseOrder(order(change))).toThrow('of an answer is no')
  })
})
