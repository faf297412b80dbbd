/**
 * V8 flags of a process that runs a node under load. The map workers keep every core busy, so helper threads of the
 * garbage collector only take time from them; a young generation of 64 MiB lets the objects of a block die before
 * they are copied; and buffers count in the limit of the whole heap, where by default every 64 MiB of them, a few blocks, start a
 * collection of everything. Figures, and the memory that the last one takes: docs/benchmarks.md, "Node".
 */
export const NODE_FLAGS: readonly string[] = [
  '--max-semi-space-size=64',
  '--single-threaded-gc',
  '--external-memory-accounted-in-global-limit',
]
