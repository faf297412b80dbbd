import { z } from 'zod'
import { nodeError } from '../../errors.ts'
import { decimal, hash, heightParam, method } from '../method.ts'

export const blockShape = z.object({
  height: decimal,
  time: decimal,
  appHash: hash,
  previousAppHash: hash,
  checkpoint: decimal,
  closes: z.boolean(),
  daMode: z.enum(['plasma', 'blob']).describe('How the data of its checkpoint reaches people'),
  origin: decimal,
  originHash: hash,
  inboxCursor: decimal,
  transactions: z.array(hash),
  deposits: z.array(decimal),
})

export const getBlock = method({
  name: 'omg_getBlock',
  summary:
    'A block with the hashes of its transactions. GET /blocks/:height serves the same block in binary.',
  params: z.strictObject({ height: heightParam.default('latest') }),
  result: blockShape,
  async handler({ blocks, ledger, store }, { height }) {
    const wanted = height === 'latest' ? ledger.tip.height : BigInt(height)
    const read = await blocks.block(wanted)
    if (!read) {
      if (store.lacks(wanted)) throw nodeError('request.pruned', `Block ${wanted} is not kept here.`)
      throw nodeError('request.not_found', `Block ${wanted} does not exist; the tip is ${ledger.tip.height}.`)
    }
    const { block } = read
    return {
      height: String(block.height),
      time: String(block.time),
      appHash: block.appHash,
      previousAppHash: block.previousAppHash,
      checkpoint: String(block.checkpoint),
      closes: block.closes,
      daMode: block.daMode,
      origin: String(block.origin),
      originHash: block.originHash,
      inboxCursor: String(block.inboxCursor),
      transactions: blocks.hashes(wanted),
      deposits: block.deposits.map(({ inboxIndex }) => String(inboxIndex)),
    }
  },
})
