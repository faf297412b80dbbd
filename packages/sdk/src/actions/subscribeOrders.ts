import type { Address, Guard, Hash } from '@omg/protocol'
import type { Client } from '../client.ts'
import { Fields } from '../node/decode.ts'
import { listen } from '../node/listen.ts'
import { RELEASE_REASONS, type ReleaseReason } from '../order/live.ts'

/**
 * What happened to an order in one block.
 *
 * - `placed`: it entered the book with `lots`.
 * - `filled`: `lots` of it traded at `price`, as maker or taker.
 * - `released`: the chain gave `lots` of it back for `reason`.
 * - `cancelled`: its owner or her agent took `lots` of it back, or made another order of them.
 */
export type OrderChange = {
  readonly height: bigint
  readonly guard: Guard
  readonly market: Hash
  readonly lots: bigint
} & (
  | { readonly kind: 'placed'; readonly side: 'buy' | 'sell'; readonly limit: bigint }
  | { readonly kind: 'filled'; readonly price: bigint; readonly isMaker: boolean }
  | { readonly kind: 'released'; readonly reason: ReleaseReason }
  | { readonly kind: 'cancelled' }
)

export interface SubscribeOrdersParameters {
  /** Default: whom the client trades for. */
  readonly owner?: Address
  /** First block to tell of, for going on where you were. Default: from now on. */
  readonly from?: bigint
  readonly onChange: (change: OrderChange) => void
  readonly onError?: (error: Error) => void
}

/**
 * Listens to what happens to the orders of an owner over the client's WebSocket, over lost connections, without missing a
 * change. A block that the node has forgotten is an error `subscription.pruned`. Returns the function that ends it.
 *
 * @throws SdkError `client.no_subscriptions`
 */
export function subscribeOrders(client: Client, parameters: SubscribeOrdersParameters): () => void {
  const { owner = client.owner(), from, onChange, onError } = parameters
  return listen(client, { channel: `orders:${owner}`, from, onError }, event => {
    const height = event.integer('height')
    for (const change of event.list('orders', value => changeFrom(value, height))) onChange(change)
  })
}

const KINDS = ['placed', 'filled', 'released', 'cancelled'] as const

function changeFrom(value: unknown, height: bigint): OrderChange {
  const fields = new Fields(value, 'change of an order')
  const about = {
    height,
    guard: fields.hash<Guard>('guard'),
    market: fields.hash('market'),
    lots: fields.integer('lots'),
  }
  const kind = fields.oneOf('kind', KINDS)
  switch (kind) {
    case 'placed':
      return { ...about, kind, side: fields.oneOf('side', ['buy', 'sell']), limit: fields.integer('limit') }
    case 'filled':
      return { ...about, kind, price: fields.integer('price'), isMaker: fields.flag('maker') }
    case 'released':
      return { ...about, kind, reason: fields.oneOf('reason', RELEASE_REASONS) }
    case 'cancelled':
      return { ...about, kind }
  }
}
