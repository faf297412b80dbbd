import { type Batch, type Case, clearBatch } from '@omg/exchange'
import type { Hash } from '@omg/protocol'
import type { RunningNode } from '../../packages/node/src/node.ts'

/** What a proposer may say of a batch that is well formed in itself: another price, an order less, other shares of a rationed level. */
export const LIES = ['price', 'skip', 'rationing'] as const
export type Lie = (typeof LIES)[number]

/** Application hashes that are tried for one that rations otherwise: each does with one chance in two. */
const SHUFFLES = 32

/** A lie that was told: the fields of a line of the log. */
export interface ToldLie {
  readonly lie: Lie
  /** Of the block. */
  readonly height: string
}

/**
 * Lets a node clear its own proposals by another truth, each lie in turn where the book allows it: settlements, roots and app hash of the
 * block follow from it as they would from the right one. What others propose it clears as everybody does.
 */
export function lieAboutBatches(
  { application, services: { pool } }: RunningNode,
  tell: (told: ToldLie) => void,
): void {
  const prepare = application.prepareProposal.bind(application)
  const clear = pool.clear.bind(pool)
  let turn = 0
  let height: bigint | undefined
  application.prepareProposal = async request => {
    height = request.height
    try {
      return await prepare(request)
    } finally {
      height = undefined
    }
  }
  pool.clear = cases => {
    const batches = clear(cases)
    if (height === undefined) return batches
    const proposed = String(height)
    return batches.map((batch, i) => {
      const lie = LIES[turn % LIES.length]!
      const other = TOLD[lie](cases[i]!, batch)
      if (!other) return batch
      turn++
      tell({ lie, height: proposed })
      return other
    })
  }
}

/** The batch of a book under a lie; undefined where it would be the true one. */
const TOLD: Record<Lie, (one: Case, batch: Batch) => Batch | undefined> = {
  price({ book, context }, { price, interval }) {
    if (price === undefined || interval === undefined) return undefined
    const lastPrice = price === interval.low ? interval.high : interval.low
    const other = clearBatch(book, { ...context, lastPrice })
    return other.price === price ? undefined : other
  },
  skip({ book, context }, { buys }) {
    const skipped = buys[0]?.order
    if (skipped === undefined) return undefined
    const unspendable = {
      has: (order: typeof skipped) => order === skipped || context.unspendable.has(order),
    }
    return clearBatch(book, { ...context, unspendable })
  },
  rationing({ book, context }, batch) {
    for (let i = 1; i <= SHUFFLES && batch.rationing !== undefined; i++) {
      const previousAppHash = `0x${i.toString(16).padStart(64, '0')}` as Hash
      const other = clearBatch(book, { ...context, previousAppHash })
      if (fillsOf(other) !== fillsOf(batch)) return other
    }
    return undefined
  },
}

function fillsOf({ buys, sells }: Batch): string {
  return [...buys, ...sells].map(({ order, lots }) => `${order}:${lots}`).join()
}
