import type { Address, Hash } from '@omg/protocol'
import { z } from 'zod'
import { nodeError } from '../../errors.ts'
import { makerOf } from '../../reader/outputs.ts'
import { describeListed, listedOutputShape } from '../describe.ts'
import { address, addressParam, decimal, hashParam, method } from '../method.ts'

/** Most outputs of one page. */
export const MAX_PAGE_OUTPUTS = 200

export const getOutputs = method({
  name: 'omg_getOutputs',
  summary: 'Unspent outputs of an owner, paged: pass the cursor of one page to get the next; null ends.',
  params: z.strictObject({
    owner: addressParam,
    token: addressParam.optional(),
    cursor: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullish(),
    limit: z.int().min(1).max(MAX_PAGE_OUTPUTS).default(100),
  }),
  result: z.object({ outputs: z.array(listedOutputShape), cursor: z.string().nullable() }),
  async handler(services, { owner, token, cursor, limit }) {
    const page = services.outputs.list(
      owner as Address,
      token as Address | undefined,
      cursor ?? undefined,
      limit,
    )
    const makers = await Promise.all(page.outputs.map(output => makerOf(output, services)))
    const outputs = page.outputs.map((output, i) => describeListed(output, makers[i]!))
    return { outputs, cursor: page.cursor }
  },
})

export const getOutput = method({
  name: 'omg_getOutput',
  summary: 'One unspent output by its id.',
  params: z.strictObject({ outputId: hashParam }),
  result: listedOutputShape,
  async handler(services, { outputId }) {
    const output = services.outputs.get(outputId as Hash)
    if (!output) throw nodeError('request.not_found', `No unspent output ${outputId} exists.`)
    return describeListed(output, await makerOf(output, services))
  },
})

export const getBalances = method({
  name: 'omg_getBalances',
  summary:
    'Sums of the unspent outputs of an owner per token; apart from them what exits and payments in flight lock (R6). For items, only their number counts.',
  params: z.strictObject({ owner: addressParam }),
  result: z.object({
    balances: z.array(
      z.object({
        token: address,
        amount: decimal,
        outputs: z.int(),
        locked: z.object({ amount: decimal, outputs: z.int() }),
      }),
    ),
    complete: z.boolean(),
  }),
  handler({ outputs }, { owner }) {
    const { balances, complete } = outputs.balances(owner as Address)
    const list = [...balances].map(([token, { amount, outputs: count, locked }]) => ({
      token,
      ...{ amount: String(amount), outputs: count },
      locked: { amount: String(locked.amount), outputs: locked.outputs },
    }))
    return { balances: list, complete }
  },
})
