import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import type { Client } from '../client.ts'
import { Fields } from '../node/decode.ts'

export type Operation = 'payment' | 'item' | 'merge'

export interface QuoteFeeParameters {
  /** `item` is a payment that moves an ITEM; a `merge` of one's own coins is free. Default `payment`. */
  readonly operation?: Operation
  /** Fee token, default ETH. */
  readonly token?: Address
  /** How many owners sign it, 1 to 16, default 1: each signature costs the fee of the operation. */
  readonly signatures?: number
  /** Seconds: until when the transaction will be valid; default half an hour from now. One in the past is refused: `transaction.expired`. */
  readonly validUntil?: bigint
}

/** What an operation costs, in token units. */
export interface FeeQuote {
  readonly token: Address
  /** Fees are multiples of it. */
  readonly unit: bigint
  /** Due now. */
  readonly now: bigint
  /** Due after the next count of the stakers' votes, as they stand. */
  readonly nextEpoch: bigint
  /** No vote and no congestion makes it dearer than this while the transaction is valid. */
  readonly maximum: bigint
  /** Whether fees may be paid in this token, now and after the next count. */
  readonly accepted: boolean
  readonly acceptedNextEpoch: boolean
}

/** What an operation costs now, and at most while it is valid. */
export async function quoteFee(client: Client, parameters: QuoteFeeParameters = {}): Promise<FeeQuote> {
  const { operation = 'payment', token = ZERO_ADDRESS, signatures = 1, validUntil } = parameters
  const until = validUntil === undefined ? {} : { validUntil: String(validUntil) }
  const asked = { operation, token, signatures, ...until }
  const answer = new Fields(await client.node.request('omg_quoteFee', asked), 'fee quote')
  const [unit, now, nextEpoch] = [answer.integer('unit'), answer.integer('now'), answer.integer('nextEpoch')]
  const [accepted, acceptedNextEpoch] = [answer.flag('accepted'), answer.flag('acceptedNextEpoch')]
  return { token, unit, now, nextEpoch, maximum: answer.integer('maximum'), accepted, acceptedNextEpoch }
}
