import type { Address } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ETHER, findToken, formatAmount, formatUnits, parseUnits } from './amount.ts'
import { formatSeconds } from './duration.ts'
import { table } from './table.ts'

const USD = { address: `0x${'11'.repeat(20)}` as Address, symbol: 'USD', decimals: 6 }

describe('amounts', () => {
  test.each([
    [0n, '0 ETH'],
    [10n ** 18n, '1 ETH'],
    [1_500_000_000_000_000_000n, '1.5 ETH'],
    [12_345_678n * 10n ** 18n, '12,345,678 ETH'],
    [999_999_999_999_999_999n, '~0.999999 ETH'],
    [12_300_000_000n, '0.0000000123 ETH'],
    [12_345_678_901n, '~0.0000000123 ETH'],
    [1n, '0.000000000000000001 ETH'],
    [-(10n ** 17n), '-0.1 ETH'],
  ])('shows %s wei as %s', (amount, text) => expect(formatAmount(amount, ETHER)).toBe(text))

  test('a token without decimals has no point', () => expect(formatUnits(1234n, 0)).toBe('1,234'))

  test.each([
    ['1', 1_000_000n],
    ['1,000.25', 1_000_250_000n],
    ['0.000001', 1n],
    ['1 000', 1_000_000_000n],
  ])('reads %s USD', (text, amount) => expect(parseUnits(text, USD)).toBe(amount))

  test.each([
    '',
    'one',
    '-1',
    '1.',
    '.5',
    '0',
    '0.0',
    '1e3',
    '0x10',
    '0.0000001',
    '1,5',
    '0,500',
    '1,00',
    '1,0000',
    '1,000,5',
    ',5',
  ])('refuses "%s" USD', text => {
    expect(() => parseUnits(text, USD)).toThrow(expect.objectContaining({ code: 'amount.invalid' }))
  })

  test('says what is wrong with a comma before decimals and with less than nothing', () => {
    expect(() => parseUnits('1,5', USD)).toThrow('a comma only sets thousands apart, as in 1,000.5')
    expect(() => parseUnits('-5', USD)).toThrow('"-5" is not an amount: it must be more than zero')
  })

  test('what is shown exactly reads back as the same amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 128n - 1n }), amount => {
        const text = formatUnits(amount, 6)
        expect(parseUnits(text, USD)).toBe(amount)
      }),
    )
  })

  test('tokens have names', () => {
    expect(findToken('usd', [ETHER, USD])).toBe(USD)
    expect(findToken(USD.address, [ETHER, USD])).toBe(USD)
    expect(() => findToken('EUR', [ETHER, USD])).toThrow('no token "EUR" here; there are ETH, USD')
  })
})

test.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [60, '1 min'],
  [61, '1 min 1 s'],
  [7_260, '2 h 1 min'],
  [604_800, '7 d'],
  [608_400, '7 d 1 h'],
])('%s seconds are %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text))

test('a table lines up its columns', () => {
  const text = table(
    ['name', { title: 'amount', align: 'right' }],
    [
      ['alice', '1'],
      ['bob', '1,000'],
    ],
  )
  expect(text).toBe('  name   amount\n  alice       1\n  bob     1,000')
})
