import type { Hash } from '@omg/protocol'
import { z } from 'zod'
import { decimal, hash, hashParam, method } from '../method.ts'
import { errorShape } from './transactions.ts'

export const getInstruction = method({
  name: 'omg_getInstruction',
  summary:
    'Where a signed instruction stands: pending, included in a block (with the hash of the transaction that it became), committed on Ethereum, rejected, or unknown.',
  params: z.strictObject({ hash: hashParam }),
  result: z.object({
    status: z.enum(['pending', 'included', 'committed', 'rejected', 'unknown']),
    txHash: hash.nullable(),
    height: decimal.nullable(),
    error: errorShape.nullable(),
  }),
  async handler({ mempool, instructions, blocks, store }, { hash: instruction }) {
    const nothing = { txHash: null, height: null, error: null }
    if (mempool.instruction(instruction as Hash)) return { status: 'pending' as const, ...nothing }
    const place = await instructions.find(instruction as Hash)
    if (place) {
      const { height, index } = place
      const accepted = store.checkpoint(BigInt(store.block(height)!.checkpoint))?.accepted
      const status = accepted ? ('committed' as const) : ('included' as const)
      return { status, txHash: blocks.hashes(height)[index]!, height: String(height), error: null }
    }
    const error = mempool.rejections.get(instruction as Hash)
    if (!error) return { status: 'unknown' as const, ...nothing }
    return { status: 'rejected' as const, ...nothing, error: error.toJSON() }
  },
})
