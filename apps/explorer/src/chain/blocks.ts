import { useEffect, useState } from 'react'
import { useChain } from './context.ts'
import { type BlockHead, blockHeadFrom } from './read.ts'

/** Blocks that a page keeps: enough for the list and for the rate. */
const KEPT = 240n

/** The newest blocks, the last one first; they come by subscription and go on after a lost connection. */
export function useBlocks(): readonly BlockHead[] {
  const { node, status } = useChain()
  const [blocks, setBlocks] = useState<readonly BlockHead[]>([])
  const ready = status !== undefined
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height only says where to begin
  useEffect(() => {
    if (!status || !node.subscribe) return
    const from = status.height > KEPT ? status.height - KEPT : 1n
    return node.subscribe('blocks', from, {
      event(event) {
        const head = headOrNothing(event)
        if (head) setBlocks(known => [head, ...known].slice(0, Number(KEPT)))
      },
      error: error => console.warn(error.message),
    })
  }, [node, ready])
  return blocks
}

/** What cannot be read is said and left out: one bad event must not end the list. */
export function headOrNothing(event: unknown): BlockHead | undefined {
  try {
    return blockHeadFrom(event)
  } catch (error) {
    console.warn('the node sent a block that cannot be read', error)
    return undefined
  }
}

/** Transactions per second over the last minute of the chain, in tenths. */
export function rateInTenths(blocks: readonly BlockHead[]): bigint {
  const newest = blocks[0]
  if (!newest) return 0n
  const recent = blocks.filter(({ time }) => newest.time - time < 60n)
  const seconds = newest.time - recent.at(-1)!.time + 1n
  const count = recent.reduce((sum, { transactions }) => sum + transactions, 0)
  return (BigInt(count) * 10n) / seconds
}
