import type { Address } from '@omg/protocol'
import type { FeeSchedule, StakeFact } from '@omg/stake'
import { expect, test } from 'vitest'
import { preferenceOf, previewOf, voteFields } from './preview.ts'

const account = (n: number) => `0x${n.toString(16).padStart(40, '0')}` as Address
const [validator, delegator] = [account(1), account(2)]
const voted: FeeSchedule = {
  ...{ payment: [1_000n, 1n, 1n, 1n], item: [2n, 2n, 2n, 2n], accepted: [true, true, false, false] },
  ...{ makerBps: [2, 2, 2], takerBps: [5, 5, 5], steps: 64, unitsPerStep: 1n, cancels: 64 },
}
const ETH = { lane: 0, symbol: 'ETH', decimals: 18, unit: 10n ** 9n }
const fields = voteFields([ETH] as never)
const placeOf = (name: string) => fields.find(field => field.name === name)!.place

const staked = (holder: Address, amount: bigint): StakeFact => {
  return { kind: 'staked', block: 1n, validator, holder, amount, shares: amount }
}
const outcome = (own: bigint, typed: ReadonlyMap<number, string>) => {
  const facts = [staked(validator, 100n), staked(delegator, own)]
  const preference = preferenceOf(voted, fields, typed)!
  return previewOf({ facts, head: 5n, fees: { voted } as never }, delegator, preference)
}

test('a preview is what the rule makes of the votes with this one in it', () => {
  const taker = new Map([[placeOf('Taker, guarded'), '0.2']])
  expect(outcome(99n, taker).takerBps).toEqual([5, 5, 5])
  expect(outcome(101n, taker).takerBps).toEqual([5, 6, 5])
  const payment = new Map([[placeOf('Pay in ETH'), '0.000002']])
  expect(outcome(101n, payment).payment[0]).toBe(1_250n)
})

test.each(['', 'x', '-1', '1.01', '0.001', '5'])('"%s" is no trading fee', text => {
  expect(preferenceOf(voted, fields, new Map([[placeOf('Maker, safe'), text]]))).toBeUndefined()
})

test.each(['0', '0.0000000001', '1000000000'])('"%s" is no fee of a payment in ETH', text => {
  expect(preferenceOf(voted, fields, new Map([[placeOf('Pay in ETH'), text]]))).toBeUndefined()
})

test('no trading fee at all may be voted for', () => {
  const free = preferenceOf(voted, fields, new Map([[placeOf('Maker, safe'), '0']]))
  expect(free?.makerBps).toEqual([2, 2, 0])
})
