import { expect, test } from 'vitest'
import { BatchTrust, MOST_TOGETHER } from './batch-trust.ts'

const SIGNATURES = 1_000_000

/** Asks as a worker does about signatures of which each part of 64 has a bad one from `bad` on. Returns how many were in vain. */
function attack(trust: BatchTrust, signatures: number): number {
  let vain = 0
  for (let left = signatures; left > 0; ) {
    const count = Math.min(left, trust.together)
    if (trust.isGiven) {
      trust.asked(count, count)
      vain += count
    } else trust.recovered(count)
    left -= count
  }
  return vain
}

test('whoever sends nothing but bad signatures makes few of them be checked in vain', () => {
  const trust = new BatchTrust()
  expect(attack(trust, SIGNATURES)).toBeLessThan(6_000 + SIGNATURES / 16)
  // And it is over when it is over.
  trust.recovered(64 * 64)
  expect(trust.isGiven).toBe(true)
})

test('what was lost is at most what was saved, and a constant', () => {
  const trust = new BatchTrust()
  let [held, vain] = [0, 0]
  for (let round = 0; round < 2_000; round++) {
    if (!trust.isGiven) trust.recovered(64)
    else if (round % 2 === 0) {
      held += trust.together
      trust.asked(trust.together, 0)
    } else {
      vain += trust.together
      trust.asked(trust.together, trust.together)
    }
  }
  expect(2 * vain).toBeLessThan(held + 64 * 2_000 + 3 * 4_096)
})

test('batches are small after a bad one, and grow again', () => {
  const trust = new BatchTrust()
  expect(trust.together).toBe(MOST_TOGETHER)
  trust.asked(MOST_TOGETHER, 64)
  expect(trust.together).toBe(64)
  for (let i = 0; i < 10; i++) trust.asked(64, 0)
  expect(trust.together).toBe(MOST_TOGETHER)
})
