import { parentPort, workerData } from 'node:worker_threads'
import type { Answer, Task } from './map.pool.ts'
import { createMapper } from './map.ts'
import { NODE_BYTES, reduceShard } from './tree.ts'

/** A thread of the map pool: answers each task with buffers that it gives away. */
const map = createMapper(workerData.domain)

function reduceShards(nodes: Uint8Array, starts: readonly number[]): Uint8Array {
  const roots = new Uint8Array((starts.length - 1) * NODE_BYTES)
  for (let s = 0; s + 1 < starts.length; s++) {
    roots.set(
      reduceShard(nodes.subarray(starts[s]! * NODE_BYTES, starts[s + 1]! * NODE_BYTES)),
      s * NODE_BYTES,
    )
  }
  return roots
}

parentPort!.on('message', (task: Task) => {
  if (task.kind === 'reduce') {
    const roots: Answer = reduceShards(task.nodes, task.starts)
    parentPort!.postMessage(roots, [roots.buffer as ArrayBuffer])
    return
  }
  const batch = map(task.bytes, task.bounds)
  const transfer = [batch.codes.buffer, batch.offsets.buffer, batch.records.buffer] as ArrayBuffer[]
  parentPort!.postMessage(batch, transfer)
})
