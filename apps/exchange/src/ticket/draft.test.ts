import { type Address, type Hash, ZERO_ADDRESS } from '@omg/protocol'
import { type Market, unitsOf } from '@omg/sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Draft, EMPTY_DRAFT, type Facts, mostLots, readDraft } from './draft.ts'

const base = { address: ZERO_ADDRESS, symbol: 'ETH', decimals: 18 }
const quote = { address: `0x${'11'.repeat(20)}` as Address, symbol: 'TUSD', decimals: 6 }
const terms = {
  ...{ base: base.address, quote: quote.address, tier: 'bonded' as const },
  ...{ tick: 1n, lot: 10n ** 14n, minimumSize: 10n },
}
/** Lots of 0.0001 ETH, ticks of a cent. */
const market: Market = {
  ...{ id: `0x${'22'.repeat(32)}` as Hash, terms, base, quote, symbol: 'ETH/TUSD', state: 'active' },
  ...{
    lastPrice: 200_000n,
    bestBid: 199_900n,
    bestAsk: 200_100n,
    orders: 2,
    makerBps: 10,
    takerBps: 20,
    feeUnit: 1n,
  },
  ...unitsOf(terms, base, quote),
}
const facts: Facts = {
  ...{ market, bid: 199_900n, ask: 200_100n, last: 200_000n, book: undefined },
  ...{ base: 2n * 10n ** 18n, quote: 10_000n * 10n ** 6n, height: 500n, time: 1_000_000n },
}
const read = (draft: Partial<Draft>, more: Partial<Facts> = {}) =>
  readDraft({ ...EMPTY_DRAFT, ...draft }, { ...facts, ...more })

describe('a ticket', () => {
  it('says nothing about what is not typed yet', () => {
    expect(read({})).toEqual({ problems: {}, warnings: [], preview: undefined, order: undefined })
  })

  it('reads a limit order, with what it locks at worst', () => {
    const { order, preview, problems } = read({ price: '1,990.5', amount: '0.5' })
    expect(problems).toEqual({})
    expect(order).toMatchObject({ side: 'buy', price: 199_050n, lots: 5_000n, timeInForce: 'goodTillCancel' })
    // 0.5 ETH at 1990.50 and 0.2 %.
    expect(preview).toMatchObject({
      worst: 199_050n,
      locks: 997_240_500n,
      bound: 997_240_500n,
      tradesNow: false,
    })
    expect(preview).toMatchObject({ makerFee: 995_250n, takerFee: 1_990_500n, gets: 5n * 10n ** 17n })
  })

  it('takes the best price with a visible limit as a market order', () => {
    const { order, preview } = read({ kind: 'market', amount: '0.1', slippageBps: 50 })
    // 0.5 % above 2001.
    expect(order).toMatchObject({ price: 201_100n, timeInForce: 'immediateOrCancel', postOnly: false })
    expect(preview).toMatchObject({
      tradesNow: true,
      expected: 200_100n,
      value: 200_100_000n,
      takerFee: 400_200n,
    })
    expect(read({ kind: 'market', side: 'sell', amount: '0.1' }).order).toMatchObject({ price: 198_901n })
    expect(read({ kind: 'market', amount: '0.1' }, { ask: undefined }).problems.price).toMatch(/Nobody sells/)
  })

  it('expects the price and the part that the auction of the book would give it', () => {
    const level = (tick: number, lots: number) => ({ tick, lots, orders: 1 })
    const book = {
      bids: [level(199_900, 500), level(199_800, 2_000)],
      asks: [level(200_100, 600), level(200_300, 400), level(201_000, 9_000)],
    }
    const crossing = { price: '2005', amount: '0.1' }
    // More than the best level has, so the second one sets the price; above 2005 nobody is asked.
    expect(read({ ...crossing, amount: '0.08' }, { book }).preview).toMatchObject({
      ...{ tradesNow: true, expected: 200_300n, fills: 800n, value: 160_240_000n },
    })
    expect(read({ ...crossing, amount: '0.15' }, { book }).preview).toMatchObject({
      ...{ fills: 1_000n, lots: 1_500n, gets: 15n * 10n ** 16n },
    })
    // What does not trade at once comes back: the fee is that of what trades.
    const once = read({ ...crossing, amount: '0.15', lasts: 'once' }, { book }).preview!
    expect(once).toMatchObject({ fills: 1_000n, gets: 10n ** 17n })
    expect(once.takerFee).toBe((once.value * 20n) / 10_000n)
    expect(read({ ...crossing, amount: '0.15', lasts: 'allOrNothing' }, { book }).preview).toMatchObject({
      ...{ tradesNow: false, fills: 0n },
    })
    expect(read({ price: '2000', amount: '0.1' }, { book }).preview).toMatchObject({ fills: 0n })
    expect(
      read({ ...crossing, side: 'sell', price: '1990', amount: '0.05' }, { book }).preview,
    ).toMatchObject({ expected: 199_900n, gets: 99_950_000n - 199_900n, bound: 99_500_000n - 199_000n })
  })

  it('reads an amount of quote as what it costs at most', () => {
    const { order, preview } = read({ price: '2000', amount: '100', unit: 'quote' })
    expect(order?.lots).toBe(499n)
    expect(preview!.locks).toBeLessThanOrEqual(100_000_000n)
    expect(read({ side: 'sell', price: '2000', amount: '100', unit: 'quote' }).order?.lots).toBe(500n)
  })

  it.each([
    [{ price: '1990.505', amount: '1' }, 'price', 'Nearest: 1990.5 and 1990.51'],
    [{ price: 'abc', amount: '1' }, 'price', 'Type a number'],
    [{ price: '1990', amount: '0.00005' }, 'amount', 'Nearest: 0.0001'],
    [{ price: '1990', amount: '0.0009' }, 'amount', 'The smallest order is 0.001 ETH'],
    [{ price: '1990', amount: '6' }, 'amount', 'This needs 11,963.88 TUSD; you have 10,000 TUSD'],
    [{ price: '1990', amount: '2.5', side: 'sell' }, 'amount', 'This needs 2.5 ETH; you have 2 ETH'],
    [{ price: '1990', amount: '0.0000001', unit: 'quote' }, 'amount', 'at most 6 digits'],
    [{ price: '1990', amount: '1', minimum: '2' }, 'minimum', 'More than the order'],
    [{ price: '1990', amount: '1', lasts: 'minutes', minutes: '0' }, 'minutes', '1 to 525600'],
    [{ price: '1990', amount: '1', lasts: 'block', block: '501' }, 'block', 'A block after 501'],
    [{ price: '1990', amount: '1', source: 'coins', receiver: '0x12' }, 'receiver', '0x and 40 digits'],
  ] as const)('names what is wrong with %o under the field', (draft, field, words) => {
    const { problems, order } = read(draft)
    expect(problems[field]).toContain(words)
    expect(order).toBeUndefined()
  })

  it('makes every type of order', () => {
    const sell = { side: 'sell', price: '1900', amount: '1' } as const
    expect(read({ ...sell, kind: 'stop', trigger: '1910' }).order).toMatchObject({
      trigger: { type: 'stop', at: 191_000n },
    })
    expect(read({ ...sell, kind: 'takeProfit', trigger: '2100' }).order).toMatchObject({
      trigger: { type: 'takeProfit', at: 210_000n },
    })
    const both = read({ ...sell, price: '2100', kind: 'oneCancelsOther', trigger: '1910', second: '1900' })
    expect(both.order).toMatchObject({ trigger: { type: 'oneCancelsOther', at: 191_000n, limit: 190_000n } })
    expect(both.preview).toMatchObject({ worst: 190_000n })
    expect(read({ ...sell, lasts: 'once' }).order?.timeInForce).toBe('immediateOrCancel')
    expect(read({ ...sell, lasts: 'allOrNothing' }).order?.timeInForce).toBe('fillOrKill')
    expect(read({ ...sell, lasts: 'minutes', minutes: '10' }).order?.expiry).toEqual({ time: 1_000_600n })
    expect(read({ ...sell, lasts: 'block', block: '1,000' }).order?.expiry).toEqual({ height: 1_000n })
    expect(read({ ...sell, postOnly: true, price: '2100' }).order?.postOnly).toBe(true)
    expect(read({ ...sell, minimum: '0.5' }).order?.minFill).toBe(5_000n)
    const receiver = `0x${'AB'.repeat(20)}`
    expect(read({ ...sell, source: 'coins', receiver }).order).toMatchObject({
      receiver: receiver.toLowerCase(),
    })
    expect(read({ ...sell, lasts: 'minutes', minutes: '' }).order).toBeUndefined()
  })

  it('warns of what is right and perhaps not meant', () => {
    expect(read({ price: '2001', amount: '1', postOnly: true }).warnings[0]).toContain('post-only')
    expect(read({ price: '2300', amount: '1' }).warnings[0]).toContain('10 %')
    const stop = { side: 'sell', kind: 'stop', price: '1900', amount: '1' } as const
    expect(read({ ...stop, trigger: '2000' }).warnings[0]).toContain('is there already')
    expect(read({ ...stop, trigger: '1999' }).warnings).toEqual([])
  })

  it('never offers more than the money is enough for', () => {
    const money = fc.bigInt(0n, 10n ** 13n)
    const price = fc
      .integer({ min: 1, max: 10_000_000 })
      .map(cents => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`)
    fc.assert(
      fc.property(money, price, fc.constantFrom<Draft['side']>('buy', 'sell'), (free, text, side) => {
        const draft = { ...EMPTY_DRAFT, side, price: text }
        const have = { ...facts, quote: free, base: free * 10n ** 6n }
        const lots = mostLots(draft, have)
        if (lots === undefined || lots < 10n || lots > 4_294_967_295n) return
        const { problems, preview } = readDraft({ ...draft, amount: market.sizeText(lots) }, have)
        expect(problems).toEqual({})
        expect(preview!.locks).toBeLessThanOrEqual(side === 'buy' ? have.quote : have.base)
      }),
    )
  })
})
