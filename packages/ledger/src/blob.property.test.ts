import { concat, MAX_BLOB_BLOCKS, MAX_BLOB_SECONDS, MAX_SHARD_BLOB_BYTES, toHex } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BLOB_BYTES,
  decodeBlob,
  decodeBlobs,
  encodeBlob,
  encodeBlobs,
  type PublishedBlock,
  shardBodies,
} from './blob.ts'
import { alice, bob, coin, fund, GWEI, nextInputs, PARAMETERS, payment, recordOf } from './chain.fixture.ts'
import { ReferenceLedger } from './ledger.reference.ts'
import { Ledger } from './ledger.ts'
import { NO_LOCKED_OUTPUTS } from './locks.ts'
import type { Execution, StateTransition } from './types.ts'

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
const blocks = executions.map(({ block }) => block)
const bodies = shardBodies(blocks)
const [first, second] = encodeBlobs(blocks) as [Uint8Array, Uint8Array]

const codeOf = (blob: Uint8Array) => {
  const decoded = decodeBlob(blob)
  return decoded.ok ? 'decoded' : decoded.error.code
}

function decoded(blob: Uint8Array) {
  const value = decodeBlob(blob)
  if (!value.ok) throw value.error
  return value.value
}

const again = ({ body, table }: ReturnType<typeof decoded>) => encodeBlob(body, table)
const asBlobs = (rebuilt: readonly PublishedBlock[]) =>
  encodeBlobs(rebuilt.map(block => ({ ...block, deposits: Array(block.deposits).fill(blocks[0]) })))

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

  test('rebuild its blocks, with their times and deposits', () => {
    const rebuilt = decodeBlobs([first, second], blocks.length)
    if (!rebuilt.ok) throw rebuilt.error
    expect(rebuilt.value).toEqual(
      blocks.map(({ time, deposits, body, bounds }) => ({ time, deposits: deposits.length, body, bounds })),
    )
  })

  test('a checkpoint without transactions has one, for its table', () => {
    const empty = { time: 7n, deposits: [], body: new Uint8Array(0), bounds: new Uint32Array(0) }
    const blobs = encodeBlobs([empty, { ...empty, time: 9n }])
    expect(blobs).toHaveLength(1)
    const rebuilt = decodeBlobs(blobs, 2)
    expect(rebuilt.ok && rebuilt.value.map(({ time }) => time)).toEqual([7n, 9n])
    expect(shardBodies([])).toEqual([])
  })

  test('tell of so many blocks, so far apart, and no more', () => {
    const at = (time: bigint) => ({ time, deposits: [], body: new Uint8Array(0), bounds: new Uint32Array(0) })
    const most = Array.from({ length: MAX_BLOB_BLOCKS }, (_, i) => at(BigInt(i)))
    expect(decodeBlobs(encodeBlobs(most), MAX_BLOB_BLOCKS).ok).toBe(true)
    expect(() => encodeBlobs([...most, at(1_000n)])).toThrow('384 blocks')
    expect(decodeBlobs(encodeBlobs([at(1n), at(1n + MAX_BLOB_SECONDS)]), 2).ok).toBe(true)
    expect(() => encodeBlobs([at(1n), at(2n + MAX_BLOB_SECONDS)])).toThrow('65536 seconds')
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

  test('a field element with more than six bits in its first byte', () => {
    expect(codeOf(changed(first, 0, 64))).toBe('encoding.range')
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
        if (decoded.ok) expect(Buffer.compare(again(decoded.value), wrong)).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('arbitrary bytes never throw', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 400 })
    fc.assert(
      fc.property(bytes, bytes, fc.integer({ min: -1, max: 400 }), (body, table, count) => {
        const blob = encodeBlob(body, table)
        const decoded = decodeBlob(blob)
        if (decoded.ok) expect(Buffer.compare(again(decoded.value), blob)).toBe(0)
        const rebuilt = decodeBlobs([blob], count)
        if (rebuilt.ok) expect(Buffer.compare(asBlobs(rebuilt.value)[0]!, blob)).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})

describe('a table that is not that of the blocks (A24)', () => {
  const codeOfAll = (blobs: readonly Uint8Array[], count = blocks.length) => {
    const rebuilt = decodeBlobs(blobs, count)
    return rebuilt.ok ? 'decoded' : rebuilt.error.code
  }

  test('none, one of more blocks or fewer, blobs that are missing or too many', () => {
    expect(codeOfAll([first, second])).toBe('decoded')
    expect(codeOfAll([first, encodeBlob(bodies[1]!)])).toBe('encoding.trailing')
    expect(codeOfAll([first, second], 1)).toBe('encoding.trailing')
    expect(codeOfAll([first, second], 3)).toBe('decoded')
    expect(codeOfAll([first, second], 0)).toBe('encoding.range')
    expect(codeOfAll([first, second], MAX_BLOB_BLOCKS + 1)).toBe('encoding.range')
    expect(codeOfAll([])).toBe('encoding.truncated')
    expect(codeOfAll([second])).toBe('encoding.truncated')
    expect(codeOfAll([second, first])).toBe('encoding.trailing')
    expect(codeOfAll([first, first, first, first, first, first, second])).toBe('encoding.range')
    expect(codeOfAll([first, encodeBlob(new Uint8Array(0), decoded(second).table)])).toBe(
      'encoding.truncated',
    )
  })

  test('any bits of it changed: refused, or the encoding of other blocks', () => {
    fc.assert(
      fc.property(fc.nat(99), fc.integer({ min: 1, max: 63 }), (element, mask) => {
        const wrong = [first, changed(second, 32 * element, second[32 * element]! ^ mask)]
        const rebuilt = decodeBlobs(wrong, blocks.length)
        if (rebuilt.ok) expect(asBlobs(rebuilt.value).map(toHex)).toEqual(wrong.map(toHex))
      }),
      { numRuns: 100 },
    )
  })
})

test.each([
  ['Ledger', () => new Ledger(PARAMETERS)],
  ['ReferenceLedger', () => new ReferenceLedger(PARAMETERS)],
])('%s closes a checkpoint before its blobs could not tell of another block', (_, create) => {
  const ledger: StateTransition = create()
  const next = () => ledger.assembleBlock([], nextInputs(ledger, { daMode: 'blob', time: ledger.tip.time }))
  const empty = {
    count: 0,
    codes: new Uint16Array(0),
    offsets: new Uint32Array(1),
    records: new Uint8Array(0),
  }
  for (let height = 1; height < MAX_BLOB_BLOCKS; height++) {
    expect(ledger.applyBlock(next().execution)).toBeUndefined()
  }
  const last = next().execution
  expect(last.block.closes).toBe(true)
  const open = ledger.executeBlock({ ...last.block, closes: false }, empty, NO_LOCKED_OUTPUTS)
  expect(open).toMatchObject({ ok: false, error: { code: 'block.header' } })
  const late = { ...last.block, time: last.block.time + MAX_BLOB_SECONDS + 1n }
  const refused = ledger.executeBlock(late, empty, NO_LOCKED_OUTPUTS)
  expect(refused).toMatchObject({ ok: false, error: { code: 'block.header' } })
  expect(ledger.applyBlock(last)).toMatchObject({ lastHeight: BigInt(MAX_BLOB_BLOCKS), daMode: 'blob' })
})
