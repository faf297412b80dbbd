import { MAX_SHARD_BLOB_BYTES } from '@omg/protocol'
import { expect, test } from 'vitest'
import { MAX_LIVE_ORDERS, MAX_RELEASES } from './order/batch.ts'
import { batchBytesAtMost, batchRoom, checkpointRoom } from './room.ts'

test('the batches of as many orders as may live fit an empty checkpoint, should all of them trade', () => {
  expect(batchBytesAtMost({ settled: 0, live: 0 })).toBe(0)
  const all = { settled: MAX_LIVE_ORDERS, live: MAX_LIVE_ORDERS }
  expect(batchBytesAtMost(all)).toBeLessThan(checkpointRoom(0, 'plasma'))
})

test('a hundred thousand orders that rest leave nearly all of a checkpoint to others', () => {
  const resting = { settled: 0, live: MAX_LIVE_ORDERS }
  expect(batchBytesAtMost(resting)).toBe(batchBytesAtMost({ settled: 0, live: MAX_RELEASES }))
  expect(batchBytesAtMost(resting)).toBeLessThan(checkpointRoom(0, 'plasma') / 15)
  // What goes back fits half of the blobs, and instructions the other half.
  expect(batchRoom(resting, 'blob')).toBeLessThanOrEqual(checkpointRoom(0, 'blob') / 2)
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
  expect(batchRoom({ settled: 10, live: 10 }, 'blob')).toBe(batchBytesAtMost({ settled: 10, live: 10 }))
  expect(batchRoom({ settled: MAX_LIVE_ORDERS, live: MAX_LIVE_ORDERS }, 'blob')).toBe(
    Math.floor(checkpointRoom(0, 'blob') / 2),
  )
})
