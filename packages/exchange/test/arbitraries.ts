import {
  type Address,
  type Guard,
  type Hash,
  type MarketTerms,
  type Position,
  position,
  ZERO_ADDRESS,
} from '@omg/protocol'
import fc from 'fast-check'
import { market } from '../src/market.ts'
import type { BatchContext, BookOrder } from '../src/types.ts'

const hex = (value: number, bytes: number) => `0x${value.toString(16).padStart(2 * bytes, '0')}` as const

export const MARKET_TERMS: MarketTerms = {
  base: ZERO_ADDRESS,
  quote: hex(0xc0ffee, 20) as Address,
  tick: 10n ** 9n,
  lot: 10n ** 15n,
  tier: 'bonded',
  minimumSize: 1n,
}
export const MARKET = market(MARKET_TERMS)

/** The height of batches in tests. */
export const HEIGHT = 100n

export const owner = (number: number) => hex(number + 1, 20) as Address

/** A name that says which order it is. The high bits are spread, so that tables see what they see of real hashes. */
export const guard = (number: number) =>
  `0x${(Math.imul(number + 1, 0x9e37_79b1) >>> 0).toString(16).padStart(8, '0')}${number.toString(16).padStart(56, '0')}` as Guard

/** A plain buy, and whatever is different about it. Position and guard follow from the number. */
export function order(number: number, parts: Partial<BookOrder> = {}): BookOrder {
  const height = parts.height ?? HEIGHT - 1n
  return {
    guard: guard(number),
    owner: owner(number),
    side: 'buy',
    limit: 100,
    lots: 10,
    height,
    position: positionOf(height, number),
    maxFeeBps: 100,
    expiryKind: 'never',
    expiry: 0n,
    minFill: 0,
    timeInForce: 'goodTillCancel',
    postOnly: false,
    selfTradePrevention: 'expireMaker',
    triggerKind: 'none',
    triggerPrice: 0,
    triggerLimit: 0,
    triggered: false,
    acted: false,
    ...parts,
  }
}

/** Ten blocks make a checkpoint here. */
export function positionOf(height: bigint, number: number): Position {
  const index = Number(height % 10n) * 4096 + (number >> 4)
  return position({ checkpoint: 1n + height / 10n, sequence: 0, shard: 0, index, output: number & 15 })
}

/** A context without anything special. */
export function context(parts: Partial<BatchContext<Guard>> = {}): BatchContext<Guard> {
  return {
    height: HEIGHT,
    originTime: 1_000_000n,
    previousAppHash: hex(7, 32) as Hash,
    lastPrice: undefined,
    makerBps: 10,
    takerBps: 20,
    unspendable: new Set<Guard>(),
    ...parts,
  }
}

/** How wild a book is. */
export interface BookShape {
  /** At most so many orders. */
  readonly maxOrders?: number
  /** `plain`: only prices and sizes. `demanding`: minimums, too. `wild`: every flag there is. */
  readonly kind?: 'plain' | 'demanding' | 'wild'
}

/** An adversary's book: few prices, few owners, many ties, every flag. */
export function orders({ maxOrders = 40, kind = 'wild' }: BookShape = {}): fc.Arbitrary<BookOrder[]> {
  const prices = fc.constantFrom(
    fc.integer({ min: 98, max: 102 }),
    fc.integer({ min: 1, max: 12 }),
    fc.constantFrom(1, 2, 0xffff_fffe, 0xffff_ffff),
  )
  return prices
    .chain(ticks => fc.array(PARTS[kind](ticks), { maxLength: maxOrders, size: 'max' }))
    .map(parts => parts.map((part, number) => order(number, withPosition(part, number))))
}

const PARTS = { plain: plainParts, demanding: demandingParts, wild: wildParts }

/** A context that touches orders of the book, too. */
export function contexts(book: readonly BookOrder[]): fc.Arbitrary<BatchContext<Guard>> {
  return fc
    .record({
      lastPrice: fc.option(fc.oneof(fc.integer({ min: 1, max: 110 }), fc.constant(0xffff_ffff)), {
        nil: undefined,
      }),
      app: fc.integer({ min: 0, max: 0xffff }),
      makerBps: fc.constantFrom(0, 10, 30),
      takerBps: fc.constantFrom(0, 20, 60),
      whole: fc.boolean(),
      unspendable: fc.subarray([...book.keys()], { maxLength: Math.min(book.length, 3) }),
    })
    .map(({ app, unspendable, ...rest }) =>
      context({
        ...rest,
        previousAppHash: hex(app, 32) as Hash,
        unspendable: new Set(unspendable.map(number => book[number]!.guard)),
      }),
    )
}

/** A book and a context that belong together. */
export function auctions(
  shape: BookShape = {},
): fc.Arbitrary<{ book: BookOrder[]; context: BatchContext<Guard> }> {
  return orders(shape).chain(book => contexts(book).map(context => ({ book, context })))
}

function plainParts(ticks: fc.Arbitrary<number>): fc.Arbitrary<Partial<BookOrder>> {
  return fc.record({
    side: fc.constantFrom('buy', 'sell'),
    limit: ticks,
    lots: sizes(),
    height: fc.constantFrom(HEIGHT - 1n, HEIGHT - 1n, HEIGHT - 2n, HEIGHT - 9n, HEIGHT - 30n),
  })
}

function wildParts(ticks: fc.Arbitrary<number>): fc.Arbitrary<Partial<BookOrder>> {
  return fc
    .record({
      plain: plainParts(ticks),
      owner: fc.integer({ min: 0, max: 5 }).map(owner),
      maxFeeBps: fc.constantFrom(5, 20, 60, 60, 60),
      minFill: fc.constantFrom(0, 0, 0, 1, 2, 3, 7, 0xffff_ffff),
      timeInForce: mostly('goodTillCancel', 'immediateOrCancel', 'fillOrKill'),
      postOnly: mostly(false, true),
      selfTradePrevention: fc.constantFrom('expireMaker', 'expireTaker', 'expireBoth', 'decrement'),
      expiry: mostly(
        { expiryKind: 'never', expiry: 0n },
        { expiryKind: 'height', expiry: HEIGHT },
        { expiryKind: 'height', expiry: HEIGHT - 1n },
        { expiryKind: 'time', expiry: 1_000_000n },
        { expiryKind: 'time', expiry: 999_999n },
      ),
      trigger: fc.oneof(
        { weight: 4, arbitrary: fc.constant({ triggerKind: 'none' as const }) },
        { weight: 1, arbitrary: triggers(ticks) },
      ),
      acted: mostly(false, true),
    })
    .map(
      ({ plain, expiry, trigger, ...rest }) =>
        ({ ...plain, ...expiry, ...trigger, ...rest }) as Partial<BookOrder>,
    )
}

function demandingParts(ticks: fc.Arbitrary<number>): fc.Arbitrary<Partial<BookOrder>> {
  return fc
    .record({
      plain: plainParts(ticks),
      minFill: fc.constantFrom(0, 2, 5, 20, 0xffff_ffff),
      timeInForce: mostly('goodTillCancel', 'fillOrKill', 'immediateOrCancel'),
    })
    .map(({ plain, ...rest }) => ({ ...plain, ...rest }))
}

function triggers(ticks: fc.Arbitrary<number>): fc.Arbitrary<Partial<BookOrder>> {
  return fc
    .record({
      triggerKind: fc.constantFrom('wakeAbove', 'wakeBelow', 'turnAbove', 'turnBelow'),
      triggerPrice: ticks,
      triggerLimit: ticks,
      triggered: fc.boolean(),
    })
    .map(trigger => (trigger.triggerKind.startsWith('turn') ? trigger : { ...trigger, triggerLimit: 0 }))
}

function sizes(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 9 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 1000 }) },
    { weight: 1, arbitrary: fc.constantFrom(0xffff_ffff, 0xffff_fffe, 3_000_000_001) },
  )
}

function mostly<const T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...Array.from(others, () => usual), usual, ...others)
}

function withPosition(part: Partial<BookOrder>, number: number): Partial<BookOrder> {
  return { ...part, position: positionOf(part.height ?? HEIGHT - 1n, number) }
}
