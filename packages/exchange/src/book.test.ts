import { ZERO_HASH } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { guard, HEIGHT, MARKET, order, orders } from '../test/arbitraries.ts'
import { Book } from './book.ts'
import { MAX_BOOK_ORDERS } from './limits.ts'
import { market } from './market.ts'
import { rowOf } from './row.ts'
import { loadBook, saveBook } from './snapshot.ts'
import type { Batch, BookOrder, OrderRef } from './types.ts'

function bookOf(list: Iterable<BookOrder>): Book {
  const book = new Book(MARKET)
  for (const entering of list) expect(book.add(entering).ok).toBe(true)
  return book
}

describe('a book', () => {
  test('gives back what was put in', () => {
    fc.assert(
      fc.property(orders({ maxOrders: 60 }), list => {
        const book = bookOf(list)
        expect(book.size).toBe(list.length)
        expect([...book.orders()]).toEqual([...list].sort((a, b) => (a.position < b.position ? -1 : 1)))
      }),
    )
  })

  test('keeps up with a map through any sequence of changes', () => {
    const changes = fc.array(
      fc.record({
        number: fc.integer({ min: 0, max: 40 }),
        lots: fc.integer({ min: 1, max: 12 }),
        kind: fc.constantFrom('add', 'add', 'reduce', 'remove'),
        special: fc.boolean(),
      }),
      { maxLength: 300, size: 'max' },
    )
    fc.assert(
      fc.property(changes, fc.integer(), (list, seed) => {
        const book = new Book(MARKET, { seed })
        const model = new Map<string, BookOrder>()
        for (const { number, lots, kind, special } of list) {
          const name = guard(number)
          const known = model.get(name)
          const ref = book.find(name)
          expect(ref === undefined).toBe(known === undefined)
          if (kind === 'add') {
            const entering = order(number, { lots, minFill: special ? 2 : 0, limit: 1 + (number % 9) })
            const added = book.add(entering)
            expect(added.ok).toBe(!known)
            if (!known) model.set(name, entering)
          } else if (known && (kind === 'remove' || lots >= known.lots)) {
            book.remove(ref!)
            model.delete(name)
          } else if (known) {
            book.reduce(ref!, lots)
            model.set(name, { ...known, lots: known.lots - lots })
          }
        }
        expect(saveBook(book)).toEqual(saveBook(bookOf(model.values())))
      }),
    )
  })

  test('refuses a second order of one guard', () => {
    const book = bookOf([order(1)])
    expect(book.add(order(1))).toMatchObject({ ok: false, error: { code: 'order.duplicate' } })
    expect(book.size).toBe(1)
  })

  test('tells levels, the best first', () => {
    const book = bookOf([
      order(1, { limit: 99, lots: 5 }),
      order(2, { limit: 100, lots: 7 }),
      order(3, { limit: 100, lots: 1 }),
      order(4, { side: 'sell', limit: 105, lots: 2 }),
    ])
    expect(book.levels('buy')).toEqual([
      { tick: 100, lots: 8, orders: 2 },
      { tick: 99, lots: 5, orders: 1 },
    ])
    expect(book.levels('buy', 1)).toHaveLength(1)
    expect(book.best('sell')).toEqual({ tick: 105, lots: 2, orders: 1 })
    book.reduce(book.find(guard(4))!, 2)
    expect(book.best('sell')).toBeUndefined()
  })

  test('throws where a caller counts wrong', () => {
    const book = bookOf([order(1, { lots: 5 })])
    const ref = book.find(guard(1))!
    expect(() => book.reduce(ref, 6)).toThrow('cannot lose')
    book.remove(ref)
    expect(() => book.lotsOf(ref)).toThrow('no live order')
    expect(() => book.add(order(2, { lots: 0 }))).toThrow('0 lots')
    expect(() => book.add(order(2, { position: (1n << 32n) as never }))).toThrow('deposit')
  })

  test('moves a turned order, and wakes a sleeping one, from the next batch on', () => {
    const book = bookOf([
      order(1, { side: 'sell', limit: 120, triggerKind: 'turnBelow', triggerPrice: 90, triggerLimit: 80 }),
      order(2, { limit: 130, triggerKind: 'wakeAbove', triggerPrice: 110 }),
    ])
    const batch = (price: number): Batch => ({
      market: MARKET.id,
      height: HEIGHT,
      price,
      volume: 1,
      interval: { low: price, high: price },
      demand: 1,
      supply: 1,
      rationing: undefined,
      buys: [],
      sells: [],
      releases: [],
      debuts: [],
      leftOut: [],
      unsettled: [],
      settlements: [],
    })
    book.apply(batch(100))
    expect([book.best('buy'), book.best('sell')?.tick]).toEqual([undefined, 120])
    book.apply(batch(90))
    expect([book.best('buy'), book.best('sell')?.tick]).toEqual([undefined, 80])
    book.apply(batch(110))
    expect([book.best('buy')?.tick, book.best('sell')?.tick]).toEqual([130, 80])
    expect(book.at(book.find(guard(1))!)).toMatchObject({ limit: 120, triggerLimit: 80, triggered: true })
  })

  test('holds 2^20 orders, and no more', () => {
    const book = new Book(MARKET)
    const guards = new Uint8Array(32 * (MAX_BOOK_ORDERS + 1))
    const view = new DataView(guards.buffer)
    const base = rowOf(order(1))
    let refused: unknown
    for (let i = 0; i <= MAX_BOOK_ORDERS; i++) {
      view.setUint32(32 * i, Math.imul(i, 0x9e37_79b1))
      const added = book.insert({ ...base, guard: guards, guardAt: 32 * i, path: i })
      if (!added.ok) refused = [i, added.error.code]
    }
    expect(refused).toEqual([MAX_BOOK_ORDERS, 'book.full'])
    expect(book.best('buy')).toEqual({ tick: 100, lots: 10 * MAX_BOOK_ORDERS, orders: MAX_BOOK_ORDERS })
  })

  test('takes about a hundred bytes an order', () => {
    const book = bookOf(Array.from({ length: 5000 }, (_, i) => order(i)))
    expect(book.byteLength / 5000).toBeLessThan(160)
  })
})

describe('a snapshot', () => {
  const book = bookOf([
    order(1),
    order(2, { minFill: 3, expiryKind: 'height', expiry: 9n }),
    order(3, { triggerKind: 'wakeAbove', triggerPrice: 7 }),
  ])
  const bytes = saveBook(book)
  const row = (index: number, offset: number) => 37 + 96 * index + offset
  const changed = (at: number, value: number) => {
    const copy = bytes.slice()
    copy[at] = value
    return loadBook(MARKET, copy)
  }

  test('restores the same book', () => {
    fc.assert(
      fc.property(orders({ maxOrders: 50 }), list => {
        const saved = saveBook(bookOf(list))
        const loaded = loadBook(MARKET, saved)
        expect(loaded.ok && saveBook(loaded.value)).toEqual(saved)
        expect(loaded.ok && [...loaded.value.orders()]).toEqual([...bookOf(list).orders()])
      }),
    )
  })

  test.each([
    ['another version', () => changed(0, 2)],
    ['another market', () => loadBook(market({ ...MARKET.terms, tick: 1n }), bytes)],
    ['a wrong count', () => changed(36, 2)],
    ['a missing byte', () => loadBook(MARKET, bytes.slice(0, -1))],
    ['a byte too many', () => loadBook(MARKET, new Uint8Array([...bytes, 0]))],
    ['no byte at all', () => loadBook(MARKET, new Uint8Array())],
    ['flags that do not exist', () => changed(row(0, 52), 0xff)],
    ['an expiry of an order that has none', () => changed(row(0, 87), 1)],
    ['an expiry out of range', () => changed(row(1, 80), 0xff)],
    ['a trigger price without a trigger', () => changed(row(0, 91), 1)],
    ['a second limit without a turn', () => changed(row(2, 95), 1)],
    ['a fee above the whole', () => changed(row(0, 74), 0xff)],
    ['no lots', () => changed(row(0, 61), 0)],
    ['an order twice', () => loadBook(MARKET, repeated())],
  ])('is refused with %s', (_, load) => {
    expect(load()).toMatchObject({ ok: false, error: { code: 'book.snapshot' } })
  })

  function repeated(): Uint8Array {
    const copy = bytes.slice()
    copy.set(bytes.subarray(row(0, 0), row(1, 0)), row(1, 0))
    return copy
  }

  test('of any bytes never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), wild => !loadBook(MARKET, wild).ok))
    expect(ZERO_HASH).toHaveLength(66)
  })
})

test('refs are handles of live orders', () => {
  const book = bookOf([order(1), order(2)])
  const first = book.find(guard(1)) as OrderRef
  book.remove(first)
  book.add(order(3))
  expect(book.refs().map(ref => book.guardOf(ref))).toEqual([guard(2), guard(3)])
})
