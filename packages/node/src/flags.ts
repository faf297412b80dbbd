/**
 * V8 flags of a process that runs a node under load. The map workers keep every core busy, so helper threads of the
 * garbage collector only take time from them; and a young generation of 64 MiB lets the objects of a block die before
 * they are copied. Together about 15 % of the processor time per payment (docs/benchmarks.md, "Node").
 */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=64', '--single-threaded-gc']
