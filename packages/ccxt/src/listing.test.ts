import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import { codesOf, type Listing, onePerSymbol } from './listing.ts'

const address = (digit: string) => `0x${digit.repeat(40)}` as Address
const token = (digit: string, symbol: string) => ({ address: address(digit), symbol, decimals: 18 })
const ether = { address: ZERO_ADDRESS, symbol: 'ETH', decimals: 18 }

describe('codes of tokens', () => {
  it('anybody can call a token TUSD or ETH: the real one keeps the name', () => {
    const tokens = [token('a', 'TUSD'), token('b', 'ETH'), ether, token('c', 'TUSD')]
    const codes = codesOf(tokens, new Set([address('c')]))
    expect(tokens.map(({ address }) => codes.get(address))).toEqual([
      'TUSD-AAAAAAAA',
      'ETH-BBBBBBBB',
      'ETH',
      'TUSD',
    ])
  })

  it('of two strangers with one name neither has it; a name of its own stays', () => {
    const tokens = [token('a', 'gold'), token('b', 'GOLD'), token('c', 'tea'), token('d', '/\\')]
    expect([...codesOf(tokens, new Set()).values()].sort()).toEqual([
      'GOLD-AAAAAAAA',
      'GOLD-BBBBBBBB',
      'TEA',
      'TOKEN',
    ])
  })
})

describe('markets of one pair', () => {
  const listing = (id: string, listedHeight: string, state = 'active', tickText = '0.01'): Listing => ({
    ...{ base: 'ETH', quote: 'TUSD', row: { listedHeight } },
    market: { id, state, priceText: () => tickText } as never,
  })

  it('the first one listed has the symbol, and a closed one only alone', () => {
    const [first, second, closed] = [listing('0xb', '5'), listing('0xa', '9'), listing('0xc', '1', 'closed')]
    expect(onePerSymbol([second, closed, first], {})).toEqual([first])
    expect(onePerSymbol([closed], {})).toEqual([closed])
    expect(onePerSymbol([first, second], { 'ETH/TUSD': '0xa' })).toEqual([second])
  })

  it('a tick that no decimal number is has no precision', () => {
    expect(onePerSymbol([listing('0xa', '1', 'active', '~0.333333333333')], {})).toEqual([])
  })
})
