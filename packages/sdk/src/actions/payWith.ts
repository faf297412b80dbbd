import type { Address, OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import type { Expiry } from '../order/terms.ts'
import type { Memo } from '../payment/payment.ts'
import type { PaymentOptions } from '../payment/plan.ts'
import type { PaymentUnknownError } from '../payment/send.ts'
import { type PlacedOrder, placeOrder } from './placeOrder.ts'
import { type PaymentQuote, type QuotePayWithParameters, quotePayWith } from './quotePayWith.ts'

export type PayWithParameters = (QuotePayWithParameters | { readonly quote: PaymentQuote }) &
  PaymentOptions & {
    readonly to: Address
    /** 32 bytes that the receiver may recognise the order by. */
    readonly memo?: Memo
    /** Default: it is filled by its first batch, or given back. */
    readonly expiry?: Expiry
    /** Seconds until the payment is dead if it was not included, default 30 min and two greatest ages of an origin (R7). */
    readonly validFor?: bigint
  }

export interface PayWithReturnType {
  readonly order: PlacedOrder
  readonly quote: PaymentQuote
}

export type PayWithErrorType = SdkError | PaymentUnknownError | OmgError

/**
 * Pays with one token where the receiver gets another: one order whose receiver is the merchant, filled whole or not at all. Over two
 * markets the first order flows into the second; if that one finds no price the payer has the token in between. Returns when the node has
 * taken it: `waitForOrder` with `until: 'gone'` waits for its batch.
 */
export async function payWith(client: Client, parameters: PayWithParameters): Promise<PayWithReturnType> {
  const quote = 'quote' in parameters ? parameters.quote : await quotePayWith(client, parameters)
  const [first, second] = quote.legs
  if (!first) throw sdkError('order.invalid', 'a quote without an order')
  const { to, memo, expiry, finality, feeToken, validFor } = parameters
  const whole = {
    timeInForce: 'fillOrKill' as const,
    ...(expiry && { expiry }),
    ...(memo !== undefined && { clientId: memo }),
  }
  const order = await placeOrder(client, {
    ...whole,
    market: first.market,
    side: first.side,
    price: first.price,
    lots: first.lots,
    from: 'coins',
    ...(second
      ? { next: { ...whole, market: second.market, side: second.side, price: second.price, receiver: to } }
      : { receiver: to }),
    ...(finality && { finality }),
    ...(feeToken && { feeToken }),
    ...(validFor !== undefined && { validFor }),
  })
  return { order, quote }
}
