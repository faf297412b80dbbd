import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import { z } from 'zod'
import { nodeError } from '../../errors.ts'
import { address, addressParam, decimal, method } from '../method.ts'

export const feeQuote = method({
  name: 'omg_feeQuote',
  summary: "The least fee of an operation, in units of the fee token. A merge of one owner's coins is free.",
  params: z.strictObject({
    operation: z.enum(['payment', 'item', 'merge']).default('payment'),
    token: addressParam.default(ZERO_ADDRESS),
  }),
  result: z.object({
    operation: z.string(),
    token: address,
    lane: z.int(),
    fee: decimal,
    unit: decimal,
    dust: decimal,
  }),
  handler({ parameters }, { operation, token }) {
    const found = parameters.feeTokens.find(accepted => accepted.token.toLowerCase() === token)
    if (!found) throw nodeError('fee.token', `Fees are not accepted in ${token as Address}.`)
    const fee = operation === 'merge' ? 0n : found.fees[operation] * found.unit
    const { lane, unit, dust } = found
    return { operation, token: found.token, lane, fee: String(fee), unit: String(unit), dust: String(dust) }
  },
})
