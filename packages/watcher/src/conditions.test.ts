import { type TxHash, ZERO_HASH } from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import { AlarmBook } from './alarm/book.ts'
import { type ChainConditions, judgeChain } from './conditions.ts'
import type { StoredCheckpoint } from './store/facts.ts'

/** A watcher at the head of an honest chain of three checkpoints. */
const CALM = {
  comparison: { agreed: 3n, mismatch: undefined, missing: undefined, stale: undefined },
  follower: { state: 'following' },
  lastCheckpoint: { number: 3n } as StoredCheckpoint,
  caughtUp: true,
  tip: { checkpoint: 4n, txCount: 0 },
} as const satisfies Omit<ChainConditions, 'alarms'>

/** In plasma mode. */
const MISSING = { number: 4n, lastNonDA: 4n, transactionHash: ZERO_HASH }

function world() {
  const graces = { none: 0n, data: 0n, node: 0n, provider: 0n, submission: 0n, stall: 0n }
  const alarms = new AlarmBook({ now: () => 0, graces })
  /** What stands after a look, with this changed. */
  return (change: Partial<ChainConditions> = {}) => {
    judgeChain({ alarms, ...CALM, ...change })
    return alarms.standing().map(({ code, subject }) => `${code} ${subject}`)
  }
}

describe('judgeChain', () => {
  it('sees nothing wrong with an honest chain', () => {
    expect(world()()).toEqual([])
  })

  it('sees a checkpoint that contradicts the blocks', () => {
    const mismatch = { number: 4n, expected: ZERO_HASH, found: ZERO_HASH }
    const look = world()
    expect(look({ comparison: { ...CALM.comparison, mismatch } })).toEqual(['checkpoint.mismatch 4'])
    expect(look()).toEqual([])
  })

  it('sees a checkpoint whose later origin what is in it did not outlive', () => {
    const stale = { number: 4n, height: 9n, txHash: ZERO_HASH as TxHash, why: 'dead' } as const
    const look = world()
    expect(look({ comparison: { ...CALM.comparison, stale } })).toEqual(['checkpoint.stale 4'])
    expect(look()).toEqual([])
  })

  it('A31: sees blocks withheld that a checkpoint has, and not while blocks still come', () => {
    const comparison = { ...CALM.comparison, missing: MISSING }
    for (const state of ['following', 'starving', 'unreachable', 'refusing'] as const) {
      const look = world()
      expect(look({ comparison, follower: { state } })).toEqual(['data.withheld 4'])
      expect(look()).toEqual([])
    }
    expect(world()({ comparison, follower: { state: 'syncing' } })).toEqual([])
  })

  it('A31: says which transaction of Ethereum has published what is withheld, in blob mode', () => {
    const graces = { none: 0n, data: 0n, node: 0n, provider: 0n, submission: 0n, stall: 0n }
    for (const [lastNonDA, blobsOf] of [
      [4n, undefined],
      [3n, ZERO_HASH],
      [0n, ZERO_HASH],
    ] as const) {
      const alarms = new AlarmBook({ now: () => 0, graces })
      const comparison = { ...CALM.comparison, missing: { ...MISSING, lastNonDA } }
      judgeChain({ alarms, ...CALM, comparison })
      expect(alarms.standing()[0]!.details.blobsOf).toBe(blobsOf)
    }
  })

  it.each([
    ['a checkpoint that is closed', { checkpoint: 5n, txCount: 0 }],
    ['payments', { checkpoint: 4n, txCount: 1 }],
  ])('sees that %s did not reach Ethereum', (_, tip) => {
    const look = world()
    expect(look({ tip })).toEqual(['submission.stalled after 3'])
    expect(look()).toEqual([])
  })

  it('a checkpoint that it has not read yet may be there: nothing is seen, and nothing taken back', () => {
    const behind = { caughtUp: false, tip: { checkpoint: 900n, txCount: 5 } }
    expect(world()(behind)).toEqual([])
    const look = world()
    look({ tip: behind.tip })
    expect(look(behind)).toEqual(['submission.stalled after 3'])
    expect(look({ ...behind, lastCheckpoint: { number: 4n } as StoredCheckpoint })).toEqual([])
  })
})
