import type { Market } from '@omg/sdk'
import { describe, expect, it } from 'vitest'
import { fragmentOf, marketFrom } from './route.ts'

const listed = (digit: number, symbol: string, state = 'active') => {
  const [base, quote] = symbol.split('/').map(name => ({ symbol: name }))
  return { id: `0x${String(digit).repeat(64)}`, symbol, base, quote, state } as Market
}
const [gold, ether, fake, odd] = [
  listed(1, 'TGLD/TUSD'),
  listed(2, 'ETH/TUSD'),
  listed(3, 'ETH/TUSD'),
  listed(4, 'ET H/T$'),
]
const markets = [gold!, ether!, fake!, odd!]

describe('the address of a market', () => {
  it('is its symbol, for the one that was listed first', () => {
    expect(fragmentOf(ether!, markets)).toBe('#/ETH-TUSD')
    expect(fragmentOf(fake!, markets)).toBe(`#/${fake!.id}`)
    expect(fragmentOf(odd!, markets)).toBe(`#/${odd!.id}`)
  })

  it('leads back to the same market', () => {
    for (const market of markets) expect(marketFrom(fragmentOf(market, markets), markets)).toBe(market)
  })

  it.each(['', '#/', '#/NO-SUCH', '#/%E0%A4', `#/0x${'9'.repeat(64)}`])('%s leads to ether', fragment => {
    expect(marketFrom(fragment, markets)).toBe(ether)
  })

  it('leads past a closed market, if there is another', () => {
    expect(marketFrom('', [listed(5, 'ETH/TUSD', 'closed'), gold!])).toBe(gold)
    expect(marketFrom('', [])).toBeUndefined()
  })
})
