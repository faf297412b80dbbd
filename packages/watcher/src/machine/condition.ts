import type { Machine } from './table.ts'

/**
 * The life of one alarm about one subject. Conditions are observed again and again (level-triggered), so an alarm
 * survives restarts, lost messages and reorganisations: it stands as long as the condition is seen, and no longer.
 */
export type ConditionState = 'clear' | 'suspected' | 'raised'
export type ConditionEvent = 'seen' | 'unseen'
export type ConditionGuard = 'grace is over'
export type ConditionEffect = 'raise' | 'resolve' | 'refresh'

export interface ConditionContext {
  /** Chain or wall time in seconds, as the caller measures this condition. */
  readonly now: bigint
  /** When the condition was first seen without a break, in seconds. */
  readonly since: bigint
  /** How long it must be seen before it is an alarm, in seconds. A node that restarts is not a stolen chain. */
  readonly grace: bigint
}

export const conditionMachine: Machine<
  ConditionState,
  ConditionEvent,
  ConditionGuard,
  ConditionEffect,
  ConditionContext
> = {
  name: 'condition',
  initial: 'clear',
  terminal: [],
  guards: { 'grace is over': context => context.now - context.since >= context.grace },
  rows: [
    { from: 'clear', on: 'seen', when: 'grace is over', to: 'raised', effects: ['raise'] },
    { from: 'clear', on: 'seen', to: 'suspected', effects: [] },
    { from: 'suspected', on: 'seen', when: 'grace is over', to: 'raised', effects: ['raise'] },
    { from: 'suspected', on: 'unseen', to: 'clear', effects: [] },
    { from: 'raised', on: 'seen', to: 'raised', effects: ['refresh'] },
    { from: 'raised', on: 'unseen', to: 'clear', effects: ['resolve'] },
  ],
}
