import { OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import type { Payment } from '../payment/payment.ts'
import { type PaymentUnknownError, sendPayment } from '../payment/send.ts'
import { countsInFlight, isDead } from '../payment/validity.ts'
import { getTransaction, type TransactionStatus } from './getTransaction.ts'

export interface ResubmitParameters {
  readonly payment: Payment
}

export type ResubmitReturnType = Exclude<TransactionStatus, 'rejected'>

export type ResubmitErrorType = SdkError | PaymentUnknownError | OmgError

/**
 * Finds out what became of a payment, and sends the same bytes again if the node does not know it. Call it as often as
 * you like: it never pays twice.
 *
 * @throws SdkError `payment.expired` while it has expired and Ethereum does not prove it yet; `payment.in_flight` if somebody took it to
 * Ethereum before it expired, where it still counts; `payment.dead` once it can never count. Only then is it safe to pay anew (R7).
 */
export async function resubmit(client: Client, { payment }: ResubmitParameters): Promise<ResubmitReturnType> {
  const known = await getTransaction(client, payment)
  if (known && known.status !== 'rejected') return known.status
  try {
    await sendPayment(client, payment)
    return 'pending'
  } catch (error) {
    if (!(error instanceof OmgError)) throw error
    // It may have been included between our two questions.
    const now = await getTransaction(client, payment)
    if (now && now.status !== 'rejected') return now.status
    if (error.code !== 'transaction.expired') throw error
    if (!(await isDead(client, payment.validUntil))) {
      throw sdkError(
        'payment.expired',
        `payment ${payment.hash} was not included by ${payment.validUntil}`,
        error,
      )
    }
    // Asked once it is dead for certain: an exit that starts later shows no spend, so the answer does not change for the worse.
    if (await countsInFlight(client, payment)) {
      throw sdkError('payment.in_flight', `payment ${payment.hash} is in flight on Ethereum`, error)
    }
    for (const input of payment.inputs) client.reserved.delete(input)
    throw sdkError('payment.dead', `payment ${payment.hash} was valid until ${payment.validUntil}`, error)
  }
}
