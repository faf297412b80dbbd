import { concat, MAX_SHARD_BLOB_BYTES } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BLOB_BYTES, decodeBlob, encodeBlob, shardBodies } from './blob.ts'
import { alice, bob, coin, fund, GWEI, nextInputs, PARAMETERS, payment, recordOf } from './chain.fixture.ts'
import { Ledger } from './ledger.ts'
import type { Execution } from './types.ts'

/** A checkpoint of two blocks with more payments than one blob holds. */
function checkpoint(count: number): Execution[] {
  const ledger = new Ledger(PARAMETERS)
  const ids = fund(
    ledger,
    Array.from({ length: count }, () => coin(alice, 10n ** 18n)),
  )
  const records = ids.map(id => {
    const outputs = [coin(bob, 10n ** 17n), coin(alice, 9n * 10n ** 17n - 10n * GWEI)]
    return recordOf(payment([alice], [id], outputs).signed)
  })
  const half = Math.ceil(count / 2)
  return [records.slice(0, half), records.slice(half)].map((part, i) => {
    const { execution } = ledger.assembleBlock(part, nextInputs(ledger, { closes: i === 1 }))
    ledger.applyBlock(execution)
    return execution
  })
}

const executions = checkpoint(500)
const bodies = shardBodies(executions.map(({ block }) => block))
const [first, second] = bodies.map(encodeBlob) as [Uint8Array, Uint8Array]

const codeOf = (blob: Uint8Array) => {
  const decoded = decodeBlob(blob)
  return decoded.ok ? 'decoded' : decoded.error.code
}

function changed(blob: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(blob)
  copy[at] = value
  return copy
}

/** Where byte `at` of a shard stands in its blob. */
const placeOf = (at: number) => 32 * Math.floor(at / 31) + 1 + (at % 31)

describe('blobs of a checkpoint', () => {
  test('one for each shard that has leaves, with as many transactions', () => {
    const paths = executions.flatMap(({ leaves }) => [...leaves.paths])
    expect(bodies).toHaveLength(2)
    for (const [shard, blob] of [first, second].entries()) {
      const decoded = decodeBlob(blob)
      if (!decoded.ok) throw decoded.error
      expect(decoded.value.bounds.length / 2).toBe(paths.filter(path => path >>> 16 === shard).length)
      expect(Buffer.compare(decoded.value.body, bodies[shard]!)).toBe(0)
    }
  })

  test('rebuild the bodies of its blocks', () => {
    const whole = concat(...executions.map(({ block }) => block.body))
    const rebuilt = [first, second].map(blob => {
      const decoded = decodeBlob(blob)
      if (!decoded.ok) throw decoded.error
      return decoded.value.body
    })
    expect(Buffer.compare(concat(...rebuilt), whole)).toBe(0)
  })

  test('a checkpoint without transactions has none', () => {
    expect(shardBodies([])).toEqual([])
    expect(codeOf(new Uint8Array(BLOB_BYTES))).toBe('encoding.truncated')
  })

  test('a shard of more bytes than a blob holds is refused', () => {
    expect(() => encodeBlob(new Uint8Array(MAX_SHARD_BLOB_BYTES + 1))).toThrow('bytes in a shard')
  })
})

describe('a blob that is not a shard (A24)', () => {
  test('too short, too long', () => {
    expect(codeOf(first.subarray(1))).toBe('encoding.truncated')
    expect(codeOf(concat(first, Uint8Array.of(0)))).toBe('encoding.trailing')
  })

  test('a field element with a 32nd byte', () => {
    expect(codeOf(changed(first, 0, 1))).toBe('encoding.range')
    expect(codeOf(changed(first, BLOB_BYTES - 32, 255))).toBe('encoding.range')
  })

  test('anything behind the last transaction', () => {
    const end = bodies[1]!.length
    expect(codeOf(changed(second, placeOf(end + 3), 1))).toBe('encoding.trailing')
    expect(codeOf(changed(second, BLOB_BYTES - 1, 1))).toBe('encoding.trailing')
    // Where the next length would stand, it is one, of a transaction that does not exist.
    expect(codeOf(changed(second, placeOf(end + 2), 1))).toBe('encoding.kind')
    expect(codeOf(changed(second, placeOf(end), 255))).toBe('encoding.truncated')
  })

  test('a transaction of a kind that is no leaf', () => {
    expect(codeOf(changed(first, placeOf(3), 99))).toBe('encoding.kind')
  })

  test('one byte changed: refused, or the encoding of something else', () => {
    fc.assert(
      fc.property(fc.nat(BLOB_BYTES - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const wrong = changed(second, at, second[at]! ^ mask)
        const decoded = decodeBlob(wrong)
        if (decoded.ok) expect(Buffer.compare(encodeBlob(decoded.value.body), wrong)).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('arbitrary bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), bytes => {
        const blob = encodeBlob(bytes)
        const decoded = decodeBlob(blob)
        if (decoded.ok) expect(Buffer.compare(encodeBlob(decoded.value.body), blob)).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})
