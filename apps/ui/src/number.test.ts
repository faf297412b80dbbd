import { describe, expect, it } from 'vitest'
import { exact, grouped } from './number.ts'

describe('an amount', () => {
  it.each([
    [0n, 18, '0'],
    [1n, 18, '0.000000000000000001'],
    [10n ** 18n, 18, '1'],
    [1_234_567_500_000n, 6, '1,234,567.5'],
    [2n ** 128n - 1n, 18, '340,282,366,920,938,463,463.374607431768211455'],
    [1_000n, 0, '1,000'],
  ])('of %s units with %s decimals is %s, to the last digit', (units, decimals, text) => {
    expect(exact(units, decimals)).toBe(text)
  })

  it('has its thousands apart', () => {
    expect(grouped(1_000_000n)).toBe('1,000,000')
    expect(grouped(999)).toBe('999')
  })
})
