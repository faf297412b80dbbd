import type { Execution, GivenBackReason, Ledger, LiveOrder } from '@omg/ledger'
import type { Address, Guard, Hash } from '@omg/protocol'
import type { EthereumView } from '../rootchain/view.ts'

/** Events that are remembered, over all blocks; older ones have to be taken from blocks (the indexer does). */
export const REMEMBERED_ORDER_EVENTS = 200_000
/** Blocks that are remembered at most. */
export const REMEMBERED_ORDER_BLOCKS = 10_000

/** What a block did to one order. Lots and prices (ticks) are whole numbers below 2^32. */
export type OrderEvent = { readonly guard: Guard; readonly market: Hash } & (
  | { readonly kind: 'placed'; readonly lots: number; readonly limit: number; readonly side: 'buy' | 'sell' }
  | { readonly kind: 'filled'; readonly lots: number; readonly price: number; readonly maker: boolean }
  /** Given back by the chain. */
  | { readonly kind: 'released'; readonly lots: number; readonly reason: GivenBackReason }
  /** Taken back, or moved on, by its owner or agent; in part if the order lives on. */
  | { readonly kind: 'cancelled'; readonly lots: number }
)

/** One auction in which something happened. */
export interface BatchEvent {
  readonly market: Hash
  /** Undefined where nothing traded. */
  readonly price: number | undefined
  /** Lots bought = lots sold. */
  readonly volume: number
  /** Orders that traded. */
  readonly fills: number
}

interface BlockActivity {
  readonly batches: readonly BatchEvent[]
  readonly orders: ReadonlyMap<Address, readonly OrderEvent[]>
  readonly events: number
}

/** What the latest blocks did to orders, for subscriptions: by owner, and the batches. */
export class OrderActivity {
  readonly #ledger: Ledger
  readonly #view: Pick<EthereumView, 'exchange'>
  readonly #blocks = new Map<bigint, BlockActivity>()
  #first: bigint
  #events = 0

  constructor(ledger: Ledger, view: Pick<EthereumView, 'exchange'>) {
    this.#ledger = ledger
    this.#view = view
    this.#first = ledger.tip.height + 1n
  }

  /** Follows a block that the ledger is about to apply. */
  apply(execution: Execution): void {
    const { height } = execution.block
    const activity = this.#read(execution)
    this.#events += activity.events
    this.#blocks.set(height, activity)
    while (this.#events > REMEMBERED_ORDER_EVENTS || this.#blocks.size > REMEMBERED_ORDER_BLOCKS) {
      if (this.#first === height) break
      this.#events -= this.#blocks.get(this.#first)!.events
      this.#blocks.delete(this.#first++)
    }
  }

  /** False for a block that is too old, or stood before this node started. */
  remembers(height: bigint): boolean {
    return height >= this.#first
  }

  batches(height: bigint): readonly BatchEvent[] {
    return this.#blocks.get(height)?.batches ?? []
  }

  orders(height: bigint, owner: Address): readonly OrderEvent[] {
    return this.#blocks.get(height)?.orders.get(owner) ?? []
  }

  #read({ block, batches, orders }: Execution): BlockActivity {
    const { markets } = this.#view.exchange(block.origin, block.originTime)
    const traded = batches.filter(({ volume, releases }) => volume > 0 || releases.length > 0)
    const byOwner = new Map<Address, OrderEvent[]>()
    const fills = new Map(traded.flatMap(fillsOf))
    const releases = Map.groupBy(
      traded.flatMap(batch => batch.releases),
      ({ order }) => order,
    )
    let events = traded.length
    for (const { guard, terms, live } of orders.holdings) {
      const holding = this.#ledger.orders.holding(guard)
      const known = terms ?? holding?.terms
      // A deposit whose terms nobody told, or a guard that came and went within the block.
      if (known === undefined) continue
      const { owner, market } = known
      const seen = {
        before: holding?.live,
        after: live,
        fill: fills.get(guard),
        releases: releases.get(guard),
        isClosed: markets.get(market)?.state === 'closed',
      }
      const found = eventsOf(seen).map(event => ({ guard, market, ...event }))
      if (found.length === 0) continue
      const list = byOwner.get(owner)
      if (list) list.push(...found)
      else byOwner.set(owner, found)
      events += found.length
    }
    const seen = traded.map(({ market, price, volume, buys, sells }) => {
      return { market, price, volume, fills: buys.length + sells.length }
    })
    return { batches: seen, orders: byOwner, events }
  }
}

type Unnamed = OrderEvent extends infer E ? (E extends unknown ? Omit<E, 'guard' | 'market'> : never) : never
type Fill = Extract<Unnamed, { kind: 'filled' }>

function fillsOf({ buys, sells, price }: Execution['batches'][number]): [Guard, Fill][] {
  return [...buys, ...sells].map(({ order, lots, maker }) => {
    return [order, { kind: 'filled', lots, price: price!, maker }]
  })
}

/** What a block shows of one order. */
interface Seen {
  readonly before: LiveOrder | undefined
  readonly after: LiveOrder | undefined
  readonly fill: Fill | undefined
  readonly releases: readonly { readonly reason: GivenBackReason; readonly lots: number }[] | undefined
  /** Its market is. */
  readonly isClosed: boolean
}

function eventsOf({ before, after, fill, releases = [], isClosed }: Seen): Unnamed[] {
  const events: Unnamed[] = []
  if (before === undefined && after !== undefined) {
    const { lots, limit, side } = after.order
    return [{ kind: 'placed', lots, limit, side }]
  }
  if (before === undefined) return events
  let left = before.order.lots - (after?.order.lots ?? 0)
  if (fill) {
    events.push(fill)
    left -= fill.lots
  }
  for (const { reason, lots } of releases) {
    // It waits to go back until a block has room; `filled` gives back money without lots.
    if (lots === 0 || lots > left) continue
    events.push({ kind: 'released', lots, reason })
    left -= lots
  }
  if (left === 0) return events
  const reason = before.release ?? (isClosed ? 'closed' : undefined)
  events.push(reason ? { kind: 'released', lots: left, reason } : { kind: 'cancelled', lots: left })
  return events
}
