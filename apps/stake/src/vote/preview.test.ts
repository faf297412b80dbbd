import type { Address } from '@omg/protocol'
import { type FeeSchedule, type StakeFact, Stakes, weightOf } from '@omg/stake'
import { expect, test } from 'vitest'
import { fieldsOfVote, lanesOfVote, rowsOfVote } from './fields.ts'
import { EMPTY, outcomeOf, preferenceOf, previewOf } from './preview.ts'

const account = (n: number) => `0x${n.toString(16).padStart(40, '0')}` as Address
const [validator, delegator] = [account(1), account(2)]
const voted: FeeSchedule = {
  ...{ payment: [1_000n, 1n, 1n, 1n], item: [2n, 2n, 2n, 2n], accepted: [true, true, false, false] },
  ...{ makerBps: [2, 2, 2], takerBps: [5, 5, 5], steps: 64, unitsPerStep: 1n, cancels: 64 },
}
const ETH = { lane: 0, symbol: 'ETH', decimals: 18, unit: 10n ** 9n }
const USD = { lane: 1, symbol: 'TUSD', decimals: 6, unit: 1n }
const tokens = [ETH, USD] as never
const fields = fieldsOfVote(tokens)
const placeOf = (name: string) => fields.find(field => field.name === name)!.place
const typing = (name: string, text: string) => ({ ...EMPTY, typed: new Map([[placeOf(name), text]]) })

const staked = (holder: Address, amount: bigint): StakeFact => {
  return { kind: 'staked', block: 1n, validator, holder, amount, shares: amount }
}
const outcome = (own: bigint, draft: Parameters<typeof preferenceOf>[2]) => {
  const facts = [staked(validator, 100n), staked(delegator, own)]
  const preference = preferenceOf(voted, fields, draft)!
  return previewOf({ facts, head: 5n, fees: { voted } as never }, delegator, preference)
}

test('every number of a preference can be voted on, but for lanes without a token', () => {
  expect(fields.map(({ name }) => name)).toEqual([
    ...['Payment in ETH', 'Payment in TUSD', 'Item in ETH', 'Item in TUSD'],
    ...['Maker, bonded', 'Maker, guarded', 'Maker, safe', 'Taker, bonded', 'Taker, guarded', 'Taker, safe'],
    ...['Steps', 'Value of a step', 'Cancels'],
  ])
  expect(lanesOfVote(tokens)).toEqual([
    { lane: 0, name: 'Fees in ETH' },
    { lane: 1, name: 'Fees in TUSD' },
  ])
  // What is shown is what may be typed.
  const shown = new Map(rowsOfVote(fields, voted).map(({ text }, at) => [fields[at]!.place, text]))
  expect(preferenceOf(voted, fields, { ...EMPTY, typed: shown })).toEqual(voted)
})

test('a preview is what the rule makes of the votes with this one in it, and where that ends', () => {
  const taker = typing('Taker, guarded', '0.2')
  expect(outcome(99n, taker)).toEqual({ next: voted, settled: voted, epochs: 0 })
  const { next, settled, epochs } = outcome(101n, taker)
  expect(next.takerBps).toEqual([5, 6, 5])
  expect(settled.takerBps).toEqual([5, 20, 5])
  // 5, 6, 7, 8, 10, 12, 15, 18, 20
  expect(epochs).toBe(8)
  expect(outcome(101n, typing('Payment in ETH', '0.000002')).next.payment[0]).toBe(1_250n)
  expect(outcome(101n, typing('Steps', '48')).next.steps).toBe(52)
  expect(outcome(101n, { ...EMPTY, accepted: new Map([[1, false]]) }).next.accepted).toEqual([
    ...[true, false, false, false],
  ])
})

test.each(['', 'x', '-1', '1.01', '0.001', '5'])('"%s" is no trading fee', text => {
  expect(preferenceOf(voted, fields, typing('Maker, safe', text))).toBeUndefined()
})

test.each(['0', '0.0000000001', '1000000000'])('"%s" is no fee of a payment in ETH', text => {
  expect(preferenceOf(voted, fields, typing('Payment in ETH', text))).toBeUndefined()
})

test.each(['15', '65,537', '1.5'])('"%s" is no number of cancels', text => {
  expect(preferenceOf(voted, fields, typing('Cancels', text))).toBeUndefined()
})

test('no trading fee at all may be voted for, and no token at all may not', () => {
  expect(preferenceOf(voted, fields, typing('Maker, safe', '0'))?.makerBps).toEqual([2, 2, 0])
  const none = new Map([
    [0, false],
    [1, false],
  ])
  expect(preferenceOf(voted, fields, { ...EMPTY, accepted: none })).toBeUndefined()
})

test('a delegator speaks with her own stake, a validator with what nobody else speaks for', () => {
  const preferred = (who: Address) =>
    ({ kind: 'preferred', block: 2n, account: who, preference: voted }) as const
  const facts = [staked(validator, 100n), staked(delegator, 50n)]
  const at = (...more: StakeFact[]) => new Stakes([...facts, ...more]).at(5n)
  expect(weightOf(at(), delegator)).toEqual({ own: 50n, all: 150n })
  expect(weightOf(at(), validator)).toEqual({ own: 150n, all: 150n })
  expect(weightOf(at(preferred(delegator)), validator)).toEqual({ own: 100n, all: 150n })
  expect(weightOf(at(), account(3))).toEqual({ own: 0n, all: 150n })
  expect(outcomeOf(new Stakes(facts), 5n, voted).epochs).toBe(0)
})
