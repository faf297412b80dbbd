import {
  address,
  type Hash,
  type Hex,
  type OutputId,
  type TxHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import { AlarmBook } from '../alarm/book.ts'
import type { Answer, Challenger } from './challenger.ts'
import type { Sightings, Violation } from './claim.ts'
import type { Dispute } from './dispute.ts'
import { Docket, type ExitEvent } from './docket.ts'
import { Guard } from './guard.ts'

const ME = address(`0x${'77'.repeat(20)}`)
const OTHER = address(`0x${'88'.repeat(20)}`)
const id = (byte: string) => `0x${byte.repeat(32)}` as Hash & OutputId & TxHash
const EXIT = id('05')

const place = (timestamp: bigint) => ({ block: { number: timestamp, timestamp }, transactionHash: id('ee') })
const started: ExitEvent = {
  ...place(100n),
  eventName: 'ExitStarted',
  args: {
    exitId: EXIT,
    owner: OTHER,
    token: ZERO_ADDRESS,
    item: false,
    amount: 5n,
    position: 1n,
    creator: ZERO_HASH,
    exitableAt: 1000n,
    bond: 7n,
  },
}
const challengedBy = (challenger: typeof ME): ExitEvent => ({
  ...place(101n),
  eventName: 'ExitChallenged',
  args: { exitId: EXIT, challenger },
})
const rewarded: ExitEvent = {
  ...place(101n),
  eventName: 'RewardAssigned',
  args: { exitId: EXIT, challenger: ME, payableAt: 150n },
}

const paidTo = (recipient: Hex): ExitEvent => ({
  ...place(151n),
  eventName: 'BondPaid',
  args: { exitId: EXIT, recipient, amount: 4n },
})

/** A guard over a scripted Ethereum. */
function world(options: { key?: boolean; answers?: Answer[]; kept?: Dispute[] } = {}) {
  const state = { now: 100n, docket: new Docket() }
  const sent: Violation[] = []
  const collected: string[] = []
  const earned: bigint[] = []
  const kept = new Map((options.kept ?? []).map(dispute => [dispute.key, dispute]))
  const answers = options.answers ?? [{ kind: 'mined', transactionHash: id('f1'), block: 100n }]
  const challenger: Challenger = {
    answer: async violation => {
      sent.push(violation)
      return answers.shift() ?? { kind: 'failed', reason: 'script is over' }
    },
    collect: async (game, exits) => {
      collected.push(`${game} ${exits.join()}`)
      return { transactionHash: id('f2'), block: state.now + 1n }
    },
  }
  const sightings: Sightings = {
    spendsOf: output =>
      output === EXIT
        ? [{ txHash: id('20'), signed: '0x12', inputIndex: 0, leaf: null, validUntil: 1n << 40n }]
        : [],
    leafOf: () => null,
  }
  const graces = { none: 0n, data: 0n, node: 0n, provider: 0n, submission: 0n, stall: 0n }
  const alarms = new AlarmBook({ now: () => 0, graces })
  const guard = new Guard({
    store: {
      disputes: <T>() => [...kept.values()] as T[],
      keepDispute: async (key, dispute) => void kept.set(key, dispute as Dispute),
    },
    records: {
      get docket() {
        return state.docket
      },
      head: () => state.now,
      time: () => state.now,
    },
    sightings,
    makers: { find: async () => undefined },
    alarms,
    challenger: options.key === false ? undefined : challenger,
    watcher: options.key === false ? null : ME,
    turnSeconds: 0n,
    verdictOf: async () => ({ verdict: 'canonical', decided: false }),
    onEarned: amount => earned.push(amount),
  })
  return {
    state,
    sent,
    collected,
    earned,
    kept,
    standing: () => alarms.standing().map(alarm => alarm.code),
    only: () => [...guard.disputes()][0]!,
    async round(now: bigint, ...events: ExitEvent[]) {
      state.now = now
      for (const event of events) state.docket.fold(event)
      await guard.round()
      await guard.settled()
    },
  }
}

describe('Guard', () => {
  it('answers a wrong exit, keeps the proof, and collects the reward when it is due', async () => {
    const { round, sent, standing, only, collected, earned, kept } = world()
    await round(100n, started)
    expect(sent.map(violation => violation.kind)).toEqual(['exit.spent'])
    await round(101n, challengedBy(ME), rewarded)
    expect(standing()).toEqual([])
    expect(only()).toMatchObject({ state: 'won', transactions: [id('f1')], answeredBy: ME, earned: null })
    expect(collected).toEqual([])
    await round(150n)
    await round(150n)
    expect(only()).toMatchObject({ paidOut: false, earned: null })
    // Half of the bond of 7 is burnt: what counts is what Ethereum says that it paid.
    await round(151n, paidTo(ME))
    await round(152n)
    expect(collected).toEqual([`standardExits ${EXIT}`])
    expect(kept.get(only().key)).toMatchObject({
      paidOut: true,
      earned: 4n,
      transactions: [id('f1'), id('f2')],
    })
    expect([sent.length, earned]).toEqual([1, [4n]])
  })

  it('collects again what a reorganisation took back (A19)', async () => {
    const { round, only, collected, state } = world()
    await round(100n, started)
    await round(101n, challengedBy(ME), rewarded)
    await round(150n)
    await round(151n, paidTo(ME))
    state.docket = new Docket()
    await round(152n, started, challengedBy(ME), rewarded)
    expect(only()).toMatchObject({ paidOut: false, earned: null })
    expect(collected).toHaveLength(2)
  })

  it('counts nothing as earned that went to who announced the challenge first (A39)', async () => {
    const { round, only, collected, earned } = world()
    await round(100n, started)
    await round(101n, challengedBy(ME), rewarded)
    await round(102n, { ...rewarded, args: { ...rewarded.args, challenger: OTHER } } as ExitEvent)
    await round(151n, paidTo(OTHER))
    expect(only()).toMatchObject({ state: 'won', paidOut: true, earned: 0n })
    expect([collected, earned]).toEqual([[], []])
  })

  it('waits until Ethereum was read up to its own answer before it looks again', async () => {
    const { round, sent, standing, only } = world({
      answers: [{ kind: 'mined', transactionHash: id('f1'), block: 105n }],
    })
    await round(100n, started)
    await round(104n)
    expect([only().state, sent.length, standing()]).toEqual(['won', 1, []])
    await round(105n)
    expect(only().state).toBe('waiting')
  })

  it('shows the alarm while the answer is on its way, with what a person needs', async () => {
    const { round, standing, only } = world({ answers: [{ kind: 'failed', reason: 'ethereum.funds: none' }] })
    await round(100n, started)
    expect(standing()).toEqual(['exit.invalid', 'challenge.failed'])
    expect(only()).toMatchObject({ state: 'waiting', failure: 'ethereum.funds: none' })
  })

  it('tries again after a failure, and resolves both alarms', async () => {
    const { round, standing, sent } = world({
      answers: [
        { kind: 'failed', reason: 'gone' },
        { kind: 'mined', transactionHash: id('f1'), block: 100n },
      ],
    })
    await round(100n, started)
    await round(110n)
    expect([sent.length, standing()]).toEqual([2, []])
  })

  it('loses nothing when another watcher was faster', async () => {
    const { round, standing, only, sent, collected } = world({
      answers: [{ kind: 'refused', reason: 'ExitNotOpen' }],
    })
    await round(100n, started)
    expect(standing()).toEqual(['exit.invalid'])
    await round(101n, challengedBy(OTHER))
    expect(only()).toMatchObject({ state: 'conceded', answeredBy: OTHER, transactions: [] })
    expect([standing(), sent.length, collected]).toEqual([[], 1, []])
  })

  it('alarms when Ethereum keeps refusing what it should take', async () => {
    const refused: Answer = { kind: 'refused', reason: 'EvidenceWithoutEffect' }
    const { round, standing } = world({ answers: [refused, refused, refused] })
    await round(100n, started)
    await round(110n)
    expect(standing()).toEqual(['exit.invalid'])
    await round(120n)
    expect(standing()).toEqual(['exit.invalid', 'challenge.failed'])
  })

  it('answers again when a reorganisation drops the answer, and stops when it drops the exit', async () => {
    const { round, state, sent, standing, only } = world({
      answers: [
        { kind: 'mined', transactionHash: id('f1'), block: 100n },
        { kind: 'mined', transactionHash: id('f3'), block: 100n },
      ],
    })
    await round(100n, started)
    await round(101n, challengedBy(ME))
    state.docket = new Docket()
    await round(102n, started)
    await round(103n)
    expect(sent).toHaveLength(2)
    expect(only().transactions).toEqual([id('f1'), id('f3')])
    state.docket = new Docket()
    await round(104n)
    expect(standing()).toEqual([])
  })

  it('sends nothing without a key, and says so', async () => {
    const { round, sent, standing } = world({ key: false })
    await round(100n, started)
    expect([sent.length, standing()]).toEqual([0, ['exit.invalid', 'challenge.failed']])
  })

  it('goes on after a crash in the middle of sending', async () => {
    const first = world({ answers: [] })
    await first.round(100n, started)
    const crashed = [...first.kept.values()].map(dispute => ({ ...dispute, state: 'sending' as const }))
    const second = world({ kept: crashed })
    await second.round(130n, started)
    expect(second.sent).toHaveLength(1)
  })
})
