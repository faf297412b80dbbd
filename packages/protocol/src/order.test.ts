import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as arbitrary from '../test/arbitraries.ts'
import { type Address, type Guard, type Hash, hash, ZERO_ADDRESS } from './hex.ts'
import { MAX_CHAIN_LINKS } from './limits.ts'
import { isTradingBalance, type OrderTerms, orderGuard, orderTermsProblem, tradingTerms } from './order.ts'

const ALICE = `0x${'aa'.repeat(20)}` as Address

function order(nonce: number, next?: OrderTerms): OrderTerms {
  const chained = { proceedsKind: 'chained' as const, proceedsGuard: next && orderGuard(next) }
  return {
    ...tradingTerms(ALICE, ZERO_ADDRESS, ALICE),
    market: hash(`0x${'01'.repeat(32)}`),
    limit: 5n,
    nonce: `0x${nonce.toString(16).padStart(64, '0')}` as Hash,
    ...(next && (chained as { proceedsKind: 'chained'; proceedsGuard: Guard })),
  }
}

/** An order and the terms of its chain, the order first. */
function chain(links: number): OrderTerms[] {
  const terms = [order(0)]
  for (let i = 1; i <= links; i++) terms.unshift(order(i, terms[0]))
  return terms
}

const problemOf = (listed: readonly OrderTerms[], terms: readonly OrderTerms[]) =>
  orderTermsProblem(listed.map(orderGuard), terms)?.code

describe('the terms in a witness', () => {
  test('are those of the guards, in order, one for each', () => {
    const [one, two] = [order(1), order(2)]
    expect(problemOf([one, two], [one, two])).toBeUndefined()
    expect(problemOf([one, one], [one, one])).toBeUndefined()
    expect(problemOf([], [])).toBeUndefined()
    for (const wrong of [[], [one], [two, one], [one, one], [one, two, two]]) {
      expect(problemOf([one, two], wrong)).toBe('encoding.witness')
    }
  })

  test('go on with what they are chained to, in order of first reference, once each', () => {
    const last = order(0)
    const [a, b] = [order(1, last), order(2, last)]
    const c = order(3, a)
    expect(problemOf([a, b], [a, b, last])).toBeUndefined()
    expect(problemOf([c, b], [c, b, a, last])).toBeUndefined()
    expect(problemOf([a, last], [a, last])).toBeUndefined()
    const wrong = [
      [c, b],
      [c, b, a],
      [c, b, last, a],
      [c, b, a, last, last],
      [c, b, a, a, last],
    ]
    for (const terms of wrong) expect(problemOf([c, b], terms)).toBe('encoding.witness')
  })

  test('a chain has at most four links, also where it joins another', () => {
    expect(problemOf(chain(MAX_CHAIN_LINKS).slice(0, 1), chain(MAX_CHAIN_LINKS))).toBeUndefined()
    const longer = chain(MAX_CHAIN_LINKS + 1)
    expect(problemOf(longer.slice(0, 1), longer)).toBe('encoding.witness')
    expect(problemOf([longer[2]!, longer[0]!], [longer[2]!, longer[0]!, longer[3]!, longer[1]!])).toBe(
      'encoding.witness',
    )
  })

  test('never makes the check throw', () => {
    const lists = fc.array(arbitrary.orderTerms, { maxLength: 6 })
    fc.assert(
      fc.property(lists, fc.nat(6), (terms, count) => {
        const problem = problemOf(terms.slice(0, count), terms)
        const free = terms.every(({ proceedsKind }) => proceedsKind !== 'chained')
        if (free) expect(problem === undefined).toBe(terms.length <= count)
      }),
    )
  })
})

test('a trading balance has one guard for its owner, agent and receiver', () => {
  const terms = tradingTerms(ALICE, ZERO_ADDRESS, ALICE)
  expect(isTradingBalance(terms)).toBe(true)
  expect(isTradingBalance(order(1))).toBe(false)
  expect(isTradingBalance({ ...terms, nonce: hash(`0x${'01'.repeat(32)}`) })).toBe(false)
  expect(isTradingBalance({ ...terms, side: 'sell' })).toBe(false)
})
