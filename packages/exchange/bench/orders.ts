import { Book, FLAG, market, type OrderRow } from '@omg/exchange'
import { type Hash, keccak256, TAG } from '@omg/protocol'
import { MARKET_TERMS } from '../test/arbitraries.ts'

export const MARKET = market(MARKET_TERMS)
export const HEIGHT = 10_000n
/** Ticks around which orders stand. */
const MIDDLE = 50_000
export const OWNERS = 5000

/** A generator of numbers that are the same in every run (mulberry32). */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b_79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor(((t ^ (t >>> 14)) >>> 0) * 2 ** -32 * below)
  }
}

/** Bytes that look like the hash of a number. */
export function spreadBytes(number: number, length: number): Uint8Array {
  const random = randomNumbers(number)
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = random(256)
  return bytes
}

/** The addresses of all owners, one after the other. */
export const OWNER_BYTES = spreadBytes(1, 20 * OWNERS)

/**
 * An order as a live book has it: what stood through the batch before does not cross, and one in eight came since, at any
 * price around the middle. Owners stand on one side, as most do; some orders have a minimum or do not stay.
 */
export function ordinaryRow(number: number, random: (below: number) => number): OrderRow {
  const isSell = random(2) === 1
  const fresh = random(8) === 0
  const distance = fresh ? random(500) - 250 : 1 + Math.floor((random(1000) * random(1000)) / 500)
  const height = Number(HEIGHT) - (fresh ? 1 : 2 + random(500))
  const minFill = random(50) === 0 ? 1 + random(5) : 0
  const timeInForce = fresh && random(10) === 0 ? 1 << FLAG.timeInForceShift : 0
  return {
    guard: spreadBytes(number + 1_000_000, 32),
    guardAt: 0,
    owner: OWNER_BYTES,
    ownerAt: 20 * (2 * random(OWNERS / 2) + (isSell ? 1 : 0)),
    flags: (isSell ? FLAG.sell : 0) | timeInForce,
    limit: MIDDLE + (isSell ? distance : -distance),
    lots: 1 + random(1000),
    height,
    checkpoint: 1 + Math.floor(height / 10),
    path: (height % 10) * 400_000_000 + (number % 1_000_000) * 256,
    maxFeeBps: 100,
    minFill,
    expiry: 0,
    triggerPrice: 0,
    triggerLimit: 0,
  }
}

export function ordinaryBook(count: number, seed = 1): Book {
  const random = randomNumbers(seed)
  const book = new Book(MARKET)
  for (let number = 0; number < count; number++) {
    const added = book.insert(ordinaryRow(number + seed * 10_000_000, random))
    if (!added.ok) throw added.error
  }
  return book
}

/** Everything of a context but what cannot be spent. */
export const CONTEXT = {
  height: HEIGHT,
  originTime: 1_000_000n,
  previousAppHash: `0x${'5a'.repeat(32)}` as Hash,
  lastPrice: MIDDLE,
  makerBps: 10,
  takerBps: 20,
}

/** A few digits of everything that a run computed, so that two runs can be seen to agree. */
export function stateHash(value: unknown): string {
  const text = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item))
  const digest = keccak256(new TextEncoder().encode(`${TAG.batch}${text}`))
  return Array.from(digest.subarray(0, 8), byte => byte.toString(16).padStart(2, '0')).join('')
}
