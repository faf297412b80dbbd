import type { Guard, Hash } from '@omg/protocol'
import type { Market, OrderChange } from '@omg/sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EMPTY, type Journal, journalAfter, type Told } from './journal.ts'
import { wordsFor } from './words.ts'

const guard = `0x${'ab'.repeat(32)}` as Guard
const market = {
  id: `0x${'cd'.repeat(32)}` as Hash,
  base: { symbol: 'ETH' },
  quote: { symbol: 'TUSD' },
  sizeText: String,
  priceText: String,
} as unknown as Market
const entry = {
  id: 1,
  deed: 'place',
  market,
  side: 'buy',
  price: 100n,
  lots: 10n,
  once: false,
  guard: undefined,
} as const
const about = { height: 8n, guard, market: market.id }
const filled = (lots: bigint, price = 99n): Told => ({
  type: 'changed',
  change: { ...about, kind: 'filled', lots, price, isMaker: false },
})
const placed: OrderChange = { ...about, height: 7n, kind: 'placed', lots: 10n, side: 'buy', limit: 100n }
const begun: Told = { type: 'begun', entry }
const taken: Told = { type: 'taken', id: 1, guard }
const after = (...told: readonly Told[]): Journal => told.reduce(journalAfter, EMPTY)
const words = (...told: readonly Told[]) => wordsFor(after(begun, ...told).entries[0]!).text

describe('the journal', () => {
  it('follows an order from the click to its end', () => {
    expect(words()).toBe('Signing…')
    expect(words(taken)).toBe('Sent. It is in the next block.')
    expect(words(taken, { type: 'included', id: 1, height: 7n })).toBe('In the book in block 7')
    expect(words(taken, filled(4n))).toBe('Bought 4 ETH at 99 TUSD; the rest waits')
    expect(words(taken, filled(4n), filled(6n))).toBe('Bought 10 ETH at 99 TUSD')
    const released: OrderChange = { ...about, kind: 'released', lots: 6n, reason: 'immediateOrCancel' }
    expect(words(taken, filled(4n), { type: 'changed', change: released })).toMatch(
      /^Bought 4 ETH.*the rest came back/,
    )
    expect(words(taken, { type: 'changed', change: released })).toBe('Came back: nobody met its price')
    const problem = { title: 'Not enough', text: 'Add money.', code: 'move.amount' }
    expect(words({ type: 'failed', id: 1, problem })).toBe('Not enough')
  })

  it('says the same in whatever order node and answer speak', () => {
    const told: Told[] = [
      taken,
      { type: 'included', id: 1, height: 7n },
      { type: 'changed', change: placed },
      filled(10n),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(told, { minLength: 4 }), order => {
        const [last] = after(begun, ...order).entries
        expect(last).toMatchObject({ state: 'over', filled: 10n, value: 990n, guard })
      }),
    )
  })

  it('does not take what happens to others for its own, and forgets on demand', () => {
    const other = { ...about, guard: `0x${'ef'.repeat(32)}` as Guard }
    const change: OrderChange = { ...other, kind: 'filled', lots: 10n, price: 1n, isMaker: true }
    expect(after(begun, taken, { type: 'changed', change }).entries[0]).toMatchObject({ filled: 0n })
    expect(after(begun, { type: 'dismissed', id: 1 }).entries).toEqual([])
  })

  it('keeps what it shows bounded', () => {
    const many = Array.from({ length: 100 }, (_, id): Told => ({ type: 'begun', entry: { ...entry, id } }))
    expect(after(...many).entries.length).toBeLessThanOrEqual(30)
    expect(after(...Array.from({ length: 500 }, () => filled(1n))).changes.length).toBeLessThanOrEqual(200)
  })
})
