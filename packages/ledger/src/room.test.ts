import { MAX_SHARD_BLOB_BYTES } from '@omg/protocol'
import { expect, test } from 'vitest'
import { MAX_LIVE_ORDERS } from './order/batch.ts'
import { batchBytesAtMost, batchRoom, checkpointRoom } from './room.ts'

test('the batches of as many orders as may live fit an empty checkpoint', () => {
  expect(batchBytesAtMost(0)).toBe(0)
  expect(batchBytesAtMost(MAX_LIVE_ORDERS)).toBeLessThan(checkpointRoom(0, 'plasma'))
})

test('a checkpoint loses room shard by shard, and keeps one shard for publication', () => {
  expect(checkpointRoom(0xff_ff, 'plasma')).toBe(checkpointRoom(0, 'plasma'))
  expect(checkpointRoom(0, 'plasma')).toBeLessThan(254 * MAX_SHARD_BLOB_BYTES)
  expect(checkpointRoom(0xfe_0000, 'plasma')).toBe(0)
  expect(checkpointRoom(0xff_0000, 'plasma')).toBeLessThan(0)
})

test('six blobs are all the room of a checkpoint in blob mode, of which batches get half', () => {
  expect(checkpointRoom(0, 'blob')).toBeLessThan(5 * MAX_SHARD_BLOB_BYTES)
  expect(checkpointRoom(0x5_0000, 'blob')).toBe(0)
  expect(batchRoom(10, 'blob')).toBe(batchBytesAtMost(10))
  expect(batchRoom(MAX_LIVE_ORDERS, 'blob')).toBe(Math.floor(checkpointRoom(0, 'blob') / 2))
})
