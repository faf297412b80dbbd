import { address, amount, type OutputId } from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import { type Coin, type SelectCoinsParameters, selectCoins } from './selectCoins.ts'

const token = address(`0x${'11'.repeat(20)}`)

const coinsOf = (...amounts: number[]): Coin[] =>
  amounts.map((value, index) => ({
    id: `0x${(index + 1).toString(16).padStart(64, '0')}` as OutputId,
    token,
    amount: amount(BigInt(value)),
    committed: true,
    locked: false,
  }))

function choose(
  coins: Coin[],
  needed: bigint,
  more: Partial<SelectCoinsParameters> & { dust?: bigint } = {},
) {
  const { dust = 0n, ...rest } = more
  const result = selectCoins({
    coins,
    needs: [{ token, amount: needed, dust }],
    finality: 'committed',
    ...rest,
  })
  if (!result.ok) return result.error.code
  return {
    inputs: result.value.inputs.map(item => Number(item.amount)),
    change: result.value.change.map(item => Number(item.amount)),
  }
}

describe('coin selection', () => {
  it('takes an exact coin', () => {
    expect(choose(coinsOf(100, 40, 60), 60n)).toEqual({ inputs: [60], change: [] })
  })
  it('takes the smallest coin that suffices', () => {
    expect(choose(coinsOf(1000, 100, 70, 50), 60n)).toEqual({ inputs: [70], change: [10] })
  })
  it('takes the fewest coins, and little change', () => {
    expect(choose(coinsOf(50, 40, 30, 20, 10), 75n)).toEqual({ inputs: [50, 30], change: [5] })
  })
  it('avoids change below the dust limit', () => {
    expect(choose(coinsOf(65, 90), 60n, { dust: 20n })).toEqual({ inputs: [90], change: [30] })
    expect(choose(coinsOf(65, 30), 60n, { dust: 20n })).toEqual({ inputs: [65, 30], change: [35] })
    expect(choose(coinsOf(65), 60n, { dust: 20n })).toBe('coins.dust')
  })
  it('names a merge when the coins are too many', () => {
    const small = coinsOf(...Array(20).fill(10))
    expect(choose(small, 160n)).toMatchObject({ inputs: Array(16).fill(10) })
    expect(choose(small, 161n)).toBe('coins.fragmented')
    expect(choose(small, 201n)).toBe('coins.insufficient')
  })
  it('names coins that are not committed yet', () => {
    const [first, second] = coinsOf(50, 50) as [Coin, Coin]
    const mixed = [first, { ...second, committed: false }]
    expect(choose(mixed, 60n)).toBe('coins.uncommitted')
    expect(choose(mixed, 60n, { finality: 'fast' })).toEqual({ inputs: [50, 50], change: [40] })
    expect(choose(mixed, 101n)).toBe('coins.insufficient')
  })
  it('R6: leaves locked coins alone, and names them where they would suffice', () => {
    const [first, second, third] = coinsOf(50, 40, 30) as [Coin, Coin, Coin]
    const coins = [{ ...first, locked: true }, second, { ...third, committed: false }]
    expect(choose(coins, 40n)).toEqual({ inputs: [40], change: [] })
    expect(choose(coins, 50n)).toBe('coins.uncommitted')
    expect(choose(coins, 50n, { finality: 'fast' })).toEqual({ inputs: [40, 30], change: [20] })
    expect(choose(coins, 120n, { finality: 'fast' })).toBe('coins.locked')
    expect(choose(coins, 121n)).toBe('coins.insufficient')
  })
})
