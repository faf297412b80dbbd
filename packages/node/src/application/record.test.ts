import { type Block, encodeBlock } from '@omg/ledger'
import { type Hash, ZERO_HASH } from '@omg/protocol'
import { expect, test } from 'vitest'
import { type BlockRecord, blockBytes, decodeRecord, encodeRecord, type Seal } from './record.ts'

const block: Block = {
  ...{ height: 9n, time: 1_000n, checkpoint: 3n, closes: false, daMode: 'plasma' },
  ...{ origin: 50n, originHash: ZERO_HASH, originTime: 900n, inboxCursor: 0n, deposits: [] },
  ...{ previousAppHash: ZERO_HASH, appHash: ZERO_HASH },
  ...{ body: new Uint8Array(0), bounds: new Uint32Array(0) },
}
const seal: Seal = { checkpoint: 7n, validator: `0x${'22'.repeat(20)}`, signature: `0x${'33'.repeat(65)}` }
const upgrades = `0x${'44'.repeat(32)}` as Hash

const RECORDS: Record<string, { record: BlockRecord; version: number }> = {
  plain: { record: { block, seals: [seal] }, version: 1 },
  'after an upgrade': { record: { block, seals: [seal, seal], upgrades }, version: 2 },
  'one that renews': { record: { block, seals: [], renews: 2n ** 64n - 1n }, version: 3 },
  'one that renews after an upgrade': { record: { block, seals: [seal], upgrades, renews: 1n }, version: 4 },
}

test.each(Object.entries(RECORDS))(
  'a record is read back whole, and no part of it is one: %s',
  (_, { record, version }) => {
    const bytes = encodeRecord(record)
    expect(bytes[0]).toBe(version)
    const back = decodeRecord(bytes)
    expect(back.ok && encodeRecord(back.value)).toEqual(bytes)
    expect(back.ok && { ...back.value, block: undefined }).toEqual({ ...record, block: undefined })
    expect(blockBytes(bytes)).toEqual(Buffer.from(encodeBlock(block)))
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeRecord(bytes.subarray(0, length)).ok).toBe(false)
    }
  },
)

test('other versions are none', () => {
  const bytes = encodeRecord({ block, seals: [] })
  for (const version of [0, 5, 255]) {
    bytes[0] = version
    expect(decodeRecord(bytes)).toMatchObject({ ok: false, error: { code: 'encoding.kind' } })
  }
})
