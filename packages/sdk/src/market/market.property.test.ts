import { MAX_LOTS, MAX_TICK } from '@omg/exchange'
import { type Address, MAX_U128, ZERO_ADDRESS } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimalText, parseDecimal } from './decimal.ts'
import { unitsOf } from './market.ts'

const decimals = fc.integer({ min: 0, max: 30 })
/** Numbers that people choose for ticks and lots: their texts are exact. */
const round = fc
  .tuple(fc.nat(24), fc.nat(24), fc.nat(20))
  .map(([twos, fives, tens]) => 2n ** BigInt(twos) * 5n ** BigInt(fives) * 10n ** BigInt(tens))
  .filter(size => size <= MAX_U128)
const any = fc.bigInt(1n, 10n ** 30n)
const tick = fc.bigInt(1n, BigInt(MAX_TICK))
const lots = fc.bigInt(1n, BigInt(MAX_LOTS))

const unitsWith = (sizes: { tick: bigint; lot: bigint; base: number; quote: number }) => {
  const terms = { base: ZERO_ADDRESS, quote: `0x${'11'.repeat(20)}` as Address, tier: 'safe' as const }
  return unitsOf(
    { ...terms, tick: sizes.tick, lot: sizes.lot, minimumSize: 1n },
    { decimals: sizes.base },
    { decimals: sizes.quote },
  )
}

const exact = fc.record({ tick: round, lot: round, base: decimals, quote: decimals }).map(unitsWith)
const odd = fc.record({ tick: any, lot: any, base: decimals, quote: decimals }).map(unitsWith)

describe('conversion between texts and integers', () => {
  it('comes back to the same tick and lot wherever the text is exact', () => {
    fc.assert(
      fc.property(fc.oneof(exact, odd), tick, lots, (units, price, size) => {
        const texts = [units.priceText(price), units.sizeText(size)] as const
        if (!texts[0].startsWith('~')) expect(units.priceOf(texts[0])).toBe(price)
        expect(units.lotsOf(texts[1])).toBe(size)
      }),
    )
  })

  it('has an exact text for every tick of a market whose lot is made of twos and fives', () => {
    fc.assert(
      fc.property(exact, tick, (units, price) => {
        expect(units.priceText(price)).toMatch(/^(0|[1-9]\d*)(\.\d*[1-9])?$/)
      }),
    )
  })

  it('takes a text or names what is next to it: nothing is rounded in silence', () => {
    const text = fc
      .tuple(fc.bigInt(0n, 10n ** 25n), fc.nat(20))
      .map(([digits, scale]) => decimalText(digits, scale))
    fc.assert(
      fc.property(exact, text, (units, written) => {
        try {
          expect(units.priceText(units.priceOf(written))).toBe(written)
        } catch (error) {
          expect(error).toMatchObject({
            code: 'market.price',
            message: expect.stringContaining('the nearest: '),
          })
        }
      }),
    )
  })

  it('texts rise with the numbers', () => {
    fc.assert(
      fc.property(exact, tick, tick, (units, a, b) => {
        const [x, y] = [parseDecimal(units.priceText(a))!, parseDecimal(units.priceText(b))!]
        const left = x.digits * 10n ** BigInt(y.scale)
        const right = y.digits * 10n ** BigInt(x.scale)
        expect(left < right).toBe(a < b)
      }),
    )
  })
})
