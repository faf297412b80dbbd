import { describe, expect, it } from 'vitest'
import { ETH_USD } from '../../test/fakeExchange.ts'
import { decimalText, parseDecimal, ratioText } from './decimal.ts'
import { unitsOf } from './market.ts'

/** Lots of 0.001 ETH; a tick of 10 quote units a lot is 0.01 TUSD for one ETH. */
const units = unitsOf(ETH_USD, { decimals: 18 }, { decimals: 6 })

describe('the units of a market', () => {
  it('are exact', () => {
    expect(units.priceOf('2000.5')).toBe(200_050n)
    expect(units.priceText(200_050n)).toBe('2000.5')
    expect(units.lotsOf('1.234')).toBe(1_234n)
    expect(units.sizeText(1_234n)).toBe('1.234')
    expect(units.costOf(1_234n, 200_050n)).toBe(2_468_617_000n)
    expect(units.baseOf(1_234n)).toBe(1_234n * 10n ** 15n)
  })

  it.each([
    ['2000.501', 'market.price', '2000.5 and 2000.51'],
    ['0.001', 'market.price', 'the nearest: 0.01'],
    ['0', 'market.price', 'the nearest: 0.01'],
    ['99999999999', 'market.price', 'the nearest: 42949672.95'],
    ['-1', 'market.price', 'is not a decimal number'],
    ['1e3', 'market.price', 'is not a decimal number'],
    ['1,000', 'market.price', 'is not a decimal number'],
    ['', 'market.price', 'is not a decimal number'],
    [`0.${'1'.repeat(129)}`, 'market.price', 'is not a decimal number'],
  ])('refuse the price "%s"', (text, code, words) => {
    expect(() => units.priceOf(text)).toThrow(words)
    expect(() => units.priceOf(text)).toThrow(expect.objectContaining({ code }))
  })

  it('refuse sizes between lots, with the nearest', () => {
    expect(() => units.lotsOf('0.0015')).toThrow('0.001 and 0.002')
    expect(() => units.lotsOf('0.0001')).toThrow('the nearest: 0.001')
    expect(() => units.lotsOf('9999999')).toThrow('the nearest: 4294967.295')
  })

  it('say where no decimal text is exact', () => {
    const thirds = unitsOf({ ...ETH_USD, lot: 3n * 10n ** 15n }, { decimals: 18 }, { decimals: 6 })
    expect(thirds.priceText(1n)).toBe('~0.00333333333333')
    expect(thirds.priceText(3n)).toBe('0.01')
    expect(() => thirds.priceOf('0.005')).toThrow('~0.00333333333333 and ~0.00666666666666')
  })
})

describe('decimals', () => {
  it('are read and written', () => {
    expect(parseDecimal('0012.3400')).toEqual({ digits: 123_400n, scale: 4 })
    expect(decimalText(123_400n, 4)).toBe('12.34')
    expect(decimalText(5n, 0)).toBe('5')
    expect(decimalText(5n, 3)).toBe('0.005')
    expect(ratioText(10n, 4n)).toBe('2.5')
    expect(ratioText(10n ** 20n, 3n)).toBe('~33333333333333333333')
  })
})
