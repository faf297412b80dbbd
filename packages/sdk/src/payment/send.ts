import { OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import { SdkError, sdkError } from '../error.ts'
import type { Payment } from './payment.ts'

/** The node was asked and nobody knows whether it has the payment: `payment` is what to pass to `resubmit`. */
export class PaymentUnknownError extends SdkError {
  readonly payment: Payment

  constructor(payment: Payment, cause: unknown) {
    super('payment.unknown', `no answer to payment ${payment.hash}; it may be included`, cause)
    this.name = 'PaymentUnknownError'
    this.payment = payment
  }
}

/**
 * Submits the bytes of a payment. Idempotent: a node that has them already is as good as one that takes them.
 *
 * @throws PaymentUnknownError when no answer came, else the node's reason for refusing it.
 */
export async function sendPayment(client: Client, payment: Payment): Promise<void> {
  try {
    await client.node.request('omg_submit', { transaction: payment.signed })
  } catch (error) {
    if (error instanceof OmgError && error.code === 'mempool.duplicate') return
    if (error instanceof SdkError) throw new PaymentUnknownError(payment, error)
    throw error instanceof OmgError
      ? error
      : sdkError('node.unreachable', 'the payment could not be sent', error)
  }
}

/** Signs and sends with the coins reserved, and gives them back when the node refuses. */
export async function submitReserved(client: Client, payment: Payment): Promise<Payment> {
  for (const input of payment.inputs) client.reserved.set(input, payment.hash)
  try {
    await sendPayment(client, payment)
    return payment
  } catch (error) {
    // Whatever may still be included keeps its coins reserved.
    if (!(error instanceof PaymentUnknownError))
      for (const input of payment.inputs) client.reserved.delete(input)
    throw error
  }
}
