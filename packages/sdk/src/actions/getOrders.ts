import type { Address, Hash, OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import type { Market } from '../market/market.ts'
import { Fields } from '../node/decode.ts'
import { type Order, orderFrom } from '../order/live.ts'

export interface GetOrdersParameters {
  /** Default: whom the client trades for. */
  readonly owner?: Address
  readonly market?: Market | Hash
  /** Of the page before. */
  readonly cursor?: string
  readonly limit?: number
}

export interface OrderPage {
  readonly orders: readonly Order[]
  /** Pass it on for the next page; undefined at the end. */
  readonly cursor: string | undefined
}

export type GetOrdersReturnType = OrderPage

export type GetOrdersErrorType = SdkError | OmgError

/** A page of the live orders of an owner. */
export async function getOrders(
  client: Client,
  parameters: GetOrdersParameters = {},
): Promise<GetOrdersReturnType> {
  const { owner = client.owner(), market, ...rest } = parameters
  const id = typeof market === 'object' ? market.id : market
  const answer = new Fields(
    await client.node.request('omg_getOrders', { owner, ...(id && { market: id }), ...rest }),
    'page',
  )
  const orders = answer.list('orders', orderFrom)
  return { orders, cursor: answer.has('cursor') ? answer.text('cursor') : undefined }
}

/** More orders than an owner can place in a day. */
const MAX_LISTED = 100_000

/** All live orders of an owner, page by page. */
export async function getAllOrders(
  client: Client,
  parameters: Pick<GetOrdersParameters, 'owner' | 'market'>,
): Promise<Order[]> {
  const orders: Order[] = []
  let cursor: string | undefined
  do {
    const page = await getOrders(client, { ...parameters, ...(cursor && { cursor }) })
    orders.push(...page.orders)
    cursor = page.cursor
  } while (cursor !== undefined && orders.length < MAX_LISTED)
  return orders
}
