import { MAX_SHARD_BLOB_BYTES } from '@omg/protocol'
import { expect, test } from 'vitest'
import { MAX_LIVE_ORDERS } from './order/batch.ts'
import { batchBytesAtMost, checkpointRoom } from './room.ts'

test('the batches of as many orders as may live fit an empty checkpoint', () => {
  expect(batchBytesAtMost(0)).toBe(0)
  expect(batchBytesAtMost(MAX_LIVE_ORDERS)).toBeLessThan(checkpointRoom(0))
})

test('a checkpoint loses room shard by shard, and keeps one shard for publication', () => {
  expect(checkpointRoom(0xff_ff)).toBe(checkpointRoom(0))
  expect(checkpointRoom(0)).toBeLessThan(254 * MAX_SHARD_BLOB_BYTES)
  expect(checkpointRoom(0xfe_0000)).toBe(0)
  expect(checkpointRoom(0xff_0000)).toBeLessThan(0)
})
