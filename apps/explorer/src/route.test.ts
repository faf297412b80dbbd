import { describe, expect, it } from 'vitest'
import { routeOf, searchRoute } from './route.ts'

const hash = `0x${'ab'.repeat(32)}`
const owner = `0x${'cd'.repeat(20)}`

describe('an address of the explorer', () => {
  it.each([
    ['', { page: 'home' }],
    ['#/', { page: 'home' }],
    ['#/validators', { page: 'validators' }],
    ['#/block/12', { page: 'block', id: '12' }],
    [`#/tx/${hash}`, { page: 'tx', id: hash }],
    [`#/owner/${owner}`, { page: 'owner', id: owner }],
    ['#/block/-1', { page: 'unknown' }],
    ['#/block/1234567890123456', { page: 'unknown' }],
    ['#/tx/0x12', { page: 'unknown' }],
    [`#/tx/${hash}/x`, { page: 'unknown' }],
    ['#/constructor/1', { page: 'unknown' }],
  ])('%s', (fragment, route) => {
    expect(routeOf(fragment)).toEqual(route)
  })
})

describe('a search', () => {
  it.each([
    [' 1,234 ', '#/block/1234'],
    [owner.toUpperCase().replace('0X', '0x'), `#/owner/${owner}`],
    [hash, `#/search/${hash}`],
    ['', undefined],
    ['0x12', undefined],
    ['<script>', undefined],
  ])('for "%s"', (text, route) => {
    expect(searchRoute(text)).toBe(route)
  })
})

it('markets and their auctions have pages', () => {
  const market = `0x${'ab'.repeat(32)}`
  expect(routeOf('#/markets')).toEqual({ page: 'markets' })
  expect(routeOf(`#/market/${market.toUpperCase().replace('0X', '0x')}`)).toEqual({
    page: 'market',
    id: market,
  })
  expect(routeOf(`#/batch/${market}/12`)).toEqual({ page: 'batch', id: market, height: 12n })
  for (const wrong of ['', '/x', '/-1', '/12/13', '/1234567890123456']) {
    expect(routeOf(`#/batch/${market}${wrong}`)).toEqual({ page: 'unknown' })
  }
  expect(routeOf('#/batch/0x12/1')).toEqual({ page: 'unknown' })
})
