import { type Address, MAX_SIGNATURES, ZERO_ADDRESS } from '@omg/protocol'
import { z } from 'zod'
import { nodeError } from '../../errors.ts'
import { address, addressParam, decimal, method } from '../method.ts'

export const feeQuote = method({
  name: 'omg_feeQuote',
  summary:
    "The least fee of an operation, in units of the fee token: that of its class for each owner who signs. A merge of one owner's coins is free.",
  params: z.strictObject({
    operation: z.enum(['payment', 'item', 'merge']).default('payment'),
    token: addressParam.default(ZERO_ADDRESS),
    signatures: z.int().min(1).max(MAX_SIGNATURES).default(1),
  }),
  result: z.object({
    operation: z.string(),
    signatures: z.int(),
    token: address,
    lane: z.int(),
    fee: decimal,
    unit: decimal,
    dust: decimal,
  }),
  handler({ parameters }, { operation, token, signatures }) {
    const found = parameters.feeTokens.find(accepted => accepted.token.toLowerCase() === token)
    if (!found) throw nodeError('fee.token', `Fees are not accepted in ${token as Address}.`)
    const { lane, unit, dust, fees } = found
    const fee = operation === 'merge' ? 0n : fees[operation] * BigInt(signatures) * unit
    const amounts = { fee: String(fee), unit: String(unit), dust: String(dust) }
    return { operation, signatures, token: found.token, lane, ...amounts }
  },
})
