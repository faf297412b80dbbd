import type { OrderTerms } from '@omg/protocol'
import type { Client } from '../client.ts'
import { sdkError } from '../error.ts'
import { memoHash } from '../payment/payment.ts'
import type { Order } from './live.ts'
import {
  checkConsistent,
  expiryOf,
  guardOf,
  type OrderConditions,
  randomHash,
  type TermsChain,
  tick,
  triggerOf,
} from './terms.ts'

/** What an amendment changes; everything else stays. `undefined` stays, too. */
export type OrderChanges = Partial<Omit<OrderConditions, 'side' | 'next'>>

/** Whether anything but the size changes. */
export function changesTerms(changes: OrderChanges): boolean {
  return Object.values(changes).some(value => value !== undefined)
}

/**
 * The terms of an amended order, under a new name: it gives its place up.
 *
 * @throws SdkError `order.invalid`
 */
export function amendedTerms({ terms }: Order, changes: OrderChanges): TermsChain {
  if (terms.proceedsKind === 'chained') {
    throw sdkError('order.invalid', 'a chained order cannot be amended: cancel it and place it again')
  }
  const { price, timeInForce, postOnly, minFill, selfTradePrevention, maxFeeBps, clientId } = changes
  const next: OrderTerms = {
    ...terms,
    ...(price !== undefined && { limit: tick(price, 'price') }),
    ...(timeInForce !== undefined && { timeInForce }),
    ...(postOnly !== undefined && { postOnly }),
    ...(minFill !== undefined && { minFill }),
    ...(selfTradePrevention !== undefined && { selfTradePrevention }),
    ...(maxFeeBps !== undefined && { maxFeeBps }),
    ...(clientId !== undefined && { clientId: memoHash(clientId) }),
    ...(changes.expiry !== undefined && expiryOf(changes.expiry)),
    ...(changes.trigger !== undefined && triggerOf({ trigger: changes.trigger, side: terms.side })),
    nonce: randomHash(),
  }
  checkConsistent(next)
  return { guard: guardOf(next), terms: next, chained: [] }
}

/** Only the owner and the agent of an order can instruct the chain about it. @throws SdkError `order.not_yours` */
export function requireSigner(client: Client, { owner, agent }: OrderTerms): void {
  const signer = client.address()
  if (signer === owner || signer === agent) return
  throw sdkError('order.not_yours', `${signer} is neither the owner ${owner} nor her agent`)
}
