import { market } from '@omg/exchange'
import {
  type Deposit,
  type MarketTerms,
  type OrderTerms,
  type OutputId,
  orderGuard,
  toHex,
} from '@omg/protocol'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { encodeBlock } from './block.ts'
import { account, coin, ETH, fund, nextInputs, PARAMETERS, PLAIN, recordOf, USD } from './chain.fixture.ts'
import { ClearingHouse } from './clearing.house.ts'
import { helpClear } from './clearing.round.ts'
import { ReferenceLedger } from './ledger.reference.ts'
import { Ledger } from './ledger.ts'
import { NO_LOCKED_OUTPUTS } from './locks.ts'
import { createMapPool } from './map.pool.ts'
import { exchangeOf, instruction, MARKET_TERMS, order, orderPayment } from './order/market.fixture.ts'
import type {
  BlockInputs,
  Execution,
  LedgerParameters,
  ListedMarket,
  MappedRecord,
  StateTransition,
} from './types.ts'

const FEES: LedgerParameters = {
  ...PARAMETERS,
  exchange: { makerBps: 5, takerBps: 25, moveBudget: { steps: 200, unitsPerStep: 1n, cancels: 200 } },
}
/** Each token against each other one that can be a quote, of two tiers, so that routes lead anywhere. */
const MARKETS: ListedMarket[] = [
  [PLAIN, USD],
  [ETH, USD],
  [PLAIN, ETH],
  [USD, ETH],
].flatMap(([base, quote]) =>
  (['bonded', 'safe'] as const).map(tier => {
    const terms: MarketTerms = {
      ...MARKET_TERMS,
      base: base!,
      quote: quote!,
      tier,
      tick: 1_000n,
      lot: 10_000n,
    }
    return { ...market(terms), state: 'active' as const }
  }),
)
const people = [1, 2, 3, 4].map(account)
const BLOCKS = 4
const RUNS = 3
const pools = [0, 1, 2].map(workers =>
  createMapPool({ domain: PARAMETERS.domain, workers, clearing: { sharedOrders: 1 } }),
)
afterAll(() => Promise.all(pools.map(pool => pool.close())))

/** Workers take a market if they are fast enough; here each one goes through shared memory. */
const house = new ClearingHouse({ helpers: [helpClear], sharedOrders: 1 })

const mostly = <T>(usual: T, ...others: T[]) =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 7 }, { arbitrary: fc.constantFrom(...others), weight: 2 })

/** One order, of any kind there is, and what its owner does about it in the block after. */
const wish = fc.record({
  who: fc.nat(people.length - 1),
  where: fc.nat(MARKETS.length - 1),
  side: fc.constantFrom<'buy' | 'sell'>('buy', 'sell'),
  /** Ticks beyond the middle. */
  reach: fc.integer({ min: -1, max: 3 }),
  lots: fc.integer({ min: 2, max: 40 }),
  timeInForce: mostly<OrderTerms['timeInForce']>('goodTillCancel', 'immediateOrCancel', 'fillOrKill'),
  selfTradePrevention: fc.constantFrom<OrderTerms['selfTradePrevention'][]>(
    ...(['expireMaker', 'expireTaker', 'expireBoth', 'decrement'] as const),
  ),
  postOnly: mostly(false, true),
  minFill: mostly(0n, 3n, 20n),
  proceedsKind: fc.constantFrom<OrderTerms['proceedsKind'][]>('coin', 'trading', 'chained'),
  /** Markets that a route goes on through. */
  route: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
  triggerKind: mostly<OrderTerms['triggerKind']>('none', 'wakeAbove', 'wakeBelow', 'turnAbove', 'turnBelow'),
  expiryKind: mostly<OrderTerms['expiryKind']>('never', 'height', 'time'),
  maxFeeBps: mostly(100, 10),
  after: mostly('nothing', 'cancel', 'reduce', 'amend'),
})
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never

const load = fc.array(
  fc.record({
    wishes: fc.array(wish, { minLength: 30, maxLength: 40, size: 'max' }),
    closes: fc.boolean(),
    seed: fc.nat(),
  }),
  { minLength: BLOCKS, maxLength: BLOCKS },
)

/** The terms of a wish, and those that its proceeds flow into. */
function termsOf(w: Wish, height: bigint): { terms: OrderTerms; amount: bigint; chained: OrderTerms[] } {
  const owner = people[w.who]!
  const where = MARKETS[w.where]!
  const chained =
    w.proceedsKind === 'chained' ? routeFrom(w, w.side === 'buy' ? where.terms.base : where.terms.quote) : []
  const limit = 100 + (w.side === 'buy' ? w.reach : -w.reach)
  const turned = w.triggerKind === 'turnAbove' || w.triggerKind === 'turnBelow'
  const { lots, postOnly, minFill, timeInForce, selfTradePrevention, triggerKind, expiryKind, maxFeeBps } = w
  const { terms, output } = order(
    owner,
    w.side,
    limit,
    {
      ...{ lots, postOnly, minFill, timeInForce, selfTradePrevention, triggerKind, expiryKind, maxFeeBps },
      proceedsKind: w.proceedsKind,
      ...(chained.length > 0 && { proceedsGuard: orderGuard(chained[0]!) }),
      triggerPrice: triggerKind === 'none' ? 0n : 100n,
      triggerLimit: turned ? BigInt(limit + 2) : 0n,
      expiry: expiryKind === 'never' ? 0n : expiryKind === 'height' ? height + 2n : 1_001n,
    },
    where,
  )
  return { terms, amount: output.amount, chained }
}

/** Orders one after the other, each of which spends what the one before it gets. */
function routeFrom({ who, route, selfTradePrevention }: Wish, token: string): OrderTerms[] {
  const [first, ...rest] = route
  if (first === undefined) return []
  const ways = MARKETS.filter(({ terms }) => terms.base === token || terms.quote === token)
  const where = ways[first % ways.length]!
  const side = where.terms.base === token ? 'sell' : 'buy'
  const next = side === 'buy' ? where.terms.base : where.terms.quote
  const after = routeFrom({ who, route: rest, selfTradePrevention } as Wish, next)
  const chain = after.length > 0 && { proceedsKind: 'chained' as const, proceedsGuard: orderGuard(after[0]!) }
  const { terms } = order(people[who]!, side, 100, { lots: 2, selfTradePrevention, ...chain }, where)
  return [terms, ...after]
}

/** The blocks of a load as signed records: orders, and what their owners do about those of the block before. */
function blocksOf(
  script: readonly { wishes: readonly Wish[] }[],
  ids: readonly OutputId[],
): MappedRecord[][] {
  let coins = 0
  let before: { w: Wish; terms: OrderTerms }[] = []
  return script.map(({ wishes }, i) => {
    const placed = wishes.map(w => ({ w, ...termsOf(w, BigInt(i + 2)) }))
    const payments = placed.map(({ w, terms, amount, chained }) => {
      const held = w.side === 'buy' ? MARKETS[w.where]!.terms.quote : MARKETS[w.where]!.terms.base
      const output = { type: 'order', guard: orderGuard(terms), token: held, amount } as never
      const inputs = [ids[coins++]!, ids[coins++]!]
      return orderPayment([people[w.who]!], inputs, [output], [terms, ...chained]).signed
    })
    const moves = before.flatMap(({ w, terms }) => {
      const owner = people[w.who]!
      if (w.after === 'cancel') return [instruction(owner, [{ from: terms }]).signed]
      if (w.after === 'reduce') return [instruction(owner, [{ from: terms, amount: 20_000n }]).signed]
      const amended = {
        ...terms,
        limit: terms.limit + 1n,
        proceedsKind: 'coin',
        proceedsGuard: ZERO,
      } as never
      return w.after === 'amend' ? [instruction(owner, [{ from: terms, to: amended }]).signed] : []
    })
    before = placed
    return [...payments, ...moves].map(recordOf)
  })
}
const ZERO = `0x${'00'.repeat(32)}`

/** What the orders of a load hold, and a fee of each. */
function fundingOf(script: readonly { wishes: readonly Wish[] }[]): Deposit['output'][] {
  return script.flatMap(({ wishes }, i) =>
    wishes.flatMap(w => {
      const { base, quote } = MARKETS[w.where]!.terms
      const { amount } = termsOf(w, BigInt(i + 2))
      return [coin(people[w.who]!, amount, w.side === 'buy' ? quote : base), coin(people[w.who]!, 5n, USD)]
    }),
  )
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const rest = [...items]
  const out: T[] = []
  for (let state = seed; rest.length > 0; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    out.push(rest.splice(state % rest.length, 1)[0]!)
  }
  return out
}

/** Everything that a block comes to, in bytes. */
function bytesOf({ block, batches, created, spent }: Execution): unknown[] {
  return [block.appHash, toHex(encodeBlock(block)), batches, toHex(created), toHex(spent)]
}

test('any load over eight markets comes to the same blocks with no, one and two workers, in any order, in both ledgers', async () => {
  let runs = 0
  const seen = { fills: 0, markets: 0 }
  await fc.assert(
    fc.asyncProperty(load, async script => {
      const ledgers: StateTransition[] = [
        ...[...pools, house].map(pool => new Ledger(FEES, { pool })),
        // It takes its time: one load shows as much as three.
        ...(runs++ === 0 ? [new ReferenceLedger(FEES)] : []),
      ]
      const funding = fundingOf(script)
      const ids = ledgers.map(ledger => fund(ledger, funding))[0]!
      for (const [i, records] of blocksOf(script, ids).entries()) {
        const { closes, seed } = script[i]!
        const { checkpoint } = ledgers[0]!.tip
        const exchange = exchangeOf(
          MARKETS,
          (position, tier) => tier === 'bonded' || position >> 64n < checkpoint,
        )
        const inputs = (ledger: StateTransition): BlockInputs => nextInputs(ledger, { exchange, closes })
        const made = ledgers.map(
          (ledger, l) => ledger.assembleBlock(shuffled(records, seed + l), inputs(ledger)).execution,
        )
        const expected = bytesOf(made[0]!)
        for (const execution of made.slice(1)) expect(bytesOf(execution)).toEqual(expected)
        const { block, batches } = made[0]!
        const mapped = await pools[i % pools.length]!.map(block.body, block.bounds)
        const closed = ledgers.map(ledger => {
          const executed = ledger.executeBlock(block, mapped, NO_LOCKED_OUTPUTS, exchange)
          if (!executed.ok) throw executed.error
          expect(bytesOf(executed.value)).toEqual(expected)
          return ledger.applyBlock(executed.value)
        })
        for (const [l, ledger] of ledgers.entries()) {
          expect(closed[l]).toEqual(closed[0])
          expect([ledger.tip, ledger.orders.hash]).toEqual([ledgers[0]!.tip, ledgers[0]!.orders.hash])
        }
        count(batches, seen)
      }
    }),
    { numRuns: RUNS },
  )
  // The loads get somewhere, and so do parcels: without these it would prove little.
  expect(seen.markets).toBeGreaterThan(MARKETS.length / 2)
  expect(seen.fills).toBeGreaterThan(10)
  expect(house.helped).toBeGreaterThan(MARKETS.length)
}, 180_000)

function count(batches: Execution['batches'], seen: { fills: number; markets: number }): void {
  seen.markets = Math.max(seen.markets, batches.length)
  for (const { buys, sells } of batches) seen.fills += buys.length + sells.length
}
