// I14: two nodes with shuffled transactions reach one root, block after block, and it is the reference's.
import type { Guard } from '@omg/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { context, guard, HEIGHT, MARKET, orders, positionOf } from '../test/arbitraries.ts'
import { referenceAuction } from './auction.reference.ts'
import { clearBatch, describeBatch } from './auction.ts'
import { Book } from './book.ts'
import { BookCommitment } from './commitment.ts'
import { marketBookHash } from './roots.ts'
import { loadBook, saveBook } from './snapshot.ts'
import type { Batch, BookOrder, OrderRef } from './types.ts'

/** What one block brings: new orders, and cancels of earlier ones by their numbers. */
interface Block {
  readonly entering: BookOrder[]
  readonly shuffled: number[]
  readonly cancels: number[]
}

const block: fc.Arbitrary<Block> = orders({ maxOrders: 15 }).chain(entering =>
  fc.record({
    entering: fc.constant(entering),
    shuffled: fc.shuffledSubarray([...entering.keys()], { minLength: entering.length }),
    cancels: fc.array(fc.nat(60), { maxLength: 4 }),
  }),
)

class Node {
  book = new Book(MARKET)
  commitment = new BookCommitment(this.book)

  /** The batch of a block, its cancels, and what enters with it. */
  run(height: bigint, lastPrice: number | undefined, cancels: Guard[], entering: BookOrder[]): Batch<Guard> {
    const cancelled = new Set(cancels.map(name => this.book.find(name)).filter(ref => ref !== undefined))
    const batch = clearBatch(this.book, { ...context({ height, lastPrice }), unspendable: cancelled })
    const described = describeBatch(this.book, batch)
    this.book.apply(batch)
    for (const ref of cancelled) this.book.remove(ref as OrderRef)
    for (const order of entering) expect(this.book.add(order).ok).toBe(true)
    return described
  }

  root() {
    return marketBookHash(this.commitment.root())
  }
}

test('two nodes that see transactions in another order agree, block by block', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 2, maxLength: 8, size: 'max' }), blocks => {
      const [one, two] = [new Node(), new Node()]
      let lastPrice: number | undefined
      let number = 0
      for (const [i, { entering, shuffled, cancels }] of blocks.entries()) {
        const height = HEIGHT + BigInt(i)
        const fresh = entering.map(order => {
          const own = number++
          return {
            ...order,
            guard: guard(own),
            height,
            position: positionOf(height, own),
            triggered: false,
            acted: false,
          }
        })
        const names = cancels.map(guard)
        const live = new Set(names.filter(name => one.book.find(name) !== undefined))
        const truth = referenceAuction(
          MARKET,
          one.book.orders(),
          context({ height, lastPrice, unspendable: live }),
        )
        const batch = one.run(height, lastPrice, names, fresh)
        expect(batch).toEqual(truth)
        expect(
          two.run(
            height,
            lastPrice,
            names,
            shuffled.map(at => fresh[at]!),
          ),
        ).toEqual(batch)
        expect(two.root()).toBe(one.root())
        lastPrice = batch.price ?? lastPrice
      }
      const saved = saveBook(one.book)
      expect(saveBook(two.book)).toEqual(saved)
      const loaded = loadBook(MARKET, saved)
      expect(loaded.ok && marketBookHash(new BookCommitment(loaded.value).root())).toBe(one.root())
    }),
    { numRuns: 60 },
  )
})
