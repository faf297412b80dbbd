import { type Hex, OmgError, type TxHash } from '@omg/protocol'
import type { Client } from '../client.ts'
import { Fields } from '../node/decode.ts'

/** Where a transaction stands, in this order; `rejected` is an end of its own. */
export const TRANSACTION_STATES = ['pending', 'included', 'checkpointed', 'committed', 'rejected'] as const
export type TransactionStatus = (typeof TRANSACTION_STATES)[number]

export interface GetTransactionParameters {
  readonly hash: TxHash
}

export interface TransactionInfo {
  readonly hash: TxHash
  readonly status: TransactionStatus
  /** The block, from `included` on. */
  readonly height: bigint | undefined
  /** The checkpoint that it is in, from `included` on. */
  readonly checkpoint: bigint | undefined
  /** The signed bytes, from `included` on. */
  readonly signed: Hex | undefined
  /** Why it was rejected. */
  readonly error: OmgError | undefined
}

/** Where a transaction stands; undefined if the node does not know it. */
export async function getTransaction(
  client: Client,
  { hash }: GetTransactionParameters,
): Promise<TransactionInfo | undefined> {
  try {
    const fields = new Fields(
      await client.node.request('omg_getTransaction', { txHash: hash }),
      'transaction',
    )
    return {
      hash,
      status: fields.oneOf('status', TRANSACTION_STATES),
      height: fields.has('height') ? fields.integer('height') : undefined,
      checkpoint: fields.has('checkpoint') ? fields.integer('checkpoint') : undefined,
      signed: fields.has('bytes') ? fields.hex('bytes') : undefined,
      error: fields.has('error') ? errorFrom(fields.object('error')) : undefined,
    }
  } catch (error) {
    if (error instanceof OmgError && error.code === 'request.not_found') return undefined
    throw error
  }
}

const errorFrom = (fields: Fields) =>
  new OmgError(fields.text('code'), fields.text('message'), fields.text('action'))
