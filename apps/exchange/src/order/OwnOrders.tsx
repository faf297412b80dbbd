import type { Market } from '@omg/sdk'
import { useEffect } from 'react'
import { useAccount } from '../account/context.ts'
import { NO_ORDERS, type OwnOrder } from '../market/ownOrders.ts'
import { ownOrdersOf } from './standing.ts'

interface OwnOrdersProps {
  readonly market: Market
  readonly tell: (orders: readonly OwnOrder[]) => void
}

/** Tells the market side, which knows of no account, which orders are one's own. */
export function OwnOrders({ market, tell }: OwnOrdersProps) {
  const { holdings } = useAccount()
  const orders = holdings?.orders
  useEffect(() => tell(orders ? ownOrdersOf(orders, market.id) : NO_ORDERS), [orders, market.id, tell])
  return null
}
