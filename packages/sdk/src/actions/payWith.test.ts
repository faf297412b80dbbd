import { address, marketId, ZERO_ADDRESS } from '@omg/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addExchange, ETH_USD, type FakeExchange, GOLD, GOLD_USD } from '../../test/fakeExchange.ts'
import { type FakeNode, startFakeNode, USD } from '../../test/fakeNode.ts'
import { createClient, type OmgClient } from '../createClient.ts'

const account = privateKeyToAccount(`0x${'01'.repeat(32)}`)
const payer = address(account.address)
const merchant = address(`0x${'77'.repeat(20)}`)
const LOT = 10n ** 15n
const [ETH_MARKET, GOLD_MARKET] = [marketId(ETH_USD), marketId(GOLD_USD)]

let node: FakeNode
let exchange: FakeExchange
let client: OmgClient
beforeEach(async () => {
  node = await startFakeNode([
    { owner: payer, amount: 10n ** 20n },
    { owner: payer, amount: 10n ** 12n, token: USD },
    { owner: payer, amount: 1_000n, token: USD },
    { owner: payer, amount: 10n ** 3n },
  ])
  exchange = addExchange(node)
  client = createClient({ node: node.url, account })
  // 2000 USD for one ETH, 50 USD for one gold.
  exchange.books.set(ETH_MARKET, {
    bids: [
      [199_900n, 1_000n],
      [199_000n, 9_000n],
    ],
    asks: [
      [200_100n, 1_000n],
      [201_000n, 9_000n],
    ],
  })
  exchange.books.set(GOLD_MARKET, { bids: [[4_990n, 9_000n]], asks: [[5_010n, 90_000n]] })
})
afterEach(() => node[Symbol.asyncDispose]())

describe('paying with another asset', () => {
  it('exact out: the merchant gets exactly hers, the payer the rest back', async () => {
    const { order, quote } = await client.payWith({
      pay: USD,
      exactOut: 500n * LOT,
      to: merchant,
      slippageBps: 100,
    })
    // Nothing has traded: 0.5 ETH at the middle of 2001 and 2009.99, and 0.2 % fee; at worst at 1 % above 2001.
    expect(quote.pays).toEqual({ token: USD, expected: 1_004_750_490n, most: 1_012_526_010n })
    expect(quote.receives).toEqual({ token: ZERO_ADDRESS, expected: 500n * LOT, least: 500n * LOT })
    expect(order.terms).toMatchObject({
      ...{ owner: payer, receiver: merchant, side: 'buy', limit: 202_101n, proceedsKind: 'coin' },
      timeInForce: 'fillOrKill',
    })
    expect(exchange.order(order.guard)).toMatchObject({ lots: 500n, amount: quote.pays.most })
  })

  it('exact out by a sale: at least that, whatever the price up to the worst', async () => {
    const wanted = 700_000_001n
    const { quote, order } = await client.payWith({ receive: USD, exactOut: wanted, to: merchant })
    expect(quote.receives.least).toBeGreaterThanOrEqual(wanted)
    const [{ price, lots }] = quote.legs as [(typeof quote.legs)[0]]
    const cost = (lots - 1n) * price * 10n
    // One lot less would not do.
    expect(cost - (cost * 20n) / 10_000n).toBeLessThan(wanted)
    expect(order.terms).toMatchObject({ side: 'sell', receiver: merchant })
  })

  it('exact in: spends whole lots of it, never more', async () => {
    const quote = await client.quotePayWith({ pay: USD, exactIn: 1_000_000_000n })
    expect(quote.pays.most).toBeLessThanOrEqual(1_000_000_000n)
    expect(quote.receives).toMatchObject({ least: 493n * LOT, expected: 493n * LOT })
    const sale = await client.quotePayWith({ receive: USD, exactIn: 1_500n * LOT + 7n })
    // Deeper than the best level: all of it at a price from the next one down to the worst.
    expect(sale).toMatchObject({
      pays: { most: 1_500n * LOT },
      legs: [{ expectedPrice: 198_450n, lots: 1_500n }],
    })
  })

  it('through two markets: the first order flows into the second', async () => {
    const { order, quote } = await client.payWith({ receive: GOLD, exactIn: 100n * LOT, to: merchant })
    expect(quote.legs.map(({ market, side }) => [market.id, side])).toEqual([
      [ETH_MARKET, 'sell'],
      [GOLD_MARKET, 'buy'],
    ])
    expect(order.terms).toMatchObject({ proceedsKind: 'chained', receiver: payer })
    const out = await client.quotePayWith({ receive: GOLD, exactOut: 3_000n * LOT })
    expect(out.receives.least).toBe(3_000n * LOT)
    const [first] = out.legs
    expect(first!.lots).toBeGreaterThan(0n)
  })

  it('says what is in the way', async () => {
    const ask = (given: object) => client.quotePayWith(given as never)
    const OTHER = address(`0x${'42'.repeat(20)}`)
    await expect(ask({ receive: OTHER, exactIn: 1n })).rejects.toMatchObject({ code: 'market.route' })
    await expect(ask({ exactIn: 1n })).rejects.toMatchObject({ code: 'order.invalid' })
    await expect(ask({ pay: USD, exactIn: 0n })).rejects.toMatchObject({ code: 'order.invalid' })
    await expect(ask({ pay: USD, exactIn: 1n })).rejects.toThrow('below the 0.002 ETH')
    await expect(ask({ pay: USD, exactOut: 5n * LOT + 1n })).rejects.toMatchObject({
      code: 'market.size',
      message: expect.stringContaining(`${5n * LOT} and ${6n * LOT}`),
    })
    await expect(ask({ pay: USD, exactOut: 99_000n * LOT })).rejects.toMatchObject({ code: 'order.no_price' })
    exchange.books.set(ETH_MARKET, { bids: [], asks: [] })
    await expect(ask({ pay: USD, exactOut: 5n * LOT })).rejects.toMatchObject({ code: 'order.no_price' })
  })
})
