import type { OutputId } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { NO_LOCKED_OUTPUTS } from '../locks.ts'
import type { LockedOutputs } from '../types.ts'
import { Heirs, NOBODY } from './heirs.ts'
import { exchangeOf } from './market.fixture.ts'

const id = (i: number) => `0x${i.toString(16).padStart(64, '0')}` as OutputId

/** Locks some outputs, and counts how often it is asked. */
function locksOf(...ids: OutputId[]): LockedOutputs & { asked: number } {
  const locks = {
    size: 1,
    asked: 0,
    blocks(output: Uint8Array) {
      locks.asked++
      return ids.includes(`0x${Buffer.from(output).toString('hex')}` as OutputId)
    },
  }
  return locks
}

/** 1 from 0, 2 from 1, and so on. */
function descent(length: number): Heirs {
  const heirs = new Heirs()
  for (let i = 1; i <= length; i++) {
    heirs.add({ output: id(i), from: [id(i - 1)], checkpoint: 1n, tier: 'bonded' })
  }
  return heirs
}

describe('descents of settled outputs', () => {
  test('A30: a long descent costs as much as it is long, in a checkpoint and in a block', () => {
    const heirs = descent(20_000)
    const locks = locksOf()
    expect(heirs.settled(locks, exchangeOf()).length).toBe(20_000)
    expect(locks.asked).toBe(20_001)
    const isLocked = heirs.lockedForAll(locks)
    for (let i = 20_000; i >= 0; i--) expect(isLocked(id(i))).toBe(false)
    expect(locks.asked).toBe(2 * 20_001)
  })

  test('one walk for all says what a walk for each says', () => {
    const heirs = descent(50)
    heirs.add({ output: id(60), from: [id(59), id(20)], checkpoint: 1n, tier: 'bonded' })
    heirs.add({ output: id(61), from: [id(58), id(59)], checkpoint: 1n, tier: 'bonded' })
    heirs.add({ output: id(62), from: [id(61), id(60), id(7)], checkpoint: 1n, tier: 'bonded' })
    const ids = Array.from({ length: 70 }, (_, i) => id(i))
    for (const locks of [
      NO_LOCKED_OUTPUTS,
      locksOf(),
      locksOf(id(20)),
      locksOf(id(58)),
      locksOf(id(40), id(62)),
    ]) {
      const isLocked = heirs.lockedForAll(locks)
      expect(ids.filter(isLocked)).toEqual(ids.filter(each => heirs.isLocked(each, locks, NOBODY)))
    }
    expect(heirs.settled(locksOf(id(50)), exchangeOf())).not.toContain(id(50))
  })
})
