// docs/auction.md in numbers: its tables are the input and the expectation.
import { readFileSync } from 'node:fs'
import { address, type Guard, hash, keccakHash } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { order } from '../test/arbitraries.ts'
import { referenceAuction } from './auction.reference.ts'
import { engineAuction } from './auction.ts'
import { CANDLE_INTERVALS } from './candles.ts'
import { explainFill, type FillCause } from './explain.ts'
import { market } from './market.ts'
import { amountFor, settleMoney } from './money.ts'
import type { BookOrder } from './types.ts'

const docs = new URL('../../../docs/', import.meta.url)
const page = readFileSync(new URL('auction.md', docs), 'utf8')

/** The cells of the table with these headings. */
function table(...headings: string[]): string[][] {
  const [, body] = page.split(`| ${headings.join(' | ')} |\n|${'---|'.repeat(headings.length)}\n`)
  return body!
    .split('\n\n')[0]!
    .split('\n')
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )
}

const guard = (letter: string) => keccakHash(new TextEncoder().encode(letter)) as Guard
const TEA = market({
  base: address(`0x${'1ea0'.repeat(10)}`),
  quote: address(`0x${'d0'.repeat(20)}`),
  lot: 10n ** 16n,
  tick: 10_000n,
  tier: 'bonded',
  minimumSize: 1n,
})
const book = table('order', 'side', 'limit', 'lots', 'entered').map(
  ([letter, side, limit, lots, entered], i) =>
    order(i, {
      guard: guard(letter!),
      side: side as BookOrder['side'],
      limit: Number(limit),
      lots: Number(lots),
      height: BigInt(entered!),
      maxFeeBps: 20,
    }),
)
const context = {
  height: 100n,
  originTime: 0n,
  previousAppHash: hash(`0x${'0c'.repeat(32)}`),
  lastPrice: 102,
  makerBps: 10,
  takerBps: 20,
  unspendable: new Set<Guard>(),
}

describe.each([
  ['reference', referenceAuction],
  ['engine', engineAuction],
])('the example of docs/auction.md, by the %s', (_, auction) => {
  const batch = auction(TEA, book, context)

  test('clears at the price and the volume that the page names', () => {
    expect(batch).toMatchObject({
      price: 101,
      volume: 60,
      interval: { low: 100, high: 101 },
      demand: 80,
      supply: 60,
      rationing: { side: 'buy', tick: 101, height: 99n, lots: 10, of: 30 },
    })
    expect(page).toContain('**the price is 101, the volume is 60 lots**')
  })

  test('counts demand and supply as the page does', () => {
    for (const row of table('price', 'demand', 'supply', 'would trade', 'imbalance')) {
      const [price, ...counted] = row.map(Number) as [number, ...number[]]
      const lots = (side: string, reaches: (limit: number) => boolean) =>
        book.filter(o => o.side === side && reaches(o.limit)).reduce((sum, o) => sum + o.lots, 0)
      const [demand, supply] = [lots('buy', limit => limit >= price), lots('sell', limit => limit <= price)]
      expect([demand, supply, Math.min(demand, supply), Math.abs(demand - supply)]).toEqual(counted)
    }
  })

  test('gives everybody what the page gives, for its reason', () => {
    const reasons: Partial<Record<FillCause['kind'], string[]>> = {
      whole: ['better price', 'other side, in full'],
      older: ['older block'],
      share: ['share'],
      price: ['limit not reached'],
    }
    for (const [letter, gets, why] of table('order', 'gets', 'why')) {
      const found = explainFill(batch, book, context.previousAppHash, guard(letter!))
      expect([letter, found.filled]).toEqual([letter, Number(gets)])
      expect(reasons[found.cause.kind]).toContain(why)
    }
  })
})

test('the money of the example', () => {
  const terms = { side: 'buy', limit: 103n, triggerLimit: 0n, maxFeeBps: 20 } as const
  const amount = amountFor(TEA.terms, terms, 20n)
  const trade = { side: 'buy', price: 101, lots: 20, bps: 20, unit: 1n } as const
  const money = settleMoney(TEA.terms, trade, amount)
  const usd = (units: bigint) => `${units / 1_000_000n}.${(units % 1_000_000n).toString().padStart(6, '0')}`
  expect(money.proceeds).toBe(20n * TEA.terms.lot)
  const paid = amount - money.remainder - money.fee
  for (const units of [amount, paid, money.fee, money.remainder]) expect(page).toContain(usd(units))
})

test('the page names every length of a candle, and its pictures are there', () => {
  for (const interval of Object.keys(CANDLE_INTERVALS)) expect(page).toContain(interval)
  for (const [, picture] of page.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)) {
    expect(readFileSync(new URL(picture!, docs), 'utf8')).toMatch(/^<svg [\s\S]*<title[\s\S]*<\/svg>\n$/)
  }
})
