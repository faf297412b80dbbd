import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { installKeccak256 } from '@omg/protocol'
import { helpClear } from './clearing.round.ts'
import { fastKeccak256 } from './keccak.ts'
import type { Answer, Task } from './map.pool.ts'
import { createMapper } from './map.ts'
import { NODE_BYTES, reduceShard } from './tree.ts'

/** A thread of the map pool: answers each task with buffers that it gives away. */
const map = createMapper(workerData.domain)
const clearing = workerData.clearing as MessagePort

// Rationing hashes the guards of a whole block of orders.
installKeccak256(fastKeccak256)
clearing.on('message', helpClear)

/** A block waits for its batches, and not for signatures: between two tasks they come first. */
function helpFirst(): void {
  for (let heard = receiveMessageOnPort(clearing); heard; heard = receiveMessageOnPort(clearing)) {
    helpClear(heard.message as SharedArrayBuffer)
  }
}

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
  helpFirst()
  if (task.kind === 'reduce') {
    const roots: Answer = reduceShards(task.nodes, task.starts)
    parentPort!.postMessage(roots, [roots.buffer as ArrayBuffer])
    return
  }
  const batch = map(task.bytes, task.bounds)
  const transfer = [batch.codes.buffer, batch.offsets.buffer, batch.records.buffer] as ArrayBuffer[]
  parentPort!.postMessage(batch, transfer)
})
