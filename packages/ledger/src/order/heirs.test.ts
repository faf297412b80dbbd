import { fromHex, type OutputId, toHex } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { fastKeccak256 } from '../keccak.ts'
import { NO_LOCKED_OUTPUTS } from '../locks.ts'
import type { LockedOutputs } from '../types.ts'
import { Heirs, NOBODY } from './heirs.ts'
import { exchangeOf } from './market.fixture.ts'

/** Ids are hashes, and stand in tables by their first bytes. */
const id = (i: number) => toHex(fastKeccak256(Uint8Array.of(i >> 16, i >> 8, i))) as OutputId

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
    expect(heirs.settled(locks, exchangeOf()).length).toBe(32 * 20_000)
    expect(locks.asked).toBe(20_001)
    const isLocked = heirs.lockedForAll(locks)
    for (let i = 20_000; i > 0; i--) expect(isLocked(id(i))).toBe(false)
    expect(locks.asked).toBe(2 * 20_001)
  })

  test('each is what it was when it entered, and the sum is that of those that stay', () => {
    const heirs = new Heirs()
    const [plain, gathered] = [
      { output: id(1), from: [id(0)], checkpoint: 7n, tier: 'safe' },
      { output: id(2), from: [id(3), id(1), id(4)], checkpoint: 8n, tier: 'bonded' },
    ] as const
    heirs.add(plain)
    const before = heirs.hash
    heirs.add(gathered)
    expect([...heirs.all()]).toEqual([plain, gathered])
    expect(heirs.hash).not.toEqual(before)
    const other = new Heirs()
    other.add(plain)
    other.add({ ...gathered, from: [id(3), id(1), id(5)] })
    expect(other.hash).not.toEqual(heirs.hash)
    heirs.removeAt(fromHex(id(2)), 0)
    expect([...heirs.all()]).toEqual([plain])
    expect(heirs.hash).toEqual(before)
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
    expect(toHex(heirs.settled(locksOf(id(50)), exchangeOf()))).not.toContain(id(50).slice(2))
  })
})
