import type { Guard } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auctions, type BookShape, MARKET, MARKET_TERMS } from '../test/arbitraries.ts'
import { referenceAuction } from './auction.reference.ts'
import { clearBatch, describeBatch, engineAuction } from './auction.ts'
import { Book } from './book.ts'
import { explainFill, verifyFill } from './explain.ts'
import { amountFor, baseOf, cost, settleMoney } from './money.ts'
import { isAsleep, minimumOf, tickOf } from './order.ts'
import { saveBook } from './snapshot.ts'
import type { Auction, Batch, BatchContext, BookOrder, Fill, OrderRef } from './types.ts'

const SHAPES: BookShape[] = [
  { kind: 'plain', maxOrders: 60 },
  { kind: 'demanding', maxOrders: 60 },
  { kind: 'wild', maxOrders: 60 },
]
const RUNS = 80

/** Runs a check over adversarial books of each kind; fast-check prints the seed of a failure. */
function forAll(auction: Auction, check: (found: Found) => void, shapes = SHAPES): void {
  for (const shape of shapes) {
    fc.assert(
      fc.property(auctions(shape), ({ book, context }) => {
        check({ book, context, batch: auction(MARKET, book, context) })
      }),
      { numRuns: RUNS },
    )
  }
}

interface Found {
  readonly book: readonly BookOrder[]
  readonly context: BatchContext<Guard>
  readonly batch: Batch<Guard>
}

const sum = (fills: readonly { lots: number }[]) => fills.reduce((total, { lots }) => total + lots, 0)

describe.each([
  ['reference', referenceAuction],
  ['engine', engineAuction],
])('%s', (_, auction) => {
  test('as much is bought as is sold, and settlements are the fills', () => {
    forAll(auction, ({ batch, context }) => {
      expect(sum(batch.buys)).toBe(batch.volume)
      expect(sum(batch.sells)).toBe(batch.volume)
      const settled = new Map<Guard, number>()
      const buyers = new Set(batch.buys.map(({ order }) => order))
      for (const { fills } of batch.settlements) {
        expect(fills.length).toBeGreaterThanOrEqual(2)
        expect(fills.length).toBeLessThanOrEqual(16)
        expect(new Set(fills.map(({ order }) => order)).size).toBe(fills.length)
        // R9: the remainder that a SETTLE makes is no input of the next one.
        if (context.whole) for (const { order } of fills) expect(settled.has(order)).toBe(false)
        expect(sum(fills.filter(({ order }) => buyers.has(order)))).toBe(
          sum(fills.filter(({ order }) => !buyers.has(order))),
        )
        for (const { order, lots } of fills) settled.set(order, (settled.get(order) ?? 0) + lots)
      }
      expect(settled).toEqual(
        new Map([...batch.buys, ...batch.sells].map(({ order, lots }) => [order, lots])),
      )
    })
  })

  test('nobody trades beyond her limit, more than she has, below her minimum or above her fee', () => {
    forAll(auction, ({ book, context, batch }) => {
      const orders = new Map(book.map(order => [order.guard, order]))
      for (const { order: name, lots, maker } of [...batch.buys, ...batch.sells]) {
        const order = orders.get(name)!
        const brought = order.lots - earlyLots(batch, name)
        expect(lots).toBeLessThanOrEqual(brought)
        expect(lots).toBeGreaterThanOrEqual(minimumOf(order, brought))
        expect(order.maxFeeBps).toBeGreaterThanOrEqual(maker ? context.makerBps : context.takerBps)
        if (order.side === 'buy') expect(batch.price).toBeLessThanOrEqual(tickOf(order))
        else expect(batch.price).toBeGreaterThanOrEqual(tickOf(order))
      }
    })
  })

  test('what is left of those that took part does not cross', () => {
    forAll(
      auction,
      ({ book, context, batch }) => {
        const filled = allotments(batch)
        const out = new Set(batch.leftOut.map(({ order }) => order))
        const left = book.filter(
          order => !out.has(order.guard) && order.lots > (filled.get(order.guard) ?? 0),
        )
        const bids = left.filter(({ side }) => side === 'buy').map(tickOf)
        const asks = left.filter(({ side }) => side === 'sell').map(tickOf)
        for (const bid of bids) for (const ask of asks) expect(bid).toBeLessThan(ask)
        expect(context.height).toBe(batch.height)
      },
      [SHAPES[0]!, SHAPES[1]!],
    )
  })

  test('no other price trades more, or as much with less imbalance', () => {
    forAll(auction, ({ book, batch }) => {
      const out = new Set(batch.leftOut.map(({ order }) => order))
      const acting = book.filter(({ guard }) => !out.has(guard))
      const at = (price: number) => {
        const lots = (side: string, reaches: (tick: number) => boolean) =>
          acting
            .filter(order => order.side === side && reaches(tickOf(order)))
            .reduce((total, order) => total + order.lots - earlyLots(batch, order.guard), 0)
        const [demand, supply] = [lots('buy', tick => tick >= price), lots('sell', tick => tick <= price)]
        return { volume: Math.min(demand, supply), imbalance: Math.abs(demand - supply) }
      }
      const ticks = acting.map(tickOf)
      const chosen = batch.price === undefined ? { volume: 0, imbalance: 0 } : at(batch.price)
      expect(2 * chosen.volume).toBe(2 * batch.volume + sum(batch.unsettled))
      for (const price of ticks.flatMap(tick => [tick - 1, tick, tick + 1])) {
        const other = at(price)
        expect(other.volume).toBeLessThanOrEqual(chosen.volume)
        if (other.volume === 0 || other.volume < chosen.volume) continue
        expect(other.imbalance).toBeGreaterThanOrEqual(chosen.imbalance)
        const { low, high } = batch.interval!
        expect(price >= low && price <= high).toBe(other.imbalance === chosen.imbalance)
      }
    })
  })

  test('pro rata is exact: within a lot of the quotient, and nothing is lost', () => {
    forAll(auction, ({ book, batch }) => {
      const { rationing } = batch
      if (!rationing) return
      const out = new Set(batch.leftOut.map(({ order }) => order))
      const filled = allotments(batch)
      const group = book.filter(
        order =>
          !out.has(order.guard) &&
          order.side === rationing.side &&
          tickOf(order) === rationing.tick &&
          order.height === rationing.height,
      )
      const brought = (order: BookOrder) => order.lots - earlyLots(batch, order.guard)
      expect(sum(group.map(order => ({ lots: brought(order) })))).toBe(rationing.of)
      expect(sum(group.map(order => ({ lots: filled.get(order.guard) ?? 0 })))).toBe(rationing.lots)
      for (const order of group) {
        const fair = (BigInt(rationing.lots) * BigInt(brought(order))) / BigInt(rationing.of)
        const own = BigInt(filled.get(order.guard) ?? 0)
        expect(own >= fair && own <= fair + 1n).toBe(true)
      }
    })
  })

  test('every fill follows from one prefix sum', () => {
    forAll(auction, ({ book, context, batch }) => {
      const filled = new Map([...batch.buys, ...batch.sells].map(({ order, lots }) => [order, lots]))
      for (const { guard } of book) {
        const found = explainFill(batch, book, context.previousAppHash, guard)
        expect(found.filled).toBe(filled.get(guard) ?? 0)
        if (!found.claim) continue
        expect(verifyFill(batch, found.claim, found.filled)).toBe(true)
        expect(verifyFill(batch, found.claim, found.filled + 1)).toBe(false)
      }
    })
  })

  test('the order in which orders come changes nothing', () => {
    for (const shape of SHAPES) {
      const shuffled = auctions(shape).chain(({ book, context }) =>
        fc.shuffledSubarray(book, { minLength: book.length }).map(other => ({ book, other, context })),
      )
      fc.assert(
        fc.property(shuffled, ({ book, other, context }) => {
          expect(auction(MARKET, other, context)).toEqual(auction(MARKET, book, context))
        }),
        { numRuns: RUNS },
      )
    }
  })

  test('money is conserved to the unit, fees included', () => {
    forAll(auction, ({ book, context, batch }) => {
      const orders = new Map(book.map(order => [order.guard, order]))
      let quote = 0n
      let base = 0n
      let fees = 0n
      const pay = (side: 'buy' | 'sell', { order: name, lots, maker }: Fill<Guard>) => {
        const order = orders.get(name)!
        const terms = {
          side,
          limit: BigInt(order.limit),
          triggerLimit: BigInt(order.triggerLimit),
          maxFeeBps: order.maxFeeBps,
        }
        const amount = amountFor(MARKET_TERMS, terms, BigInt(order.lots))
        const bps = maker ? context.makerBps : context.takerBps
        const trade = { side, price: batch.price!, lots, bps, unit: 10n ** 9n }
        const money = settleMoney(MARKET_TERMS, trade, amount)
        expect(money.fee % 10n ** 9n).toBe(0n)
        fees += money.fee
        if (side === 'buy') {
          quote += amount - money.remainder
          base -= money.proceeds
        } else {
          quote -= money.proceeds
          base += amount - money.remainder
        }
      }
      for (const fill of batch.buys) pay('buy', fill)
      for (const fill of batch.sells) pay('sell', fill)
      expect(base).toBe(0n)
      expect(quote).toBe(fees)
      if (batch.price !== undefined) {
        expect(cost(MARKET_TERMS, batch.price, batch.volume)).toBeGreaterThan(0n)
        expect(baseOf(MARKET_TERMS, batch.volume)).toBeGreaterThan(0n)
      }
    })
  })
})

describe('engine', () => {
  test('gives what the reference gives', () => {
    forAll(referenceAuction, ({ book, context, batch }) => {
      expect(engineAuction(MARKET, book, context)).toEqual(batch)
    })
  })

  test('a batch applied leaves exactly what the fills and releases leave', () => {
    forAll(engineAuction, ({ book, context, batch }) => {
      const live = bookOf(book)
      const unspendable = { has: (ref: OrderRef) => context.unspendable.has(live.guardOf(ref)) }
      const result = clearBatch(live, { ...context, unspendable })
      expect(describeBatch(live, result)).toEqual(batch)
      live.apply(result)
      const expected = book
        .map(order => ({ ...order, ...afterwards(order, batch) }))
        .filter(({ lots }) => lots > 0)
      expect(saveBook(live)).toEqual(saveBook(bookOf(expected)))
    })
  })
})

function bookOf(orders: readonly BookOrder[]): Book {
  const book = new Book(MARKET)
  for (const order of orders) expect(book.add(order).ok).toBe(true)
  return book
}

/** What the auction allots to each order, before it is settled. */
function allotments(batch: Batch<Guard>): Map<Guard, number> {
  const allotted = new Map<Guard, number>()
  for (const { order, lots } of [...batch.buys, ...batch.sells, ...batch.unsettled]) {
    allotted.set(order, (allotted.get(order) ?? 0) + lots)
  }
  return allotted
}

/** Lots that leave an order before the clearing. */
function earlyLots(batch: Batch<Guard>, guard: Guard): number {
  return sum(batch.releases.filter(({ order, reason }) => order === guard && reason === 'selfTrade'))
}

/** What a batch makes of an order, by its record alone. */
function afterwards(order: BookOrder, batch: Batch<Guard>) {
  const mine = [...batch.buys, ...batch.sells, ...batch.releases].filter(item => item.order === order.guard)
  const { price } = batch
  const crossed =
    price !== undefined &&
    (order.triggerKind.endsWith('Above')
      ? price >= order.triggerPrice
      : order.triggerKind.endsWith('Below') && price <= order.triggerPrice)
  return {
    lots: order.lots - sum(mine),
    acted: order.acted || batch.debuts.includes(order.guard),
    triggered: order.triggered || crossed,
  }
}

test('sleeping orders show in no level', () => {
  fc.assert(
    fc.property(auctions({ kind: 'wild' }), ({ book }) => {
      const live = bookOf(book)
      for (const side of ['buy', 'sell'] as const) {
        const shown = book.filter(order => order.side === side && !isAsleep(order))
        expect(sum(live.levels(side))).toBe(sum(shown))
        const best = shown.map(tickOf).sort((a, b) => (side === 'buy' ? b - a : a - b))[0]
        expect(live.best(side)?.tick).toBe(best)
      }
    }),
    { numRuns: RUNS },
  )
})
