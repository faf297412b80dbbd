// The numbers of docs/fees.md.
import type { Address } from '@omg/protocol'
import { expect, test } from 'vitest'
import { CONGESTION_ONE, congested, multipleAfter } from './congestion.ts'
import type { StakeFact } from './fact.ts'
import { quoteFee } from './quote.ts'
import type { FeeSchedule } from './schedule.ts'
import { Stakes } from './stakes.ts'

const OMG = 10n ** 18n
const account = (n: number) => `0x${n.toString(16).padStart(40, '0')}` as Address
const [anna, bert, cleo, dora] = [account(1), account(2), account(3), account(4)]

function schedule(payment: bigint, takerBps = 5): FeeSchedule {
  return {
    payment: [payment, 1n, 1n, 1n],
    item: [2_000n, 1n, 1n, 1n],
    accepted: [true, false, false, false],
    ...{ makerBps: [2, 2, 2], takerBps: [takerBps, takerBps, takerBps] },
    ...{ steps: 32, unitsPerStep: 1_000_000_000n, cancels: 256 },
  }
}

function staked(validator: Address, holder: Address, thousands: bigint): StakeFact {
  const amount = thousands * 1_000n * OMG
  return { kind: 'staked', block: 1n, validator, holder, amount, shares: amount }
}

function prefers(who: Address, payment: bigint, takerBps?: number): StakeFact {
  return { kind: 'preferred', block: 1n, account: who, preference: schedule(payment, takerBps) }
}

const validators = [
  staked(anna, anna, 300n),
  staked(anna, dora, 200n),
  staked(bert, bert, 300n),
  staked(cleo, cleo, 200n),
  ...[prefers(anna, 1_000n), prefers(bert, 2_000n, 8), prefers(cleo, 4_000n, 8)],
]

/** Payment fees of the next epochs. */
function steps(facts: readonly StakeFact[], from: FeeSchedule, epochs: number): FeeSchedule[] {
  const votes = new Stakes(facts).at(1n)
  const after: FeeSchedule[] = []
  for (let epoch = 0; epoch < epochs; epoch++) after.push(votes.next(after.at(-1) ?? from))
  return after
}

const payments = (schedules: readonly FeeSchedule[]) => schedules.map(({ payment }) => payment[0])

test('half of the stake prefers 1000 at most; a delegator who says otherwise makes it 2000', () => {
  const quiet = steps(validators, schedule(1_000n), 1)
  expect(payments(quiet)).toEqual([1_000n])
  const loud = steps([...validators, prefers(dora, 3_000n, 8)], schedule(1_000n), 5)
  expect(payments(loud)).toEqual([1_250n, 1_562n, 1_952n, 2_000n, 2_000n])
  expect(loud.map(({ takerBps }) => takerBps[0])).toEqual([6, 7, 8, 8, 8])
  expect(payments(steps(validators, schedule(2_000n), 5))).toEqual([1_600n, 1_280n, 1_024n, 1_000n, 1_000n])
})

test('congestion rises with blocks over the target and falls with others', () => {
  const MEBIBYTE = 1n << 20n
  const policy = { target: 4n * MEBIBYTE, maximum: 8n * CONGESTION_ONE }
  let multiple = CONGESTION_ONE
  const fees = [8n, 8n, 10n, 6n, 4n, 2n, 0n, 0n].map(mebibytes => {
    multiple = multipleAfter(multiple, mebibytes * MEBIBYTE, policy)
    return [multiple, congested(2_000n, multiple)]
  })
  expect(fees).toEqual([
    [1_125_000n, 2_250n],
    [1_265_625n, 2_532n],
    [1_423_828n, 2_848n],
    [1_512_817n, 3_026n],
    [1_512_817n, 3_026n],
    [1_418_266n, 2_837n],
    [1_240_983n, 2_482n],
    [1_085_861n, 2_172n],
  ])
})

test('a quote: eight times what is voted, and a quarter more for each epoch that begins meanwhile', () => {
  const fee = { voted: 2_000n, votedNext: 2_000n, multiple: 1_265_625n, ceiling: (1n << 40n) - 1n }
  const policy = { epoch: 86_400n, maximum: 8n * CONGESTION_ONE }
  const noon = 20_000n * 86_400n + 43_200n
  const quote = (seconds: bigint) => quoteFee(fee, { origin: noon, validUntil: noon + seconds }, policy)
  expect(quote(1_800n)).toEqual({ now: 2_532n, nextEpoch: 2_532n, maximum: 16_000n })
  expect(quote(43_200n).maximum).toBe(20_000n)
  expect(quote(129_600n).maximum).toBe(25_000n)
})
