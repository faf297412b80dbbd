import type { Address } from '@omg/protocol'
import {
  type Balance,
  type Client,
  getBalances,
  getOrders,
  getTradingBalances,
  type Order,
  type TradingBalance,
} from '@omg/sdk'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useNetwork } from '../data/network.ts'

/** What an owner has, as a node sees it after its last block. */
export interface Holdings {
  /** Live orders, the newest first; at most `MAX_ORDERS`. */
  readonly orders: readonly Order[]
  /** Whether there are more orders than that. */
  readonly hasMore: boolean
  readonly coins: readonly Balance[]
  readonly trading: readonly TradingBalance[]
}

/** Most live orders that the page holds; who has more has a bot. */
export const MAX_ORDERS = 500
const PAGE = 100
/** Between two looks if nothing was announced, in milliseconds: for what was missed, and where nothing announces. */
const POLL_MS = 5_000

export async function readHoldings(client: Client, owner: Address): Promise<Holdings> {
  const [coins, trading, { orders, hasMore }] = await Promise.all([
    getBalances(client, { owner }),
    getTradingBalances(client, { owner }),
    readOrders(client, owner),
  ])
  return { coins, trading, orders, hasMore }
}

/** Whether an owner has nothing at all here. */
export function isEmpty({ coins, trading, orders }: Holdings): boolean {
  return trading.length === 0 && orders.length === 0 && coins.every(({ amount }) => amount === 0n)
}

async function readOrders(client: Client, owner: Address): Promise<Pick<Holdings, 'orders' | 'hasMore'>> {
  const orders: Order[] = []
  let cursor: string | undefined
  do {
    const page = await getOrders(client, { owner, limit: PAGE, ...(cursor && { cursor }) })
    orders.push(...page.orders)
    cursor = page.cursor
  } while (cursor !== undefined && orders.length < MAX_ORDERS)
  orders.sort((a, b) => (a.height === b.height ? (a.guard < b.guard ? -1 : 1) : a.height < b.height ? 1 : -1))
  return { orders, hasMore: cursor !== undefined }
}

/** The holdings of an owner, read again whenever the node announces something of hers, and the function that reads them at once. */
export function useHoldings(owner: Address | undefined): [Holdings | undefined, () => void] {
  const { client, node, connected } = useNetwork()
  const [held, setHeld] = useState<{ owner: Address; holdings: Holdings }>()
  const again = useRef(() => {})
  useEffect(() => {
    if (owner === undefined || !connected) return
    const reading = readRepeatedly(
      () => readHoldings(client, owner),
      holdings => setHeld({ owner, holdings }),
    )
    again.current = reading.now
    const listener = { event: reading.now, error: (error: Error) => console.warn(error.message) }
    const ends = [`owner:${owner}`, `orders:${owner}`].map(channel =>
      node.subscribe?.(channel, undefined, listener),
    )
    return () => {
      reading.stop()
      for (const end of ends) end?.()
    }
  }, [client, node, owner, connected])
  const now = useCallback(() => again.current(), [])
  return [held !== undefined && held.owner === owner ? held.holdings : undefined, now]
}

/** One reading at a time: what is asked for during one is read once more after it. */
function readRepeatedly<T>(read: () => Promise<T>, tell: (value: T) => void) {
  let over = false
  let busy = false
  let wanted = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const now = () => {
    wanted = true
    if (!busy) void run()
  }
  async function run(): Promise<void> {
    busy = true
    clearTimeout(timer)
    while (wanted && !over) {
      wanted = false
      const value = await read().catch((error: Error) => {
        console.warn(error.message)
        return undefined
      })
      if (!over && value !== undefined) tell(value)
    }
    busy = false
    if (!over) timer = setTimeout(now, POLL_MS)
  }
  now()
  return {
    now,
    stop() {
      over = true
      clearTimeout(timer)
    },
  }
}
