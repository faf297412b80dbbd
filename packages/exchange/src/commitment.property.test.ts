import { type Guard, type Hash, keccakHash, type Position, ZERO_HASH } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auctions, HEIGHT, MARKET, order, orders, positionOf } from '../test/arbitraries.ts'
import { clearBatch } from './auction.ts'
import { Book } from './book.ts'
import { BookCommitment, type BookProof, verifyBookProof } from './commitment.ts'
import { isAsleep, tickOf } from './order.ts'
import { batchRoot, bookRoot, listProof, listRoot, marketBookHash, verifyListProof } from './roots.ts'
import type { BookOrder, OrderRef, Side } from './types.ts'

const SIDES: Side[] = ['buy', 'sell']

function bookOf(book: Iterable<BookOrder>): Book {
  const live = new Book(MARKET)
  for (const order of book) expect(live.add(order).ok).toBe(true)
  return live
}

const rootOf = (book: Book) => marketBookHash(new BookCommitment(book).root())

describe('the trees of a book', () => {
  test('forget how the book came to be', () => {
    const shuffled = orders({ maxOrders: 60 }).chain(book =>
      fc.record({
        book: fc.constant(book),
        other: fc.shuffledSubarray(book, { minLength: book.length }),
        gone: fc.array(fc.integer({ min: 1000, max: 1100 }), { maxLength: 30 }),
      }),
    )
    fc.assert(
      fc.property(shuffled, ({ book, other, gone }) => {
        const live = new Book(MARKET)
        const commitment = new BookCommitment(live)
        const passing = [...new Set(gone)].map(number => order(number, { limit: 1 + (number % 7) }))
        for (const [i, entering] of other.entries()) {
          const visitor = passing[i]
          if (visitor) live.add(visitor)
          live.add({ ...entering, lots: entering.lots })
          if (i % 5 === 0) commitment.root()
          if (visitor) live.remove(live.find(visitor.guard)!)
        }
        expect(commitment.root()).toEqual(new BookCommitment(bookOf(book)).root())
      }),
    )
  })

  test('follow a book through batches as if they were built anew', () => {
    fc.assert(
      fc.property(auctions({ maxOrders: 60 }), ({ book, context }) => {
        const live = bookOf(book)
        const commitment = new BookCommitment(live)
        commitment.root()
        const unspendable = { has: (ref: OrderRef) => context.unspendable.has(live.guardOf(ref)) }
        live.apply(clearBatch(live, { ...context, unspendable }))
        expect(commitment.root()).toEqual(new BookCommitment(bookOf([...live.orders()])).root())
      }),
    )
  })

  test('are the same only for the same book', () => {
    const book = [order(1), order(2, { side: 'sell', limit: 200 }), order(3, { limit: 90 })]
    const root = rootOf(bookOf(book))
    const changes: Partial<BookOrder>[] = [
      { lots: 11 },
      { limit: 101 },
      { acted: true },
      { side: 'sell' },
      { position: positionOf(HEIGHT - 1n, 77) },
      { height: HEIGHT - 2n },
      { guard: order(9).guard },
    ]
    const roots = changes.map(change => rootOf(bookOf([{ ...book[0]!, ...change }, ...book.slice(1)])))
    expect(new Set([root, ...roots]).size).toBe(changes.length + 1)
  })

  test('sum the lots that are awake', () => {
    fc.assert(
      fc.property(orders(), book => {
        const { buys, sells } = new BookCommitment(bookOf(book)).root()
        const sum = (side: Side) =>
          book.reduce((total, o) => total + (o.side === side && !isAsleep(o) ? o.lots : 0), 0)
        expect([buys.lots, sells.lots]).toEqual([sum('buy'), sum('sell')])
      }),
    )
  })
})

describe('a proof', () => {
  const places = fc.record({
    tick: fc.oneof(fc.integer({ min: 0, max: 110 }), fc.constantFrom(0xffff_fffe, 0xffff_ffff)),
    number: fc.integer({ min: -1, max: 70 }),
    age: fc.integer({ min: 0, max: 3 }),
  })

  test('shows which order stands at a place, or that none does, and the lots before it', () => {
    fc.assert(
      fc.property(orders({ maxOrders: 50 }), fc.array(places, { maxLength: 8 }), (book, asked) => {
        const commitment = new BookCommitment(bookOf(book))
        const root = commitment.root()
        const questions = [
          ...asked.map(({ tick, number, age }) => ({
            tick,
            position: number < 0 ? (0n as Position) : positionOf(HEIGHT - BigInt(age), number),
          })),
          ...book.map(o => ({ tick: tickOf(o), position: o.position })),
        ]
        for (const side of SIDES) {
          const mine = book.filter(o => o.side === side)
          for (const { tick, position } of questions) {
            const proof = commitment.prove(side, tick, position)
            const found = verifyBookProof(side === 'buy' ? root.buys : root.sells, tick, position, proof)
            const before = mine.filter(o => tickOf(o) < tick || (tickOf(o) === tick && o.position < position))
            expect(found?.before).toBe(before.reduce((total, o) => total + (isAsleep(o) ? 0 : o.lots), 0))
            const standing = mine.find(o => tickOf(o) === tick && o.position === position)
            expect(found?.order?.guard).toBe(standing?.guard)
            expect(found?.order?.lots).toBe(standing?.lots)
          }
        }
      }),
    )
  })

  test('with anything changed leads nowhere', () => {
    const book = Array.from({ length: 20 }, (_, i) => order(i, { limit: 90 + (i % 5), lots: 10 + i }))
    const commitment = new BookCommitment(bookOf(book))
    const { buys } = commitment.root()
    const { limit, position } = book[7]!
    const proof = commitment.prove('buy', limit, position)
    expect(verifyBookProof(buys, limit, position, proof)?.order?.guard).toBe(book[7]!.guard)
    const step = (change: object): BookProof => ({
      ...proof,
      steps: proof.steps.map((s, i) => (i === 1 ? { ...s, ...change } : s)),
    })
    const end = (change: object) =>
      ({
        ...proof,
        end: { ...proof.end, leaf: { ...(proof.end as { leaf: object }).leaf, ...change } },
      }) as BookProof
    const { sibling } = proof.steps[1]!
    const wrong = [
      step({ sibling: { ...sibling, lots: sibling.lots + 1 } }),
      step({ sibling: { ...sibling, lots: -1 } }),
      step({ sibling: { ...sibling, lots: 0.5 } }),
      step({ sibling: { ...sibling, hash: new Uint8Array(32) } }),
      step({ bits: proof.steps[1]!.bits + 1 }),
      { ...proof, steps: proof.steps.slice(1) },
      { ...proof, steps: [] },
      { ...proof, steps: [...proof.steps].reverse() },
      { ...proof, end: { kind: 'empty' as const } },
      end({ lots: 1 }),
      end({ guard: ZERO_HASH as Guard }),
      end({ asleep: true }),
      end({ height: 1n }),
    ]
    for (const bad of wrong) expect(verifyBookProof(buys, limit, position, bad)).toBeUndefined()
    expect(verifyBookProof({ ...buys, lots: buys.lots + 1 }, limit, position, proof)).toBeUndefined()
    // A proof of one place says nothing about another, except where it shows that nothing stands there.
    expect(verifyBookProof(buys, limit + 1, position, proof)).toBeUndefined()
  })

  test('of an empty side shows that nothing is there', () => {
    const commitment = new BookCommitment(new Book(MARKET))
    const { sells } = commitment.root()
    const proof = commitment.prove('sell', 5, 0n as Position)
    expect(verifyBookProof(sells, 5, 0n as Position, proof)).toEqual({ order: undefined, before: 0 })
  })
})

describe('lists', () => {
  const leaf = (i: number) => keccakHash(Uint8Array.of(i))

  test('prove each of their leaves, and nothing else', () => {
    for (let count = 1; count <= 17; count++) {
      const leaves = Array.from({ length: count }, (_, i) => leaf(i))
      const root = listRoot(leaves)
      for (const [index, hash] of leaves.entries()) {
        const proof = listProof(leaves, index)
        expect(verifyListProof(root, hash, index, proof)).toBe(true)
        expect(verifyListProof(root, leaf(99), index, proof)).toBe(false)
        expect(verifyListProof(root, hash, index + 32, proof)).toBe(false)
      }
    }
  })

  test('of markets and batches are sorted, and zero when empty', () => {
    const side = { hash: new Uint8Array(32), lots: 0 }
    const book = (digit: string) => ({ market: `0x${digit.repeat(64)}` as Hash, buys: side, sells: side })
    expect(bookRoot([])).toBe(ZERO_HASH)
    expect(bookRoot([book('a'), book('b')])).toBe(bookRoot([book('b'), book('a')]))
    expect(bookRoot([book('a')])).toBe(marketBookHash(book('a')))
    const batch = (height: bigint, digit: string) => ({
      market: `0x${digit.repeat(64)}` as Hash,
      height,
      price: 5,
      volume: 7,
      bookBefore: ZERO_HASH,
    })
    expect(batchRoot([])).toBe(ZERO_HASH)
    expect(batchRoot([batch(9n, 'a'), batch(10n, 'a'), batch(9n, 'b')])).toBe(
      batchRoot([batch(10n, 'a'), batch(9n, 'b'), batch(9n, 'a')]),
    )
  })
})
