import { concat, hash } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBlock, encodeBlock, inputPositionsOf, MAX_BLOCK_BYTES } from './block.ts'
import {
  alice,
  bob,
  coin,
  deposits,
  fund,
  GWEI,
  nextInputs,
  PARAMETERS,
  payment,
  recordOf,
} from './chain.fixture.ts'
import { Ledger } from './ledger.ts'

const ledger = new Ledger(PARAMETERS)
const ids = fund(ledger, [coin(alice, 10n ** 18n), coin(bob, 10n ** 18n)])
const one = payment([alice], [ids[0]!], [coin(bob, 10n ** 18n - 10n * GWEI)])
const two = payment(
  [alice, bob],
  [...one.ids.slice(0, 0), ids[0]!, ids[1]!],
  [coin(bob, 2n * 10n ** 18n - 20n * GWEI)],
)
const inputs = { closes: true, deposits: deposits([coin(alice, 5n), coin(bob, 6n)], 2) }
const { block } = ledger.assembleBlock([recordOf(two.signed)], nextInputs(ledger, inputs)).execution
const bytes = encodeBlock(block)

const codeOf = (wrong: Uint8Array) => {
  const decoded = decodeBlock(wrong)
  return decoded.ok ? 'decoded' : decoded.error.code
}

describe('the block record', () => {
  test('decodes to what was encoded', () => {
    const decoded = decodeBlock(bytes)
    expect(decoded).toEqual({ ok: true, value: { ...block, body: expect.anything() } })
    expect(decoded.ok && Buffer.compare(decoded.value.body, block.body)).toBe(0)
    const positions = inputPositionsOf(block, 0)
    // The two deposits of checkpoint 0: sequences 1 and 2.
    expect([...positions]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0])
  })

  test('of every length is refused unless whole', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(codeOf(bytes.subarray(0, length))).toBe('encoding.truncated')
    expect(codeOf(concat(bytes, Uint8Array.of(0)))).toBe('encoding.trailing')
    expect(codeOf(new Uint8Array(MAX_BLOCK_BYTES + 1))).toBe('encoding.too_long')
  })

  test('with any byte changed is refused, or is another block with those bytes', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, by) => {
        const wrong = Uint8Array.from(bytes, (byte, i) => (i === place ? byte ^ by : byte))
        const decoded = decodeBlock(wrong)
        if (decoded.ok) expect(Buffer.compare(encodeBlock(decoded.value), wrong)).toBe(0)
        else expect(decoded.error.code).toMatch(/^(encoding|output)\./)
      }),
      { numRuns: 400 },
    )
  })

  test('never throws on bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), wrong => void decodeBlock(wrong)))
    const huge = bytes.slice()
    huge.fill(0xff, 1 + 8 * 4 + 32 + 16 + 1 + 64, 1 + 8 * 4 + 32 + 16 + 1 + 72)
    expect(codeOf(huge)).toMatch(/^encoding\./)
  })

  test('of another version, or with another flag, is refused', () => {
    expect(codeOf(Uint8Array.from(bytes, (byte, i) => (i === 0 ? 2 : byte)))).toBe('encoding.kind')
    const flag = 1 + 8 * 4 + 32 + 8 + 8
    expect(codeOf(Uint8Array.from(bytes, (byte, i) => (i === flag ? 4 : byte)))).toBe('encoding.kind')
    expect(codeOf(Uint8Array.from(bytes, (byte, i) => (i === flag ? 3 : byte)))).toBe('decoded')
  })

  test('commits to everything: another header is another app hash', () => {
    const other = { originHash: hash(`0x${'77'.repeat(32)}`), origin: 11n }
    const fresh = new Ledger(PARAMETERS)
    fund(fresh, [coin(alice, 10n ** 18n), coin(bob, 10n ** 18n)])
    fresh.applyBlock(fresh.assembleBlock([], nextInputs(fresh, { closes: true })).execution)
    const hashes = [
      {},
      { time: 99n },
      { closes: true },
      { daMode: 'blob' as const },
      other,
      { ...other, originTime: 5000n },
    ].map(changes => fresh.assembleBlock([], nextInputs(fresh, changes)).execution.block.appHash)
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})
