import {
  type Address,
  type Guard,
  type OutputId,
  orderGuard,
  tradingTerms,
  ZERO_ADDRESS,
} from '@omg/protocol'
import type { FeeToken, Market, TradingBalance } from '@omg/sdk'
import { describe, expect, it } from 'vitest'
import type { Holdings } from './holdings.ts'
import { amountsToTrade, moneyOf, worthOf } from './money.ts'

const at = (byte: string) => `0x${byte.repeat(20)}` as Address
const [owner, agent, other, usd, gold] = [at('01'), at('02'), at('03'), at('04'), at('05')] as const
const ETH = { address: ZERO_ADDRESS, symbol: 'ETH', decimals: 18 }
const USD = { address: usd, symbol: 'TUSD', decimals: 6 }
const GOLD = { address: gold, symbol: 'TGLD', decimals: 18 }
const feeTokens = [
  { token: usd, dust: 10n, fees: { payment: 5n, item: 9n } },
  { token: ZERO_ADDRESS, dust: 1_000n, fees: { payment: 3n, item: 5n } },
] as unknown as FeeToken[]

function balance(of: Address, token: Address, amounts: readonly bigint[]): TradingBalance {
  const terms = tradingTerms(owner, of, owner)
  const outputs = amounts.map(amount => ({ id: '0x' as OutputId, amount, position: undefined }))
  return {
    guard: orderGuard(terms) as Guard,
    terms,
    token,
    amount: amounts.reduce((a, b) => a + b, 0n),
    outputs,
  }
}
const coin = (token: Address, amount: bigint) => ({
  token,
  amount,
  outputs: 1,
  locked: { amount: 0n, outputs: 0 },
})
const holdings: Holdings = {
  orders: [],
  hasMore: false,
  coins: [coin(ZERO_ADDRESS, 5_000n), coin(usd, 90n), coin(gold, 7n)],
  trading: [balance(agent, usd, [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]), balance(other, usd, [100n])],
}
const money = moneyOf([ETH, USD, GOLD], holdings, agent)

describe('money', () => {
  it('is counted by where it is', () => {
    expect(money[1]).toMatchObject({
      coin: 90n,
      trading: 45n,
      forOneOrder: 44n,
      elsewhere: 100n,
      total: 235n,
    })
    expect(money[0]).toMatchObject({ coin: 5_000n, trading: 0n, total: 5_000n })
  })

  it('moves to trading but for some fees, and not in crumbs', () => {
    // ETH keeps the dust limit, of dollars the twenty fees are more than there is, gold pays no fees.
    expect(amountsToTrade(money, feeTokens)).toEqual([
      { token: ZERO_ADDRESS, amount: 4_000n, parts: 3 },
      { token: gold, amount: 7n, parts: 3 },
    ])
    expect(amountsToTrade([], feeTokens)).toEqual([])
  })

  it('keeps more for fees when they are higher, and nothing where no fee can be paid', () => {
    const [dollars, ether] = feeTokens as [FeeToken, FeeToken]
    const now = [
      { ...dollars, accepted: false },
      { ...ether, accepted: true, fees: { payment: 100n, item: 5n } },
    ]
    expect(amountsToTrade(money, now).slice(0, 2)).toEqual([
      { token: ZERO_ADDRESS, amount: 3_000n, parts: 3 },
      { token: usd, amount: 90n, parts: 3 },
    ])
  })

  it('is worth what the last price says, if there is one', () => {
    const market = {
      terms: { base: ZERO_ADDRESS, quote: usd, tick: 1n, lot: 10n ** 14n },
      lastPrice: 200_000n,
    }
    expect(worthOf(10n ** 18n, ZERO_ADDRESS, usd, [market as Market])).toBe(2_000_000_000n)
    expect(worthOf(5n, usd, usd, [])).toBe(5n)
    expect(worthOf(5n, gold, usd, [market as Market])).toBeUndefined()
  })
})
