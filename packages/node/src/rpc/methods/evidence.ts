import { encodeHeader, toHex } from '@omg/protocol'
import { z } from 'zod'
import type { TwoHeaders } from '../../application/two-headers.ts'
import { address, decimal, hex, method } from '../method.ts'

/** Blocks of one answer. */
const MAX_BLOCKS = 64
/** Pairs of headers of one answer: with as many commitments as there may be they have 33 kB each. */
const MAX_PAIRS = 64

export const getEvidence = method({
  name: 'omg_getEvidence',
  summary:
    'Evidence of double votes that blocks hold, the newest 64 blocks of them, as CometBFT prints it, and whether this node has brought it to Ethereum; and pairs of headers of one checkpoint that one key has signed.',
  params: z.strictObject({}),
  result: z.object({
    evidence: z.array(
      z.object({
        height: decimal.describe('The block that holds it'),
        relayed: z.boolean(),
        items: z.array(z.looseObject({})),
      }),
    ),
    twoHeaders: z
      .array(
        z.object({
          signer: address,
          checkpoint: decimal,
          headers: z.tuple([hex, hex]),
          signatures: z.tuple([hex, hex]).describe('One of each header, by the signer'),
        }),
      )
      .max(MAX_PAIRS)
      .describe('The newest pairs that this node knows, as Slashing.proveEquivocation takes them'),
  }),
  async handler(services) {
    const offences = services.offences()
    const evidence = []
    for (const { height, relayed } of offences?.known.slice(-MAX_BLOCKS) ?? []) {
      const items = (await offences!.evidenceAt(height)) as Record<string, unknown>[]
      evidence.push({ height: String(height), relayed, items: [...items] })
    }
    const pairs = services.twoHeaders.proven.slice(-MAX_PAIRS)
    return { evidence, twoHeaders: pairs.map(shownPair) }
  },
})

function shownPair({ signer, checkpoint, headers: [a, b], signatures: [c, d] }: TwoHeaders) {
  const headers: [string, string] = [toHex(encodeHeader(a)), toHex(encodeHeader(b))]
  const signatures: [string, string] = [c, d]
  return { signer, checkpoint: String(checkpoint), headers, signatures }
}
