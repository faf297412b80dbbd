import { expect, test } from 'vitest'
import { bpsFrom, lasting, partOf, percent, unitsFrom, wholeOmg } from './words.ts'

test('a length of time has its two largest units', () => {
  expect([0n, -5n, 59n, 60n, 185n, 3_600n, 90_000n].map(lasting)).toEqual([
    ...['0 s', '0 s', '59 s', '1 min', '3 min 5 s', '1 h', '1 d 1 h'],
  ])
})

test('amounts and parts are rounded down', () => {
  expect(wholeOmg(1_234_567_899_999_999_999_999n)).toBe('1,234.56')
  expect(wholeOmg(10n ** 16n - 1n)).toBe('0')
  expect(partOf(2n, 3n)).toBe('66.6 %')
  expect(partOf(0n, 0n)).toBe('0.0 %')
  expect(percent(6)).toBe('0.06 %')
})

test('a typed amount is exact or none', () => {
  expect(unitsFrom('1,000.5', 18)).toBe(1_000_500_000_000_000_000_000n)
  for (const text of ['', '0', '-1', '1e3', '0.1234567', '.5', '1.2.3', '1,5', '0,500', '1,0000', ',5'])
    expect(unitsFrom(text, 6)).toBeUndefined()
})

test('a typed percentage is exact, may be nothing, and is never more than the whole', () => {
  expect(['0', '0.00', '2.5', '50', '100'].map(bpsFrom)).toEqual([0, 0, 250, 5_000, 10_000])
  for (const text of ['', '-1', '100.01', '1.234', '2,5 %', 'x']) expect(bpsFrom(text), text).toBeUndefined()
})
