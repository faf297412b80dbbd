import { type OmgError, ZERO_ADDRESS } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { payOutputs } from '../payment/outputs.ts'
import { type Memo, outputFor, type Payment, type Recipient } from '../payment/payment.ts'
import type { PaymentOptions } from '../payment/plan.ts'
import type { PaymentUnknownError } from '../payment/send.ts'

export type PayParameters = (Recipient | { readonly payments: readonly Recipient[] }) &
  PaymentOptions & {
    readonly memo?: Memo
    /** Seconds until it is dead if it was not included, default 30 min and two greatest ages of an origin (R7). */
    readonly validFor?: bigint
  }

export type PayReturnType = Payment

export type PayErrorType = SdkError | PaymentUnknownError | OmgError

/**
 * Pays coins and items to one or many, and returns when the node has taken the payment.
 *
 * Chooses the coins, makes the change, pays the fee. If no answer comes it throws a {@link PaymentUnknownError} with the
 * payment in it: pass that to `resubmit`, and it is never paid twice.
 *
 * @example
 * ```ts
 * const { hash } = await client.pay({ to: bob, amount: parseEther('0.1'), memo: 'lunch' })
 * await client.waitForReceipt({ hash, until: 'committed' })
 * ```
 */
export async function pay(client: Client, parameters: PayParameters): Promise<PayReturnType> {
  const recipients = 'payments' in parameters ? parameters.payments : [parameters]
  if (recipients.length === 0) throw sdkError('payment.invalid', 'a payment to nobody')
  const outputs = recipients.map(recipient => outputFor(recipient, ZERO_ADDRESS))
  return payOutputs(client, { outputs, memo: parameters.memo, options: parameters })
}
