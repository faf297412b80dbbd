import { setFlagsFromString } from 'node:v8'

/**
 * V8 flags of a process that runs a node under load: a young generation of 64 MiB lets the objects of a block die before
 * they are copied, and buffers count in the limit of the whole heap, where by default every 64 MiB of them, a few blocks, start a
 * collection of everything. Figures, and the memory that the last one takes: docs/benchmarks.md, "Node".
 */
export const NODE_FLAGS: readonly string[] = [
  '--max-semi-space-size=64',
  '--external-memory-accounted-in-global-limit',
]

/**
 * Sets them in the running process, for programs that nobody started with them. To be called first thing. V8 has laid out its young generation by
 * then; on Node 24 that has these 64 MiB by itself.
 */
export function setNodeFlags(): void {
  for (const flag of NODE_FLAGS) setFlagsFromString(flag)
}
