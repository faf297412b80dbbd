import type { Machine } from './table.ts'

/** How the watcher stands to the node it follows. */
export type FollowerState = 'syncing' | 'following' | 'starving' | 'unreachable' | 'refusing'

export type FollowerEvent =
  /** A block was re-executed and agrees with its record. */
  | 'applied'
  /** The next block breaks a rule, or its record claims another result. */
  | 'refused'
  /** The node answers that a block exists, and does not serve it. */
  | 'starved'
  /** The node does not answer. */
  | 'lost'
  /** The node answers and has nothing newer. */
  | 'current'

export type FollowerGuard = 'at the head'
export type FollowerEffect =
  | 'see node.unreachable'
  | 'clear node.unreachable'
  | 'see block.invalid'
  | 'clear block.invalid'

export interface FollowerContext {
  readonly height: bigint
  readonly headHeight: bigint
}

export const followerMachine: Machine<
  FollowerState,
  FollowerEvent,
  FollowerGuard,
  FollowerEffect,
  FollowerContext
> = {
  name: 'follower',
  initial: 'syncing',
  terminal: [],
  guards: { 'at the head': context => context.height >= context.headHeight },
  rows: [
    { from: 'syncing', on: 'applied', when: 'at the head', to: 'following', effects: [] },
    { from: 'syncing', on: 'applied', to: 'syncing', effects: [] },
    { from: 'syncing', on: 'current', to: 'following', effects: [] },
    { from: 'syncing', on: 'refused', to: 'refusing', effects: ['see block.invalid'] },
    { from: 'syncing', on: 'lost', to: 'unreachable', effects: ['see node.unreachable'] },

    { from: 'syncing', on: 'starved', to: 'starving', effects: [] },

    { from: 'following', on: 'applied', when: 'at the head', to: 'following', effects: [] },
    { from: 'following', on: 'applied', to: 'syncing', effects: [] },
    { from: 'following', on: 'current', to: 'following', effects: [] },
    { from: 'following', on: 'refused', to: 'refusing', effects: ['see block.invalid'] },
    { from: 'following', on: 'lost', to: 'unreachable', effects: ['see node.unreachable'] },

    { from: 'following', on: 'starved', to: 'starving', effects: [] },

    // A31: whether it is withholding is decided by what Ethereum has; a node may also be busy.
    { from: 'starving', on: 'starved', to: 'starving', effects: [] },
    { from: 'starving', on: 'applied', to: 'syncing', effects: [] },
    { from: 'starving', on: 'current', to: 'following', effects: [] },
    { from: 'starving', on: 'refused', to: 'refusing', effects: ['see block.invalid'] },
    { from: 'starving', on: 'lost', to: 'unreachable', effects: ['see node.unreachable'] },

    { from: 'unreachable', on: 'lost', to: 'unreachable', effects: ['see node.unreachable'] },
    { from: 'unreachable', on: 'applied', to: 'syncing', effects: ['clear node.unreachable'] },
    { from: 'unreachable', on: 'starved', to: 'starving', effects: ['clear node.unreachable'] },
    { from: 'unreachable', on: 'current', to: 'following', effects: ['clear node.unreachable'] },
    {
      from: 'unreachable',
      on: 'refused',
      to: 'refusing',
      effects: ['clear node.unreachable', 'see block.invalid'],
    },

    // A node that was repaired serves another, valid block at this height: the watcher goes on where it stopped.
    {
      from: 'refusing',
      on: 'applied',
      to: 'syncing',
      effects: ['clear block.invalid', 'clear node.unreachable'],
    },
    // An invalid block is not forgotten because the node fell silent after serving it.
    {
      from: 'refusing',
      on: 'refused',
      to: 'refusing',
      effects: ['see block.invalid', 'clear node.unreachable'],
    },
    {
      from: 'refusing',
      on: 'starved',
      to: 'refusing',
      effects: ['see block.invalid', 'clear node.unreachable'],
    },
    {
      from: 'refusing',
      on: 'current',
      to: 'refusing',
      effects: ['see block.invalid', 'clear node.unreachable'],
    },
    { from: 'refusing', on: 'lost', to: 'refusing', effects: ['see block.invalid', 'see node.unreachable'] },
  ],
}
