import {
  type Address,
  address,
  amount,
  coinGuard,
  hash,
  type OutputId,
  ok,
  ZERO_ADDRESS,
} from '@omg/protocol'
import { RevertedError } from '@omg/rootchain'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { AlarmBook } from '../alarm/book.ts'
import type { DepositExitData } from './exit-data.ts'
import type { ExitCalls } from './exits.ts'
import { EXITS_PER_ROUND, Protection, SECONDS_UNTIL_RETRY } from './protection.ts'

const OWNER = address(`0x${'0a'.repeat(20)}`)
const id = (number: number) => hash(`0x${number.toString(16).padStart(64, '0')}`) as OutputId

function dataOf(outputId: OutputId, owner: Address): DepositExitData {
  const output = { type: 'coin', guard: coinGuard(owner), token: ZERO_ADDRESS, amount: amount(1n) } as const
  return { kind: 'deposit', outputId, owner, output, position: 1n as never, transaction: '0x01' }
}

/** A watcher with `count` outputs of one customer, whose chain is invalid. */
function world(count: number) {
  const graces = { none: 0n, data: 0n, node: 0n, provider: 0n, submission: 0n, stall: 0n }
  const alarms = new AlarmBook({ now: () => 0, graces })
  alarms.see('block.invalid', '2')
  const state = {
    now: 1000n,
    outputs: Array.from({ length: count }, (_, number) => id(number)),
    exiting: new Set<OutputId>(),
    refusals: new Map<OutputId, string>(),
  }
  const asked: OutputId[] = []
  const calls: ExitCalls = {
    async start({ outputId }) {
      asked.push(outputId)
      const reason = state.refusals.get(outputId)
      if (reason !== undefined) throw new RevertedError('startExit', reason, [])
      return { exitId: outputId, exitableAt: 9n, bond: 1n, transactionHash: id(99) }
    },
    showInclusion: () => Promise.resolve(),
    withdrawBond: () => Promise.resolve(),
  }
  const protection = new Protection({
    ...{ alarms, calls, log: pino({ level: 'silent' }), signal: new AbortController().signal },
    customers: {
      delegations: () => [{ owner: OWNER, delegate: OWNER, validUntil: 10n ** 9n, signature: '0x' }],
      exitData: () => ok(state.outputs.map(outputId => dataOf(outputId, OWNER))),
    },
    records: {
      docket: { isExiting: (outputId: OutputId) => state.exiting.has(outputId) } as never,
      time: () => state.now,
    },
  })
  const failures = () =>
    alarms.standing().flatMap(({ code, subject }) => (code === 'challenge.failed' ? [subject] : []))
  /** What a round asks Ethereum for. */
  const round = async () => {
    await protection.round()
    return asked.splice(0)
  }
  return { alarms, state, protection, failures, round }
}

describe('Protection', () => {
  it('starts nothing while nothing is wrong, and each exit once while something is', async () => {
    const { alarms, protection, round } = world(2)
    alarms.clear('block.invalid', '2')
    expect(await round()).toEqual([])
    alarms.see('block.invalid', '2')
    expect(await round()).toEqual([id(0), id(1)])
    expect(await round()).toEqual([])
    expect(protection.started).toBe(2)
  })

  it('A19: starts an exit again that Ethereum does not show after a while', async () => {
    const { state, round } = world(2)
    await round()
    state.exiting.add(id(1))
    state.now += SECONDS_UNTIL_RETRY - 1n
    expect(await round()).toEqual([])
    state.now += 1n
    expect(await round()).toEqual([id(0)])
  })

  it.each(['ExitExists', 'InputExited', 'InputSpentByOther', 'CreatorVoid'])(
    'is no failure, and is asked again later: %s',
    async reason => {
      const { state, failures, round } = world(1)
      state.refusals.set(id(0), reason)
      expect(await round()).toEqual([id(0)])
      expect([await round(), failures()]).toEqual([[], []])
      state.now += SECONDS_UNTIL_RETRY
      expect(await round()).toEqual([id(0)])
    },
  )

  it('tries what failed in every round, and its alarm stands until it succeeds', async () => {
    const { state, failures, round } = world(1)
    state.refusals.set(id(0), 'WrongBond')
    expect(await round()).toEqual([id(0)])
    expect(await round()).toEqual([id(0)])
    expect(failures()).toEqual([`exit of ${id(0)}`])
    state.refusals.clear()
    await round()
    expect(failures()).toEqual([])
  })

  it.each<[string, (state: ReturnType<typeof world>) => void]>([
    ['the danger is over', ({ alarms }) => alarms.clear('block.invalid', '2')],
    ['somebody else started it', ({ state }) => state.exiting.add(id(0))],
    ['the output was spent', ({ state }) => state.outputs.splice(0)],
  ])('the alarm of a failed exit ends when %s', async (_, change) => {
    const one = world(1)
    one.state.refusals.set(id(0), 'WrongBond')
    await one.round()
    one.alarms.see('challenge.failed', 'exit.spent:0x01')
    change(one)
    await one.round()
    // Failures of disputes are not its business.
    expect(one.failures()).toEqual(['exit.spent:0x01'])
  })

  it('outputs whose exits always fail do not keep the others in', async () => {
    const { state, round } = world(2 * EXITS_PER_ROUND + 5)
    const bad = state.outputs.slice(0, EXITS_PER_ROUND + 1)
    for (const outputId of bad) state.refusals.set(outputId, 'WrongBond')
    const first = await round()
    expect(first).toEqual(bad.slice(0, EXITS_PER_ROUND))
    const second = await round()
    expect(second.slice(1)).toEqual(state.outputs.slice(EXITS_PER_ROUND + 1, 2 * EXITS_PER_ROUND))
    // The rest, and then those that failed, the longest ago first.
    const third = await round()
    expect(third.slice(0, 5)).toEqual(state.outputs.slice(-5))
    expect(third.slice(5)).toEqual(bad.slice(0, EXITS_PER_ROUND - 5))
  })
})
