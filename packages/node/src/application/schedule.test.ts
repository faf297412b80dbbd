import type { Tip } from '@omg/ledger'
import { expect, test } from 'vitest'
import type { EthereumView } from '../rootchain/view.ts'
import type { DataModes } from './data-modes.ts'
import { Schedule } from './schedule.ts'

const policy = { intervalSeconds: 4n, minimumSeconds: 2n, transactions: 100, originAgeBlocks: 4n, renewalAgeBlocks: 6n }
const block = { closes: true, time: 1_000n, daMode: 'plasma' as const, deposits: [], bounds: [] }

/** A checkpoint with a transaction, opened at second 1,000 with origin 10, where Ethereum is at `newest` for us. */
function scheduleAt(newest: bigint, txCount = 1) {
  const view = {
    newest: { number: newest, hash: `0x${'00'.repeat(32)}`, timestamp: 1_000n },
    nextDepositBlock: () => undefined,
    hasLockAfter: () => false,
    hasListingAfter: () => false,
    hasSetAfter: () => false,
  } as unknown as EthereumView
  const dataModes = { wanted: 'plasma' } as DataModes
  const tip = { firstHeight: 1n, height: 1n, time: 1_000n, origin: 10n, txCount, inboxCursor: 0n } as Tip
  const schedule = new Schedule(policy, { view, dataModes, tip })
  schedule.applied(tip, 0n)
  return { schedule, tip }
}

const problem = (newest: bigint) => {
  const { schedule, tip } = scheduleAt(newest)
  return schedule.choiceProblem(tip, { ...block } as unknown as Parameters<Schedule['choiceProblem']>[1])
}

test('a proposal closes no young checkpoint without need', () => {
  expect(problem(11n)?.code).toBe('proposal.closing')
})

test('R4: it closes one whose origin is old, by the view of whoever is ahead of ours, though the chain paused and its time stands', () => {
  const { schedule, tip } = scheduleAt(14n)
  expect(schedule.closes(tip, 1_000n, false)).toBe(true)
  expect(problem(14n)).toBeUndefined()
  expect(problem(12n)).toBeUndefined()
})

test('R4: an empty checkpoint in which a block stands is closed before its origin is too old for what may come into it', () => {
  const young = scheduleAt(13n, 0)
  expect(young.schedule.isDue(young.tip, 1_000n)).toBe(false)
  const old = scheduleAt(14n, 0)
  expect(old.schedule.isDue(old.tip, 1_000n)).toBe(true)
})
