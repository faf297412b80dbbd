import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { percent, shortly, textOf, typed, unitsIn } from './amount.ts'

describe('amounts', () => {
  it.each([
    ['1', 18, 10n ** 18n],
    ['.5', 6, 500_000n],
    ['5.', 0, 5n],
    ['0.000000000000000001', 18, 1n],
    ['0.10', 1, 1n],
    ['', 6, undefined],
    ['.', 6, undefined],
    ['0.0000001', 6, undefined],
    ['-1', 6, undefined],
    ['1e3', 6, undefined],
  ] as const)('"%s" with %s decimals is %s units', (text, decimals, units) => {
    expect(unitsIn(text, decimals)).toBe(units)
  })

  it('come back from their text to the last unit', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 128n - 1n), fc.nat(30), (units, decimals) => {
        expect(unitsIn(textOf(units, decimals), decimals)).toBe(units)
      }),
    )
  })

  it('are read as people write them', () => {
    expect(typed('1,234,567.5')).toBe('1234567.5')
    expect(typed(' 12 345.6 ')).toBe('12345.6')
    for (const text of ['0,5', '1,5', '0,500', '1,0000', '1,000,5', '1 000,500', '1.5,000'])
      expect(unitsIn(typed(text), 6), text).toBeUndefined()
  })

  it('are shown short and never as more than they are', () => {
    expect(shortly(1_999_999_999_999_999_999n, 18)).toBe('1.999999')
    expect(shortly(1n, 18)).toBe('0.000000000000000001')
    expect(shortly(12_345_678n, 18)).toBe('0.0000000000123456')
    expect(shortly(12_345_678_900_000n, 6)).toBe('12,345,678.9')
    expect(percent(25)).toBe('0.25 %')
  })
})
