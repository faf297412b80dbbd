import type { Guard, OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { type Order, orderFrom } from '../order/live.ts'

export interface GetOrderParameters {
  readonly guard: Guard
}

export type GetOrderReturnType = Order | undefined

export type GetOrderErrorType = SdkError | OmgError

/** A live order by its name; undefined if there is none: not yet, or filled, cancelled or expired. */
export async function getOrder(client: Client, { guard }: GetOrderParameters): Promise<GetOrderReturnType> {
  const answer = await client.node.request('omg_getOrder', { guard })
  if (answer === null) return undefined
  const order = orderFrom(answer)
  if (order.guard !== guard.toLowerCase()) throw sdkError('node.answer', `another order than ${guard}`)
  return order
}

/** The order that a verb means, by its name or as it was read before. @throws SdkError `order.gone` */
export async function liveOrder(client: Client, order: Order | Guard): Promise<Order> {
  if (typeof order !== 'string') return order
  const live = await getOrder(client, { guard: order })
  if (!live) throw sdkError('order.gone', `no live order is named ${order}`)
  return live
}
