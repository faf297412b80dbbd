import { z } from 'zod'
import { decimal, method } from '../method.ts'

export const getEvidence = method({
  name: 'omg_getEvidence',
  summary:
    'Evidence of double votes that blocks hold, the newest 64 blocks of them, as CometBFT prints it, and whether this node has brought it to Ethereum.',
  params: z.strictObject({}),
  result: z.object({
    evidence: z.array(
      z.object({
        height: decimal.describe('The block that holds it'),
        relayed: z.boolean(),
        items: z.array(z.looseObject({})),
      }),
    ),
  }),
  async handler(services) {
    const offences = services.offences()
    const evidence = []
    for (const { height, relayed } of offences?.known.slice(-MAX_BLOCKS) ?? []) {
      const items = (await offences!.evidenceAt(height)) as Record<string, unknown>[]
      evidence.push({ height: String(height), relayed, items: [...items] })
    }
    return { evidence }
  },
})

/** Blocks of one answer. */
const MAX_BLOCKS = 64
