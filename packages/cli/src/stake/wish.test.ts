import type { Address } from '@omg/protocol'
import type { FeeToken } from '@omg/sdk'
import type { FeeSchedule } from '@omg/stake'
import { describe, expect, test } from 'vitest'
import { type Wish, wishedFees } from './wish.ts'

const fees = { payment: 0n, item: 0n }
const ETH: FeeToken = {
  ...{ lane: 0, token: `0x${'00'.repeat(20)}` as Address, symbol: 'ETH', decimals: 18 },
  ...{ unit: 10n ** 9n, dust: 1n, fees },
}
const TUSD: FeeToken = {
  ...{ lane: 1, token: `0x${'11'.repeat(20)}` as Address, symbol: 'TUSD', decimals: 6 },
  ...{ unit: 1n, dust: 1n, fees },
}
const base: FeeSchedule = {
  ...{ payment: [1_000n, 5n, 1n, 1n], item: [2_000n, 6n, 2n, 2n], accepted: [true, true, false, false] },
  ...{ makerBps: [2, 2, 2], takerBps: [5, 5, 5], steps: 64, unitsPerStep: 1_000n, cancels: 64 },
}
const wished = (wish: Wish, from = base) => wishedFees(from, wish, [ETH, TUSD])

test('what is wished takes the place of what stands, and nothing else moves', () => {
  expect(wished({})).toEqual(base)
  const wish = {
    payment: ['ETH=0.000002', `${TUSD.token}=0.01`],
    item: ['eth=0.000003'],
    maker: ['guarded=0', 'safe=1'],
    taker: ['bonded=0.5'],
    ...{ steps: '1', unitsPerStep: '9223372036854775807', cancels: '16', accept: ['TUSD'] },
  }
  expect(wished(wish)).toEqual({
    ...{ payment: [2_000n, 10_000n, 1n, 1n], item: [3_000n, 6n, 2n, 2n] },
    ...{ accepted: [false, true, false, false], makerBps: [2, 0, 100], takerBps: [50, 5, 5] },
    ...{ steps: 1, unitsPerStep: 2n ** 63n - 1n, cancels: 16 },
  })
})

test('a chain may begin with what nobody may vote for: that is moved into the range, and nobody is told off', () => {
  const odd = { ...base, payment: [0n, 5n, 1n, 1n], makerBps: [200, 2, 2], cancels: 1 }
  expect(wished({}, odd)).toMatchObject({ payment: [1n, 5n, 1n, 1n], makerBps: [100, 2, 2], cancels: 16 })
})

describe('what lies outside of the range of a vote is refused by name', () => {
  test.each<[Wish, string]>([
    [{ payment: ['ETH=99999999999'] }, 'the fee of a payment is 0.000000001 ETH to ~1,099.511627 ETH'],
    [{ payment: ['ETH=0'] }, 'the fee of a payment is 0.000000001 ETH to ~1,099.511627 ETH, not 0 ETH'],
    [{ item: ['TUSD=0.0'] }, 'the fee where an item moves is 0.000001 TUSD to'],
    [{ maker: ['guarded=2'] }, 'the maker fee of guarded markets is 0 % to 1 %, not 2 %'],
    [{ taker: ['safe=1.01'] }, 'the taker fee of safe markets is 0 % to 1 %, not 1.01 %'],
    [{ steps: '0' }, '--steps is 1 to 65,536, not 0'],
    [{ steps: '65537' }, '--steps is 1 to 65,536, not 65,537'],
    [{ cancels: '15' }, '--cancels is 16 to 65,536, not 15'],
    [{ unitsPerStep: '9223372036854775808' }, '--units-per-step is 1 to 9,223,372,036,854,775,807'],
  ])('%o', (wish, words) => {
    expect(() => wished(wish)).toThrow(expect.objectContaining({ code: 'fees.range' }))
    expect(() => wished(wish)).toThrow(words)
  })
})

test.each<[Wish, string]>([
  [{ payment: ['ETH'] }, 'request.argument'],
  [{ payment: ['ETH=1=2'] }, 'request.argument'],
  [{ payment: ['EUR=1'] }, 'amount.token'],
  [{ payment: ['ETH=0,000002'] }, 'amount.invalid'],
  [{ payment: ['ETH=0.0000000015'] }, 'amount.invalid'],
  [{ maker: ['risky=0.1'] }, 'request.argument'],
  [{ maker: ['guarded=-1'] }, 'request.argument'],
  [{ steps: '1.5' }, 'request.argument'],
  [{ accept: ['EUR'] }, 'amount.token'],
])('%o is no wish: %s', (wish, code) => {
  expect(() => wished(wish)).toThrow(expect.objectContaining({ code }))
})
