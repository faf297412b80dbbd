import type { Hash } from '@omg/protocol'
import type { Order } from '@omg/sdk'
import type { OwnOrder } from '../market/ownOrders.ts'

/** The limit at which an order stands now. */
export function limitOf({ terms, triggered }: Pick<Order, 'terms' | 'triggered'>): bigint {
  const turns = terms.triggerKind === 'turnAbove' || terms.triggerKind === 'turnBelow'
  return turns && triggered ? terms.triggerLimit : terms.limit
}

/** Whether an order still waits for the price that wakes it. */
export function isAsleep({ terms, triggered }: Pick<Order, 'terms' | 'triggered'>): boolean {
  return (terms.triggerKind === 'wakeAbove' || terms.triggerKind === 'wakeBelow') && !triggered
}

/** Orders of a market as its book and chart mark them. What is on its way back stands nowhere. */
export function ownOrdersOf(orders: readonly Order[], market: Hash): OwnOrder[] {
  return orders.flatMap(order => {
    if (order.market !== market || order.release !== undefined) return []
    const { guard, lots, terms } = order
    const asleep = isAsleep(order)
    return [{ guard, lots, side: terms.side, asleep, price: asleep ? terms.triggerPrice : limitOf(order) }]
  })
}
