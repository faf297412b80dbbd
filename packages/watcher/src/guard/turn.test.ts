import { address, type Hex } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SAFETY_DIVISOR, TURNS, turnAt, turnOf } from './turn.ts'

const watcher = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map(bytes => address(`0x${Buffer.from(bytes).toString('hex')}`))
const subject = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map(bytes => `0x${Buffer.from(bytes).toString('hex')}` as Hex)
const time = fc.bigInt({ min: 0n, max: 1n << 40n })

describe('turnAt', () => {
  it('comes at the claim at the earliest, and before the last quarter of the period', () => {
    fc.assert(
      fc.property(
        watcher,
        subject,
        time,
        time,
        fc.bigInt({ min: 0n, max: 10_000n }),
        (who, what, openedAt, length, turnSeconds) => {
          const deadline = openedAt + length
          const at = turnAt({ watcher: who, subject: what, openedAt, deadline, turnSeconds })
          expect(at).toBeGreaterThanOrEqual(openedAt)
          expect(at).toBeLessThanOrEqual(deadline - length / SAFETY_DIVISOR)
        },
      ),
    )
  })

  it('comes at once when the period is over already', () => {
    const parameters = { watcher: address(`0x${'11'.repeat(20)}`), subject: '0x22' as Hex, turnSeconds: 24n }
    expect(turnAt({ ...parameters, openedAt: 100n, deadline: 50n })).toBe(100n)
  })

  it('gives each claim another order among the same watchers', () => {
    const who = address(`0x${'11'.repeat(20)}`)
    const turns = new Set(
      Array.from({ length: 64 }, (_, i) => turnOf(who, `0x${i.toString(16).padStart(64, '0')}`)),
    )
    expect(turns.size).toBeGreaterThan(4)
    for (const turn of turns) expect(turn).toBeLessThan(TURNS)
  })
})
