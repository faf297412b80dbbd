import type { Machine } from './table.ts'

/**
 * One dispute: a wrong claim on Ethereum (an exit of a spent output, an in-flight exit of a losing transaction, ...)
 * and what this watcher does about it.
 *
 * The machine is level-triggered: every tick the guard computes afresh, from Ethereum's records and the spends seen,
 * which claims are wrong *now*. A claim that stops being wrong because somebody answered it, and one that is wrong
 * again because a reorganisation dropped the answer, are both ordinary events. Nothing depends on having been awake.
 */
export type DisputeState = 'waiting' | 'sending' | 'won' | 'conceded' | 'lost' | 'moot'

export type DisputeEvent =
  /** The claim is still wrong and open. */
  | 'tick'
  /** Our transaction was mined and the claim is answered. */
  | 'mined'
  /** Ethereum shows the claim answered (by our transaction or by another watcher's). */
  | 'answered'
  /** Ethereum says that the answer would change nothing: somebody was faster, or knows better. */
  | 'refused'
  /** Simulation or sending failed for another reason. */
  | 'failed'
  /** The period in which the claim can be answered is over. */
  | 'expired'
  /** The claim is gone without an answer: reorganised away, or it no longer contradicts what was seen. */
  | 'gone'
  /** The claim is (again) wrong and open although it was settled: a reorganisation dropped the answer. */
  | 'reopened'
  /** The process was started anew. */
  | 'restarted'

export type DisputeGuard = 'turn came' | 'answer is ours' | 'refused often'
export type DisputeEffect =
  | 'send'
  | 'record'
  | 'raise claim'
  | 'resolve claim'
  | 'raise failure'
  | 'resolve failure'

export interface DisputeContext {
  /** Chain time in seconds. */
  readonly now: bigint
  /** When this watcher's turn begins, in seconds (see guard/turn.ts). */
  readonly turnAt: bigint
  /** Whether the answer seen on Ethereum carries this watcher's address. */
  readonly ours: boolean
  /** How many times Ethereum has refused the answer. */
  readonly refusals: number
}

/** Refusals after which "somebody was faster" is no longer believed. */
export const MAX_REFUSALS = 3

export const disputeMachine: Machine<
  DisputeState,
  DisputeEvent,
  DisputeGuard,
  DisputeEffect,
  DisputeContext
> = {
  name: 'dispute',
  initial: 'waiting',
  terminal: ['won', 'conceded', 'lost', 'moot'],
  guards: {
    'turn came': context => context.now >= context.turnAt,
    'answer is ours': context => context.ours,
    'refused often': context => context.refusals >= MAX_REFUSALS,
  },
  rows: [
    { from: 'waiting', on: 'tick', when: 'turn came', to: 'sending', effects: ['raise claim', 'send'] },
    { from: 'waiting', on: 'tick', to: 'waiting', effects: ['raise claim'] },
    // After a crash the transaction may have been mined by an earlier life of this process.
    {
      from: 'waiting',
      on: 'answered',
      when: 'answer is ours',
      to: 'won',
      effects: ['record', 'resolve claim', 'resolve failure'],
    },
    { from: 'waiting', on: 'answered', to: 'conceded', effects: ['resolve claim', 'resolve failure'] },
    { from: 'waiting', on: 'expired', to: 'lost', effects: ['raise failure'] },
    { from: 'waiting', on: 'gone', to: 'moot', effects: ['resolve claim', 'resolve failure'] },

    { from: 'sending', on: 'mined', to: 'won', effects: ['record', 'resolve claim', 'resolve failure'] },
    {
      from: 'sending',
      on: 'answered',
      when: 'answer is ours',
      to: 'won',
      effects: ['record', 'resolve claim', 'resolve failure'],
    },
    // Two watchers, one claim: the other was faster. Nobody loses, and the claim is answered.
    { from: 'sending', on: 'answered', to: 'conceded', effects: ['resolve claim', 'resolve failure'] },
    { from: 'sending', on: 'refused', when: 'refused often', to: 'waiting', effects: ['raise failure'] },
    { from: 'sending', on: 'refused', to: 'waiting', effects: [] },
    { from: 'sending', on: 'failed', to: 'waiting', effects: ['raise failure'] },
    { from: 'sending', on: 'expired', to: 'lost', effects: ['raise failure'] },
    { from: 'sending', on: 'gone', to: 'moot', effects: ['resolve claim', 'resolve failure'] },
    { from: 'sending', on: 'restarted', to: 'waiting', effects: [] },

    // A19: a reorganisation may drop the answer, and it must be given again.
    { from: 'won', on: 'reopened', to: 'waiting', effects: ['raise claim'] },
    { from: 'conceded', on: 'reopened', to: 'waiting', effects: ['raise claim'] },
    { from: 'moot', on: 'reopened', to: 'waiting', effects: ['raise claim'] },
    { from: 'lost', on: 'reopened', to: 'waiting', effects: ['raise claim'] },
    // The verdict of Ethereum is read at its head, the events behind it: who answered may be known a round later.
    {
      from: 'lost',
      on: 'answered',
      when: 'answer is ours',
      to: 'won',
      effects: ['record', 'resolve claim', 'resolve failure'],
    },
    { from: 'lost', on: 'answered', to: 'conceded', effects: ['resolve claim', 'resolve failure'] },
    { from: 'lost', on: 'mined', to: 'won', effects: ['record', 'resolve claim', 'resolve failure'] },
    { from: 'lost', on: 'gone', to: 'moot', effects: ['resolve claim', 'resolve failure'] },
    { from: 'moot', on: 'answered', when: 'answer is ours', to: 'won', effects: ['record'] },
    { from: 'moot', on: 'answered', to: 'conceded', effects: [] },
    { from: 'moot', on: 'mined', to: 'won', effects: ['record'] },
    { from: 'conceded', on: 'mined', to: 'won', effects: ['record'] },
  ],
}
