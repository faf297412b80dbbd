import type { Block, Tip } from '@omg/ledger'
import { expect, test } from 'vitest'
import type { EthereumView } from '../rootchain/view.ts'
import type { DataModes } from './data-modes.ts'
import { Schedule } from './schedule.ts'

const policy = {
  intervalSeconds: 4n,
  minimumSeconds: 2n,
  transactions: 100,
  originAgeBlocks: 4n,
  renewalAgeBlocks: 6n,
  maxOriginAgeBlocks: 12n,
}
const quiet = {
  nextDepositBlock: undefined as bigint | undefined,
  hasLock: false,
  /** The Ethereum block from which on a closed checkpoint is lost. */
  lostSince: undefined as bigint | undefined,
}

/** A plasma checkpoint with a transaction, opened at second 1,000 with origin 10, where Ethereum is at `newest` for us. */
function scheduleAt(newest: bigint, changes: Partial<Tip> = {}, ethereum: Partial<typeof quiet> = {}) {
  const { nextDepositBlock, hasLock, lostSince } = { ...quiet, ...ethereum }
  const view = {
    newest: { number: newest, hash: `0x${'00'.repeat(32)}`, timestamp: 1_000n },
    nextDepositBlock: () => nextDepositBlock,
    hasLockAfter: () => hasLock,
    hasListingAfter: () => false,
    hasSetAfter: () => false,
  } as unknown as EthereumView
  const dataModes = { wanted: 'plasma', next: () => 'plasma' } as unknown as DataModes
  const open = { firstHeight: 1n, height: 1n, time: 1_000n, origin: 10n, txCount: 1, inboxCursor: 0n }
  const tip = { ...open, daMode: 'plasma', checkpoint: 1n, nextPath: 1, ...changes } as Tip
  const isLost = (origin = newest) => lostSince !== undefined && origin >= lostSince
  const schedule = new Schedule(policy, { view, dataModes, tip, isLost })
  schedule.applied(tip, 0n)
  return { schedule, tip }
}

/** What is wrong with a proposal on top of such a checkpoint; it closes it where nothing else is said. */
function problem(at: ReturnType<typeof scheduleAt>, changes: Partial<Block> = {}) {
  const { tip, schedule } = at
  const block = {
    closes: true,
    time: tip.time,
    daMode: tip.daMode,
    deposits: [],
    bounds: [],
    origin: tip.origin,
  }
  return schedule.choiceProblem(tip, { ...block, ...changes } as unknown as Block)?.code
}

const FRESH = { firstHeight: 2n }
const EMPTY = { txCount: 0 }
const BOUNDS = Uint32Array.of(0, 10)

test('a proposal closes no young checkpoint without need', () => {
  expect(problem(scheduleAt(11n))).toBe('proposal.closing')
  expect(problem(scheduleAt(11n), { time: 1_001n })).toBe('proposal.closing')
  expect(problem(scheduleAt(11n), { time: 1_002n })).toBeUndefined()
})

test('nor an empty one, of whatever age, unless it brings something itself', () => {
  for (const changes of [EMPTY, { ...FRESH, ...EMPTY }]) {
    expect(problem(scheduleAt(1_000n, changes), { time: 9_000n })).toBe('proposal.closing')
  }
  expect(problem(scheduleAt(11n, EMPTY), { time: 9_000n, bounds: BOUNDS })).toBeUndefined()
})

test('a full one closes at once, and a crowded one, and one with blobs, may', () => {
  expect(problem(scheduleAt(11n, { txCount: 100 }))).toBeUndefined()
  expect(problem(scheduleAt(11n, { nextPath: 2 ** 23 }))).toBeUndefined()
  expect(problem(scheduleAt(11n, { daMode: 'blob' }))).toBeUndefined()
})

test('what owners wait to see committed is not kept open for more than twice the interval and a minute', () => {
  const late = { closes: false, time: 1_000n + 2n * 4n + 60n }
  expect(problem(scheduleAt(11n), late)).toBeUndefined()
  expect(problem(scheduleAt(11n), { ...late, time: late.time + 1n })).toBe('proposal.closing')
  expect(problem(scheduleAt(11n, EMPTY), { ...late, time: 9_000n })).toBeUndefined()
})

test('a drain lets everybody close', () => {
  const at = scheduleAt(11n)
  at.schedule.drain()
  expect(problem(at)).toBeUndefined()
})

test('blobs are refused where they are not wanted, in the first block of a checkpoint: later ones have no choice', () => {
  const blobs = { closes: false, daMode: 'blob' as const }
  expect(problem(scheduleAt(11n, FRESH), blobs)).toBe('proposal.data_mode')
  expect(
    problem(scheduleAt(11n, { ...FRESH, daMode: 'blob' }), { closes: false, daMode: 'plasma' }),
  ).toBeUndefined()
  expect(problem(scheduleAt(11n, { daMode: 'blob' }), blobs)).toBeUndefined()
})

test('R4: it closes one whose origin is old, by the view of whoever is ahead of ours, though the chain paused and its time stands', () => {
  const { schedule, tip } = scheduleAt(14n)
  expect(schedule.closes(tip, 1_000n, false)).toBe(true)
  expect(problem(scheduleAt(14n))).toBeUndefined()
  expect(problem(scheduleAt(12n))).toBeUndefined()
})

test('R4: the origin of an empty checkpoint moves with every block, so it never ages, and nothing behind it makes a block', () => {
  for (const changes of [EMPTY, { ...FRESH, ...EMPTY }]) {
    const { schedule, tip } = scheduleAt(1_000n, changes, { hasLock: true })
    expect(schedule.origin(tip).origin).toBe(1_000n)
    expect([schedule.isDue(tip, 9_000n), schedule.needsRenewal(tip)]).toEqual([false, false])
    expect(problem(scheduleAt(1_000n, changes), { closes: false, origin: 1_000n })).toBeUndefined()
  }
  const deposit = scheduleAt(20n, EMPTY, { nextDepositBlock: 15n })
  expect(deposit.schedule.isDue(deposit.tip, 1_000n)).toBe(true)
})

test('R4: blobs do not tell the origins of their blocks, so there an empty checkpoint keeps its own and closes before it is old', () => {
  const blob = { ...EMPTY, daMode: 'blob' as const }
  const young = scheduleAt(13n, blob)
  expect([young.schedule.origin(young.tip).origin, young.schedule.isDue(young.tip, 1_000n)]).toEqual([
    10n,
    false,
  ])
  const old = scheduleAt(14n, blob)
  expect([old.schedule.isDue(old.tip, 1_000n), old.schedule.needsRenewal(old.tip)]).toEqual([true, false])
})

test('R4: one with transactions keeps its origin until Ethereum would hardly take it; then a later one closes it', () => {
  expect(problem(scheduleAt(11n), { origin: 11n })).toBe('proposal.origin')
  const { schedule, tip } = scheduleAt(15n)
  expect([schedule.origin(tip).origin, schedule.needsRenewal(tip)]).toEqual([10n, false])
  expect(scheduleAt(16n).schedule.needsRenewal(tip)).toBe(true)
  expect(scheduleAt(16n).schedule.closes(tip, 1_000n, false, { origin: 16n })).toBe(true)
  expect(problem(scheduleAt(16n), { origin: 16n })).toBeUndefined()
})

test('R4: what Ethereum would refuse for ever is not closed', () => {
  const { schedule, tip } = scheduleAt(23n)
  expect(schedule.closes(tip, 9_000n, true)).toBe(false)
  expect(problem(scheduleAt(24n))).toBeUndefined()
  expect(problem(scheduleAt(25n))).toBe('proposal.closing')
  expect(problem(scheduleAt(25n), { origin: 25n })).toBeUndefined()
})

test('F1: nothing is closed behind a checkpoint that is lost, but by the block that renews it', () => {
  const lost = scheduleAt(16n, {}, { lostSince: 14n })
  const { schedule, tip } = lost
  expect([schedule.needsRenewal(tip), schedule.isDue(tip, 9_000n)]).toEqual([false, false])
  expect(schedule.closes(tip, 9_000n, true)).toBe(false)
  expect(schedule.closes(tip, 9_000n, true, { origin: 16n })).toBe(false)
  expect(problem(lost, { time: 1_010n })).toBe('proposal.closing')
  // Whoever has seen two blocks less of Ethereum does not know it yet.
  expect(problem(scheduleAt(15n, {}, { lostSince: 14n }), { time: 1_010n })).toBeUndefined()
  expect(schedule.closes(tip, 1_000n, false, { origin: 16n, renews: 1n })).toBe(true)
  const young = scheduleAt(11n)
  const renewing = { closes: false, origin: 11n, time: 9_000n } as Block
  expect(
    young.schedule.choiceProblem(young.tip, { ...renewing, deposits: [], bounds: BOUNDS }, 1n),
  ).toBeUndefined()
})
