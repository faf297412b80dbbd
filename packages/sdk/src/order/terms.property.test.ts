import { amountFor, lotsOf, MAX_TICK, orderLots } from '@omg/exchange'
import {
  address,
  decodeInstruction,
  decodeOrderTerms,
  encodeInstruction,
  encodeOrderTerms,
  fromHex,
  instructionHash,
  marketId,
  orderGuard,
  orderTermsProblem,
  recoverSigner,
  toHex,
  unwrap,
  ZERO_ADDRESS,
} from '@omg/protocol'
import fc from 'fast-check'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { ETH_USD, GOLD_USD } from '../../test/fakeExchange.ts'
import { domain } from '../../test/fakeNode.ts'
import { signMove } from '../account/account.ts'
import { type Market, unitsOf } from '../market/market.ts'
import { placeStep, stepsOf } from './steps.ts'
import { amountOf, type OrderConditions, termsOf } from './terms.ts'

const marketWith = (terms: typeof ETH_USD): Market => ({
  id: marketId(terms),
  terms,
  base: { address: terms.base, symbol: 'BASE', decimals: 18 },
  quote: { address: terms.quote, symbol: 'TUSD', decimals: 6 },
  symbol: 'BASE/TUSD',
  state: 'active',
  lastPrice: undefined,
  bestBid: undefined,
  bestAsk: undefined,
  orders: 0,
  makerBps: 10,
  takerBps: 20,
  feeUnit: 1n,
  ...unitsOf(terms, { decimals: 18 }, { decimals: 6 }),
})
const [eth, gold] = [marketWith(ETH_USD), marketWith(GOLD_USD)]

const account = privateKeyToAccount(`0x${'01'.repeat(32)}`)
const owner = address(account.address)
const parties = { owner, agent: ZERO_ADDRESS, receiver: owner, proceeds: 'trading' as const }

const tick = fc.bigInt(1n, BigInt(MAX_TICK))
const side = fc.constantFrom('buy' as const, 'sell' as const)
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

const conditions: fc.Arbitrary<OrderConditions> = fc
  .record({
    side,
    price: tick,
    timeInForce: optional(
      fc.constantFrom('goodTillCancel' as const, 'immediateOrCancel' as const, 'fillOrKill' as const),
    ),
    minFill: optional(fc.bigInt(0n, 1_000n)),
    trigger: optional(
      fc.oneof(
        fc.record({ type: fc.constantFrom('stop' as const, 'takeProfit' as const), at: tick }),
        fc.record({ type: fc.constant('oneCancelsOther' as const), at: tick, limit: tick }),
      ),
    ),
    expiry: optional(
      fc.oneof(fc.record({ height: fc.bigInt(1n, 99n) }), fc.record({ time: fc.bigInt(1n, 99n) })),
    ),
    maxFeeBps: optional(fc.integer({ min: 0, max: 10_000 })),
    clientId: optional(fc.constantFrom('a', 'grid 7')),
  })
  .map(given => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never)

describe('the terms of an order', () => {
  it('say what was asked for, and come back from their bytes', () => {
    fc.assert(
      fc.property(conditions, given => {
        const { terms, guard } = termsOf(eth, given, parties)
        expect(unwrap(decodeOrderTerms(encodeOrderTerms(terms)))).toEqual(terms)
        expect(orderGuard(terms)).toBe(guard)
        expect(terms).toMatchObject({ side: given.side, limit: given.price, minFill: given.minFill ?? 0n })
        expect(terms.maxFeeBps).toBe(given.maxFeeBps ?? 20)
        // The same once more is another order.
        expect(termsOf(eth, given, parties).guard).not.toBe(guard)
      }),
    )
  })

  it('hold exactly what their lots need: not one unit less would do', () => {
    fc.assert(
      fc.property(conditions, fc.bigInt(2n, 1_000_000n), (given, lots) => {
        const { terms } = termsOf(eth, given, parties)
        const units = amountOf(eth, terms, lots)
        expect(unwrap(orderLots(ETH_USD, terms, units))).toBe(Number(lots))
        expect(units).toBe(amountFor(ETH_USD, terms, lots))
        expect(lotsOf(ETH_USD, terms, units - 1n)).toBeLessThan(lots)
      }),
    )
  })

  it('stand in a witness as the protocol wants them, chained ones too', () => {
    // What selling one gives is quote, which buying the other takes.
    const chain = fc.tuple(conditions, conditions).map(([first, second]) => {
      return { ...first, side: 'sell' as const, next: { ...second, side: 'buy' as const, market: gold } }
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(conditions, chain), { minLength: 1, maxLength: 8 }), orders => {
        const chains = orders.map(order => termsOf(eth, order, parties))
        const { steps, orderTerms } = stepsOf(chains.map(each => placeStep(chains[0]!.guard, 1n, each)))
        expect(
          orderTermsProblem(
            steps.map(({ to }) => to),
            orderTerms,
          ),
        ).toBeUndefined()
      }),
    )
  })

  it('are signed so that the protocol finds the signer', async () => {
    const plans = fc.tuple(
      fc.array(conditions, { minLength: 1, maxLength: 16 }),
      fc.bigInt(0n, 2n ** 64n - 1n),
    )
    await fc.assert(
      fc.asyncProperty(plans, async ([orders, nonce]) => {
        const chains = orders.map(order => termsOf(eth, order, parties))
        const { steps, orderTerms } = stepsOf(chains.map(each => placeStep(chains[0]!.guard, 5n, each)))
        const move = { steps, validUntil: 9n, nonce }
        const signature = await signMove(account, move, domain)
        const bytes = encodeInstruction({
          instruction: move,
          witness: { signatures: [signature], orderTerms, swapTerms: [] },
        })
        const decoded = unwrap(decodeInstruction(fromHex(toHex(bytes))))
        expect(decoded.instruction).toEqual(move)
        expect(
          unwrap(recoverSigner(instructionHash(decoded.instruction, domain), decoded.witness.signatures[0]!)),
        ).toBe(owner)
      }),
      { numRuns: 20 },
    )
  })

  it('contradict themselves nowhere', () => {
    const bad: [OrderConditions, string][] = [
      [{ side: 'buy', price: 0n }, 'a price of 0 ticks'],
      [{ side: 'buy', price: BigInt(MAX_TICK) + 1n }, 'ticks'],
      [{ side: 'buy', price: 1n, postOnly: true, timeInForce: 'fillOrKill' }, 'post-only'],
      [{ side: 'buy', price: 1n, trigger: { type: 'stop', at: 0n } }, 'trigger price'],
      [{ side: 'buy', price: 1n, maxFeeBps: 10_001 }, 'cannot be encoded'],
      [{ side: 'buy', price: 1n, next: { side: 'buy', price: 1n, market: gold } }, 'is not what'],
    ]
    for (const [given, words] of bad) {
      expect(() => termsOf(eth, given, parties)).toThrow(words)
      expect(() => termsOf(eth, given, parties)).toThrow(expect.objectContaining({ code: 'order.invalid' }))
    }
    const { terms } = termsOf(eth, { side: 'sell', price: 1n }, parties)
    expect(() => amountOf(eth, terms, 1n)).toThrow('BASE/TUSD takes 2 (0.002)')
  })

  it('wake and turn to the side that the trigger means', () => {
    const kindOf = (side: 'buy' | 'sell', type: 'stop' | 'takeProfit' | 'oneCancelsOther') => {
      const trigger = type === 'oneCancelsOther' ? { type, at: 5n, limit: 4n } : { type, at: 5n }
      return termsOf(eth, { side, price: 9n, trigger }, parties).terms.triggerKind
    }
    expect(kindOf('sell', 'stop')).toBe('wakeBelow')
    expect(kindOf('buy', 'stop')).toBe('wakeAbove')
    expect(kindOf('sell', 'takeProfit')).toBe('wakeAbove')
    expect(kindOf('buy', 'takeProfit')).toBe('wakeBelow')
    expect(kindOf('sell', 'oneCancelsOther')).toBe('turnBelow')
    expect(kindOf('buy', 'oneCancelsOther')).toBe('turnAbove')
  })
})
