import { address, amount, type OutputId } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Coin, type Need, type SelectCoinsParameters, selectCoins } from './selectCoins.ts'

const TOKENS = [1, 2].map(n => address(`0x${n.toString(16).padStart(40, '0')}`))

const coin = fc.record({
  token: fc.constantFrom(...TOKENS),
  amount: fc.bigInt(1n, 1_000n).map(amount),
  committed: fc.boolean(),
  // One in eight, so that most selections are about something else.
  locked: fc.nat(7).map(n => n === 0),
})

const coins = fc
  .array(coin, { maxLength: 40 })
  .map(list =>
    list.map(
      (item, index): Coin => ({ ...item, id: `0x${index.toString(16).padStart(64, '0')}` as OutputId }),
    ),
  )

const needs = fc
  .tuple(fc.bigInt(0n, 6_000n), fc.bigInt(0n, 6_000n), fc.bigInt(0n, 50n))
  .map(([first, second, dust]): Need[] => [
    { token: TOKENS[0]!, amount: first, dust },
    { token: TOKENS[1]!, amount: second, dust: 0n },
  ])

const parameters: fc.Arbitrary<SelectCoinsParameters> = fc.record({
  coins,
  needs,
  finality: fc.constantFrom('committed' as const, 'fast' as const),
  maxInputs: fc.integer({ min: 1, max: 16 }),
})

const total = (list: readonly { token: string; amount: bigint }[], token: string) =>
  list.filter(item => item.token === token).reduce((sum, item) => sum + item.amount, 0n)

describe('coin selection', () => {
  it('balances exactly, never overspends, keeps every limit', () => {
    fc.assert(
      fc.property(parameters, given => {
        const result = selectCoins(given)
        if (!result.ok) return
        const { inputs, change } = result.value
        expect(inputs.some(({ locked }) => locked)).toBe(false)
        expect(inputs.length).toBeLessThanOrEqual(given.maxInputs!)
        expect(new Set(inputs.map(({ id }) => id)).size).toBe(inputs.length)
        for (const { token, amount: needed, dust } of given.needs) {
          expect(total(inputs, token)).toBe(needed + total(change, token))
          for (const left of change)
            if (left.token === token) expect(left.amount >= dust && left.amount > 0n).toBe(true)
        }
      }),
    )
  })

  it('uses uncommitted coins only in fast payments, and only where committed ones do not do', () => {
    fc.assert(
      fc.property(parameters, given => {
        const result = selectCoins(given)
        if (!result.ok || result.value.inputs.every(({ committed }) => committed)) return
        expect(given.finality).toBe('fast')
        const committed = given.coins.filter(item => item.committed)
        expect(selectCoins({ ...given, coins: committed }).ok).toBe(false)
      }),
    )
  })

  it('does not depend on the order of the coins', () => {
    fc.assert(
      fc.property(parameters, fc.infiniteStream(fc.nat()), (given, random) => {
        const shuffled = given.coins
          .map(item => ({ item, key: random.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ item }) => item)
        const [one, other] = [selectCoins(given), selectCoins({ ...given, coins: shuffled })]
        expect(other.ok).toBe(one.ok)
        if (one.ok && other.ok) expect(other.value).toEqual(one.value)
      }),
    )
  })

  it('names the reason truly', () => {
    fc.assert(
      fc.property(parameters, given => {
        const result = selectCoins(given)
        if (result.ok) return
        const usable = given.coins.filter(
          ({ committed, locked }) => !locked && (committed || given.finality === 'fast'),
        )
        const short = (list: readonly Coin[]) =>
          given.needs.some(need => total(list, need.token) < need.amount)
        const truth: Record<string, () => boolean> = {
          'coins.insufficient': () => short(given.coins),
          'coins.locked': () => short(usable) && !short(given.coins),
          'coins.uncommitted': () => selectCoins({ ...given, finality: 'fast' }).ok,
          'coins.fragmented': () => !short(usable),
          'coins.dust': () => given.needs.some(({ dust }) => dust > 0n),
        }
        expect(truth[result.error.code]?.()).toBe(true)
      }),
    )
  })
})
