import { unitsOf } from '@omg/sdk'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { countIn, unitsIn } from './grid.ts'

const decimals = fc.integer({ min: 0, max: 18 })
const count = fc.bigInt({ min: 1n, max: 2n ** 32n - 1n })

it('what a market writes of ticks and lots is read as the same, whatever its units', () => {
  fc.assert(
    fc.property(decimals, decimals, fc.integer({ min: 0, max: 9 }), count, (base, quote, power, lots) => {
      const terms = { tick: 10n ** BigInt(power), lot: 10n ** BigInt(power) } as never
      const units = unitsOf(terms, { decimals: base }, { decimals: quote })
      for (const rounding of ['down', 'nearest', 'up'] as const) {
        expect(countIn(units.sizeText(lots), units.sizeText(1n), rounding)).toBe(lots)
        expect(countIn(units.priceText(lots), units.priceText(1n), rounding)).toBe(lots)
      }
    }),
  )
})

it('rounding goes to a neighbour, and to the right one', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 24n }),
      fc.bigInt({ min: 1n, max: 10n ** 12n }),
      (digits, unit) => {
        const [down, up] = [digits / unit, (digits + unit - 1n) / unit]
        expect(countIn(String(digits), String(unit), 'down')).toBe(down)
        expect(countIn(String(digits), String(unit), 'up')).toBe(up)
        const nearest = digits - down * unit < (unit + 1n) / 2n ? down : up
        expect(countIn(String(digits), String(unit), 'nearest')).toBe(nearest)
      },
    ),
  )
})

it('a lot of one unit of 18 decimals is not lost to a float', () => {
  expect(countIn('0.123456789012345678', '0.000000000000000001', 'down')).toBe(123_456_789_012_345_678n)
  expect(countIn('2000.505', '0.01', 'nearest')).toBe(200_051n)
  expect(unitsIn('1.23456789', 6)).toBe(1_234_567n)
  expect(unitsIn('12', 6)).toBe(12_000_000n)
})

it.each(['', '-1', '1e5', 'NaN', '1.', '.5', '0x10', '1'.repeat(81), ' 1'])('"%s" is no amount', text => {
  expect(() => countIn(text, '0.1', 'down')).toThrow('is not a positive decimal number')
  expect(() => unitsIn(text, 18)).toThrow('is not a positive decimal number')
})
