import { type Market, unitsOf } from '@omg/sdk'
import { describe, expect, it } from 'vitest'
import { changeOf, priceText, shortText, sizeText, turnoverText } from './format.ts'

/** ETH against a dollar of six decimals: a tick is a cent, a lot a ten-thousandth. */
const terms = { tick: 1n, lot: 10n ** 14n }
const [base, quote] = [{ decimals: 18 }, { decimals: 6 }]
const market = { terms, base, quote, ...unitsOf(terms as Market['terms'], base, quote) } as Market

describe('numbers of a market', () => {
  it('have all their digits, exactly', () => {
    expect(priceText(market, 200_150n)).toBe('2,001.50')
    expect(priceText(market, 4_294_967_295n)).toBe('42,949,672.95')
    expect(sizeText(market, 120n)).toBe('0.0120')
    expect(sizeText(market, 4_294_967_295n)).toBe('429,496.7295')
  })

  it('say where no decimal number is exact', () => {
    const thirds = {
      ...market,
      ...unitsOf({ tick: 1n, lot: 3n } as Market['terms'], { decimals: 0 }, { decimals: 0 }),
    }
    expect(priceText(thirds, 1n)).toBe('~0.333333333333')
  })

  it.each([
    [0n, 6, '0'],
    [1n, 18, '0.000000000000000001'],
    [123_456n, 18, '0.0000000000001234'],
    [1_999_999n, 6, '1.999'],
    [12_345_678_900n, 6, '12.34K'],
    [999_999_999_999n, 6, '999.9K'],
    [1_000_000_000_000n, 6, '1M'],
    [2n ** 128n, 18, '340,282,366T'],
  ])('%s units with %s decimals are %s in short', (units, decimals, text) => {
    expect(shortText(units, decimals)).toBe(text)
  })

  it('turn lots times ticks into quote', () => {
    expect(turnoverText(market, 10_000n * 200_000n)).toBe('2K')
  })

  it.each([
    [200_000n, 200_000n, '0.00%', 0],
    [200_000n, 202_500n, '+1.25%', 1],
    [200_000n, 199_000n, '−0.50%', -1],
    [3n, 4n, '+33.33%', 1],
    [3n, 5n, '+66.67%', 1],
    [10n ** 9n, 10n ** 9n + 1n, '0.00%', 0],
    [1n, 2_000n, '+199,900.00%', 1],
  ])('from %s to %s is %s', (from, to, text, sign) => {
    expect(changeOf(from, to)).toEqual({ text, sign })
  })

  it('have no change from nothing', () => {
    expect(changeOf(undefined, 1n)).toBeUndefined()
    expect(changeOf(1n, undefined)).toBeUndefined()
  })
})
