import { address, type Hash, type Hex, type OutputId, type TxHash, ZERO_ADDRESS } from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import type { Claim, ExitClaim, Shown, Violation } from './claim.ts'
import { advance, type Dispute, reconcile } from './dispute.ts'
import { turnAt } from './turn.ts'

const WATCHER = address(`0x${'77'.repeat(20)}`)
const OTHER = address(`0x${'88'.repeat(20)}`)
const id = (byte: string) => `0x${byte.repeat(32)}` as Hash & OutputId & TxHash

const claim: ExitClaim = {
  kind: 'exit',
  id: id('05'),
  outputId: id('05'),
  piggyback: null,
  owner: OTHER,
  token: ZERO_ADDRESS,
  item: false,
  amount: 5n,
  bond: 1n,
  startedAt: 100n,
  startedBy: id('ee'),
  exitableAt: 10_000n,
  state: 'open',
  answeredBy: null,
  origin: null,
}
const violation: Violation = {
  kind: 'exit.spent',
  claim,
  spend: { txHash: id('20'), signed: '0x', inputIndex: 0, leaf: null, validUntil: 1n << 40n },
}

const shown: Shown = {
  txHash: id('30'),
  inputs: [id('06')],
  creator: { transaction: '0x', outputIndex: 0 },
  leaf: 9n,
}

/** A small world: one claim, the disputes kept from round to round. */
function world() {
  const disputes = new Map<string, Dispute>()
  return {
    disputes,
    round(now: bigint, violations: readonly Violation[], seen: Claim | undefined = claim) {
      const claims = new Map<Hex, Claim>(seen === undefined ? [] : [[seen.id, seen]])
      const moves = reconcile({
        disputes,
        violations,
        claims,
        watcher: WATCHER,
        head: now,
        now,
        turnSeconds: 24n,
      })
      for (const { dispute } of moves) disputes.set(dispute.key, dispute)
      return moves.map(({ dispute, effects }) => ({ state: dispute.state, effects }))
    },
    only: () => [...disputes.values()][0]!,
  }
}

const TURN = turnAt({
  watcher: WATCHER,
  subject: claim.id,
  openedAt: 200n,
  deadline: 10_000n,
  turnSeconds: 24n,
})

describe('reconcile', () => {
  it('waits for its turn, sends once, and wins', () => {
    const { round, only } = world()
    expect(TURN).toBeGreaterThan(200n)
    expect(round(200n, [violation])).toEqual([{ state: 'waiting', effects: ['raise claim'] }])
    expect(round(TURN - 1n, [violation])).toEqual([{ state: 'waiting', effects: ['raise claim'] }])
    expect(round(TURN, [violation])).toEqual([{ state: 'sending', effects: ['raise claim', 'send'] }])
    expect(round(TURN + 1n, [violation])).toEqual([])
    const answered: ExitClaim = { ...claim, state: 'challenged', answeredBy: WATCHER }
    expect(round(TURN + 2n, [], answered)).toEqual([
      { state: 'won', effects: ['record', 'resolve claim', 'resolve failure'] },
    ])
    expect(round(TURN + 3n, [], answered)).toEqual([])
    expect(only().answeredBy).toBe(WATCHER)
  })

  it('concedes to another watcher, before and after its own turn', () => {
    for (const until of [200n, TURN]) {
      const { round } = world()
      round(200n, [violation])
      round(until, [violation])
      const answered: ExitClaim = { ...claim, state: 'challenged', answeredBy: OTHER }
      expect(round(until + 1n, [], answered)).toEqual([
        { state: 'conceded', effects: ['resolve claim', 'resolve failure'] },
      ])
    }
  })

  it('answers again when a reorganisation drops the answer', () => {
    const { round, only } = world()
    round(200n, [violation])
    round(TURN, [violation])
    round(TURN + 1n, [], { ...claim, state: 'challenged', answeredBy: WATCHER })
    expect(round(TURN + 2n, [violation])).toEqual([{ state: 'waiting', effects: ['raise claim'] }])
    expect(only().turnAt).toBeGreaterThanOrEqual(TURN + 2n)
    expect(only().answeredBy).toBeNull()
  })

  it('drops a dispute whose exit a reorganisation dropped', () => {
    const { round } = world()
    round(200n, [violation])
    expect(round(201n, [], undefined)).toEqual([
      { state: 'moot', effects: ['resolve claim', 'resolve failure'] },
    ])
  })

  it('says so when the time is over or the exit was paid', () => {
    const late = world()
    late.round(200n, [violation])
    expect(late.round(9_999n, [violation])).toEqual([{ state: 'sending', effects: ['raise claim', 'send'] }])
    expect(late.round(10_000n, [violation])).toEqual([{ state: 'lost', effects: ['raise failure'] }])
    expect(late.round(10_001n, [violation])).toEqual([])
    const paid = world()
    paid.round(200n, [violation])
    expect(paid.round(201n, [], { ...claim, state: 'paid' })).toEqual([
      { state: 'lost', effects: ['raise failure'] },
    ])
  })

  it.each([
    ['exit.void', { maker: { txHash: id('20'), outputIndex: 0 }, lost: null }],
    ['exit.losing', { shown, inputIndex: 0, spend: { ...violation.spend, leaf: 4n } }],
  ] as const)('keeps trying %s until the exit is paid, however late that is', (kind, proof) => {
    const unmade = { kind, claim, ...proof } as Violation
    const { round, only, disputes } = world()
    round(10_500n, [unmade])
    expect(only()).toMatchObject({ state: 'sending', deadline: null })
    disputes.set(only().key, advance(only(), 'failed', { watcher: WATCHER, now: 10_500n })!.dispute)
    expect(round(99_999n, [unmade])).toEqual([{ state: 'sending', effects: ['raise claim', 'send'] }])
    expect(round(100_000n, [], { ...claim, state: 'paid' })).toEqual([
      { state: 'lost', effects: ['raise failure'] },
    ])
  })

  it('counts an exit that the queue dropped as stopped', () => {
    const { round } = world()
    round(200n, [violation])
    expect(round(10_000n, [violation])).toEqual([{ state: 'lost', effects: ['raise failure'] }])
    expect(round(10_050n, [], { ...claim, state: 'dropped' })).toEqual([
      { state: 'moot', effects: ['resolve claim', 'resolve failure'] },
    ])
  })

  it('takes its turn before a spend that is in no checkpoint dies (R7)', () => {
    const dying = { ...violation, spend: { ...violation.spend, validUntil: 210n } }
    const { round, only } = world()
    round(200n, [dying])
    expect(only().turnAt).toBeLessThan(210n)
    expect(only().deadline).toBe(10_000n)
    // It was longer when the dispute began: a checkpoint that had it was reorganised away (A19).
    const later = world()
    later.round(200n, [violation])
    expect(later.only().turnAt).toBe(TURN)
    expect(later.round(201n, [dying])).toEqual([{ state: 'sending', effects: ['raise claim', 'send'] }])
  })

  it('lets one answer take the place of another without a pause in the alarm', () => {
    const { round } = world()
    round(200n, [violation])
    const unmade: Violation = {
      kind: 'exit.void',
      claim,
      maker: { txHash: id('20'), outputIndex: 0 },
      lost: null,
    }
    expect(round(10_000n, [unmade])).toEqual([
      { state: 'moot', effects: ['resolve claim', 'resolve failure'] },
      { state: 'sending', effects: ['raise claim', 'send'] },
    ])
  })

  it('never waits beyond the safety margin, even when it sees the exit late', () => {
    const { round } = world()
    round(9_990n, [violation])
    expect(round(9_998n, [violation])).toEqual([{ state: 'sending', effects: ['raise claim', 'send'] }])
  })

  it('goes on after a crash in the middle of sending', () => {
    const { round, only, disputes } = world()
    round(200n, [violation])
    round(TURN, [violation])
    const restarted = advance(only(), 'restarted', { watcher: WATCHER, now: TURN })!
    disputes.set(restarted.dispute.key, restarted.dispute)
    expect(round(TURN, [violation])).toEqual([{ state: 'sending', effects: ['raise claim', 'send'] }])
  })
})
