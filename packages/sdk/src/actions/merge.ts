import {
  type Address,
  amount,
  coinGuard,
  MAX_INPUTS,
  type OmgError,
  type Pay,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import type { Client } from '../client.ts'
import type { Finality } from '../coins/selectCoins.ts'
import { getSpendable } from '../coins/spendable.ts'
import { type SdkError, sdkError } from '../error.ts'
import { type Payment, signPayment } from '../payment/payment.ts'
import { type PaymentUnknownError, submitReserved } from '../payment/send.ts'
import { validUntil } from '../payment/validity.ts'

export interface MergeParameters {
  /** Default ETH. */
  readonly token?: Address
  /** Default `committed` (R5). */
  readonly finality?: Finality
  /** Seconds until it is dead if it was not included, default 30 min and two greatest ages of an origin (R7). */
  readonly validFor?: bigint
}

export type MergeReturnType = Payment

export type MergeErrorType = SdkError | PaymentUnknownError | OmgError

/** Makes one coin of the (up to 16) smallest ones of a token. Free. */
export async function merge(client: Client, parameters: MergeParameters = {}): Promise<MergeReturnType> {
  const { token = ZERO_ADDRESS, finality = 'committed', validFor } = parameters
  return client.inTurn(async () => {
    const end = await validUntil(client, validFor)
    const coins = (await getSpendable(client, token))
      .filter(({ type, locked }) => type === 'coin' && !locked)
      .filter(({ status }) => finality === 'fast' || status === 'committed')
      .sort((a, b) => (a.amount === b.amount ? (a.id < b.id ? -1 : 1) : a.amount < b.amount ? -1 : 1))
      .slice(0, MAX_INPUTS)
    if (coins.length < 2)
      throw sdkError('coins.insufficient', `a merge needs two coins, there are ${coins.length}`)
    const total = coins.reduce((sum, coin) => sum + coin.amount, 0n)
    const transaction: Pay = {
      kind: 'pay',
      inputs: coins.map(({ id }) => id),
      outputs: [{ type: 'coin', guard: coinGuard(client.address()), token, amount: amount(total) }],
      validUntil: end,
      memo: ZERO_HASH,
    }
    return submitReserved(client, await signPayment(client, transaction, { token, amount: amount(0n) }))
  })
}
