import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { installKeccak256 } from '@omg/protocol'
import { helpClear } from './clearing.round.ts'
import { fastKeccak256 } from './keccak.ts'
import { KnownKeys } from './known-keys.ts'
import type { Said, Task, WorkerData } from './map.pool.ts'
import { SignatureProgram } from './map.program.ts'
import { MapQueue } from './map.queue.ts'
import { NODE_BYTES, reduceShard } from './tree.ts'

/** A thread of the map pool: answers each task with buffers that it gives away, tasks of one kind in their order. */
const { domain, clearing, batches } = workerData as WorkerData
const queue = new MapQueue({
  ...{ domain, breathe: helpFirst },
  checks: batches && {
    knownKeys: new KnownKeys(batches.knownKeys),
    program: new SignatureProgram({
      path: batches.program,
      onTrouble: reason => say({ kind: 'trouble', reason }),
    }),
  },
  answer: (batch, counts) => {
    const transfer = [batch.codes.buffer, batch.offsets.buffer, batch.records.buffer] as ArrayBuffer[]
    say({ kind: 'map', answer: batch, counts }, transfer)
  },
})

// Rationing hashes the guards of a whole block of orders.
installKeccak256(fastKeccak256)
clearing.on('message', helpClear)

/** A block waits for its batches, and not for signatures: between two tasks they come first. */
function helpFirst(): void {
  for (let heard = receiveMessageOnPort(clearing); heard; heard = receiveMessageOnPort(clearing)) {
    helpClear(heard.message as SharedArrayBuffer)
  }
}

function say(said: Said, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(said, transfer)
}

function reduceShards(nodes: Uint8Array, starts: readonly number[]): Uint8Array<ArrayBuffer> {
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
  if (task.kind === 'map') return queue.map(task)
  const roots = reduceShards(task.nodes, task.starts)
  say({ kind: 'reduce', answer: roots }, [roots.buffer])
})
