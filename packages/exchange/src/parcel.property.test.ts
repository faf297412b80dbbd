import fc from 'fast-check'
import { expect, test } from 'vitest'
import { auctions, context, MARKET, order } from '../test/arbitraries.ts'
import { clearBatch } from './auction.ts'
import { Book } from './book.ts'
import { outcomeWords, readOutcome, writeOutcome } from './outcome.ts'
import { type Case, parcelBytes, readParcel, writeParcel } from './parcel.ts'
import type { Batch, BookOrder, OrderRef } from './types.ts'

const TICKET = 77
/** Where the parcel stands in its memory: not at the start. */
const AT = 48

/** Books with holes, where orders have left. */
const cases = fc.tuple(auctions(), fc.array(fc.nat(), { maxLength: 4 })).map(([{ book, context }, gone]) => {
  const made = bookOf(book)
  const names = [...(context.unspendable as Set<never>)].map(guard => made.find(guard)!)
  for (const number of gone) {
    const ref = (number % (book.length + 1)) as OrderRef
    if (ref < made.end && made.columns.lots[ref] !== 0 && !names.includes(ref)) made.remove(ref)
  }
  return { book: made, context: { ...context, unspendable: new Set(names) } } satisfies Case
})

function bookOf(orders: readonly BookOrder[]): Book {
  const book = new Book(MARKET)
  for (const each of orders) expect(book.add(each).ok).toBe(true)
  return book
}

/** Clears a market as a thread does that has only its parcel. */
function outcomeOf(one: Case): Uint32Array {
  const memory = new SharedArrayBuffer(AT + parcelBytes(one))
  writeParcel(one, memory, AT)
  const { book, context } = readParcel(memory, AT)
  const words = new Uint32Array(outcomeWords(one.book.end))
  writeOutcome(clearBatch(book, context), words, TICKET)
  return words
}

test('a parcel of a book clears as the book does, and its outcome says the same batch', () => {
  fc.assert(
    fc.property(cases, one => {
      const expected: Batch = clearBatch(one.book, one.context)
      expect(readOutcome(outcomeOf(one), TICKET, one.book, one.context)).toEqual(expected)
    }),
    { numRuns: 300 },
  )
})

test('words that are not the outcome of this case say nothing', () => {
  const change = fc.record({ at: fc.nat(), xor: fc.integer({ min: 1, max: 0xffff_ffff }) })
  fc.assert(
    fc.property(cases, change, ({ book, context }, { at, xor }) => {
      const words = outcomeOf({ book, context })
      expect(readOutcome(words, TICKET + 1, book, context)).toBeUndefined()
      const garbled = words.slice()
      garbled[at % words[1]!]! ^= xor
      expect(readOutcome(garbled, TICKET, book, context)).toBeUndefined()
    }),
    { numRuns: 200 },
  )
  const empty = new Book(MARKET)
  for (const words of [new Uint32Array(8), new Uint32Array(64).fill(0xffff_ffff), new Uint32Array(2)]) {
    expect(readOutcome(words, TICKET, empty, context())).toBeUndefined()
  }
})

test('an outcome with a right sum that no batch of the book can have says nothing', () => {
  const book = bookOf([
    order(0, { lots: 5 }),
    order(1, { side: 'sell', limit: 90, lots: 5 }),
    order(2, { limit: 80 }),
  ])
  const [buy, sell, other] = book.refs() as [OrderRef, OrderRef, OrderRef]
  const batch = clearBatch(book, { ...context(), unspendable: new Set<OrderRef>() })
  const fill = (ref: OrderRef, lots = 5) => ({ order: ref, lots, maker: false })
  const read = (changed: Batch) => {
    const words = new Uint32Array(outcomeWords(book.end))
    writeOutcome(changed, words, TICKET)
    return readOutcome(words, TICKET, book, changed)
  }
  expect(read(batch)).toEqual(batch)
  const wrong: Partial<Batch>[] = [
    { volume: 4 },
    { buys: [fill(buy, 4)] },
    { buys: [fill(buy, 6)] },
    { buys: [fill(sell)] },
    { buys: [fill(buy), fill(buy)] },
    { buys: [fill(3 as OrderRef)] },
    { settlements: [] },
    { settlements: [{ fills: [fill(other), fill(sell)] }] },
    { debuts: [9 as OrderRef] },
  ]
  for (const change of wrong) expect(read({ ...batch, ...change })).toBeUndefined()
})

test('a batch that its words do not suffice for is not written', () => {
  const book = bookOf([order(0), order(1, { side: 'sell' })])
  const batch = clearBatch(book, { ...context(), unspendable: new Set<OrderRef>() })
  expect(() => writeOutcome(batch, new Uint32Array(30), TICKET)).toThrow(RangeError)
})
