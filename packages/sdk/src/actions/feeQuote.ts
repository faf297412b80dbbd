import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import type { Client } from '../client.ts'
import { Fields } from '../node/decode.ts'

export type Operation = 'payment' | 'item' | 'merge'

export interface FeeQuoteParameters {
  /** `item` is a payment that moves an ITEM; a `merge` of one's own coins is free. Default `payment`. */
  readonly operation?: Operation
  /** Fee token, default ETH. */
  readonly token?: Address
  /** How many owners sign it, 1 to 16, default 1: each signature costs the fee of the operation. */
  readonly signatures?: number
}

export interface FeeQuote {
  readonly token: Address
  /** The least fee, in token units. */
  readonly fee: bigint
  /** Fees are multiples of it. */
  readonly unit: bigint
}

/** What an operation costs at the moment. */
export async function feeQuote(client: Client, parameters: FeeQuoteParameters = {}): Promise<FeeQuote> {
  const { operation = 'payment', token = ZERO_ADDRESS, signatures = 1 } = parameters
  const answer = new Fields(
    await client.node.request('omg_feeQuote', { operation, token, signatures }),
    'fee quote',
  )
  return { token, fee: answer.integer('fee'), unit: answer.integer('unit') }
}
