import { expect, test } from 'vitest'
import { MAX_ADDRESSES, RateLimit } from './rate.ts'

test('an address has twice its rate at once, and its rate after that', () => {
  let now = 0
  const limit = new RateLimit(5, () => now)
  for (let i = 0; i < 10; i++) expect(limit.take('a')).toBe(0)
  expect(limit.take('a')).toBe(1)
  expect(limit.take('b')).toBe(0)
  now = 200
  expect(limit.take('a')).toBe(0)
  expect(limit.take('a')).toBe(1)
  now = 60_000
  for (let i = 0; i < 10; i++) expect(limit.take('a')).toBe(0)
  expect(limit.take('a')).toBe(1)
})

test('so many addresses are remembered, and the one that asked longest ago is forgotten first', () => {
  const limit = new RateLimit(1, () => 0)
  expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 1])
  for (let i = 1; i < MAX_ADDRESSES; i++) limit.take(String(i))
  expect(limit.take('a')).toBe(1)
  for (let i = 0; i < MAX_ADDRESSES; i++) limit.take(`later ${i}`)
  expect(limit.take('a')).toBe(0)
})
