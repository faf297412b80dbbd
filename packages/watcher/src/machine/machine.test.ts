import { describe, expect, it } from 'vitest'
import { conditionMachine } from './condition.ts'
import { disputeMachine, MAX_REFUSALS } from './dispute.ts'
import { followerMachine } from './follower.ts'
import { drawTable, type Machine, step } from './table.ts'

/** Contexts under which each guard of each machine holds and does not hold. */
const CONDITION = {
  'grace is over': {
    holds: { now: 10n, since: 0n, grace: 10n },
    fails: { now: 9n, since: 0n, grace: 10n },
  },
}
const DISPUTE = {
  'turn came': {
    holds: { now: 5n, turnAt: 5n, ours: false, refusals: 0 },
    fails: { now: 4n, turnAt: 5n, ours: false, refusals: 0 },
  },
  'answer is ours': {
    holds: { now: 0n, turnAt: 5n, ours: true, refusals: 0 },
    fails: { now: 0n, turnAt: 5n, ours: false, refusals: 0 },
  },
  'refused often': {
    holds: { now: 0n, turnAt: 5n, ours: false, refusals: MAX_REFUSALS },
    fails: { now: 0n, turnAt: 5n, ours: false, refusals: MAX_REFUSALS - 1 },
  },
}
const FOLLOWER = {
  'at the head': { holds: { height: 3n, headHeight: 3n }, fails: { height: 2n, headHeight: 3n } },
}

walk(conditionMachine, CONDITION)
walk(disputeMachine, DISPUTE)
walk(followerMachine, FOLLOWER)

/** One test for each row, taken from the table itself: a row that cannot be reached fails. */
function walk<S extends string, E extends string, G extends string, F extends string, C>(
  machine: Machine<S, E, G, F, C>,
  contexts: Record<G, { holds: C; fails: C }>,
): void {
  describe(`${machine.name} machine`, () => {
    for (const [index, row] of machine.rows.entries()) {
      it(`${row.from} + ${row.on}${row.when ? ` [${row.when}]` : ''} -> ${row.to}`, () => {
        const earlier = machine.rows
          .slice(0, index)
          .filter(other => other.from === row.from && other.on === row.on)
        expect(
          earlier.every(other => other.when !== undefined),
          'shadowed by an earlier row',
        ).toBe(true)
        const context = row.when
          ? contexts[row.when].holds
          : contexts[earlier[0]?.when ?? anyGuard(contexts)].fails
        expect(step(machine, row.from, row.on, context)).toEqual({
          state: row.to,
          effects: row.effects,
          moved: true,
        })
      })
    }

    it('ignores events that have no row', () => {
      const events = new Set(machine.rows.map(row => row.on))
      const states = new Set(machine.rows.flatMap(row => [row.from, row.to]))
      for (const state of states) {
        for (const event of events) {
          if (machine.rows.some(row => row.from === state && row.on === event)) continue
          const context = contexts[anyGuard(contexts)].holds
          expect(step(machine, state, event, context)).toEqual({ state, effects: [], moved: false })
        }
      }
    })

    it('reaches every state from the initial one', () => {
      const reached = new Set<S>([machine.initial])
      for (let size = 0; size < reached.size; ) {
        size = reached.size
        for (const row of machine.rows) if (reached.has(row.from)) reached.add(row.to)
      }
      expect([...reached].sort()).toEqual(
        [...new Set(machine.rows.flatMap(row => [row.from, row.to]))].sort(),
      )
    })

    it('draws one line for each row', () => {
      expect(drawTable(machine).split('\n')).toHaveLength(machine.rows.length + 2)
    })
  })
}

function anyGuard<G extends string>(contexts: Record<G, unknown>): G {
  return Object.keys(contexts)[0] as G
}
