import type { Execution, GivenBackReason, HoldingChange, Ledger } from '@omg/ledger'
import type { Address, Guard, Hash, OrderTerms } from '@omg/protocol'
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
  readonly orders: OrderEvents
}

/** What the latest blocks did to orders, for subscriptions: by owner, and the batches. */
export class OrderActivity {
  readonly #view: Pick<EthereumView, 'exchange'>
  readonly #blocks = new Map<bigint, BlockActivity>()
  #first: bigint
  #events = 0

  constructor(ledger: Pick<Ledger, 'tip'>, view: Pick<EthereumView, 'exchange'>) {
    this.#view = view
    this.#first = ledger.tip.height + 1n
  }

  /** Follows a block that the ledger is about to apply. */
  apply(execution: Execution): void {
    const { height } = execution.block
    const activity = this.#read(execution)
    this.#events += eventsIn(activity)
    this.#blocks.set(height, activity)
    while (this.#events > REMEMBERED_ORDER_EVENTS || this.#blocks.size > REMEMBERED_ORDER_BLOCKS) {
      if (this.#first === height) break
      this.#events -= eventsIn(this.#blocks.get(this.#first)!)
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
    return this.#blocks.get(height)?.orders.of(owner) ?? []
  }

  #read({ block, batches, orders }: Execution): BlockActivity {
    const { markets } = this.#view.exchange(block.origin, block.originTime)
    const traded = batches.filter(({ volume, releases }) => volume > 0 || releases.length > 0)
    const events = new OrderEvents()
    const fills = new Map(traded.flatMap(fillsOf))
    const releases = Map.groupBy(
      traded.flatMap(batch => batch.releases),
      ({ order }) => order,
    )
    for (const { guard, base, terms, live } of orders.holdings) {
      // A deposit whose terms nobody told, or a guard that came and went within the block.
      const known = terms ?? base?.terms
      if (known === undefined || (base?.live === undefined && live === undefined)) continue
      events.add(guard, known, {
        before: base?.live,
        after: live,
        fill: fills.get(guard),
        releases: releases.get(guard),
        isClosed: markets.get(known.market)?.state === 'closed',
      })
    }
    const seen = traded.map(({ market, price, volume, buys, sells }) => {
      return { market, price, volume, fills: buys.length + sells.length }
    })
    return { batches: seen, orders: events }
  }
}

function eventsIn({ batches, orders }: BlockActivity): number {
  return batches.length + orders.size
}

type Fill = Pick<Extract<OrderEvent, { kind: 'filled' }>, 'lots' | 'price' | 'maker'>

function fillsOf({ buys, sells, price }: Execution['batches'][number]): [Guard, Fill][] {
  return [...buys, ...sells].map(({ order, lots, maker }) => [order, { lots, price: price!, maker }])
}

/** What a block shows of one order. */
interface Seen {
  readonly before: HoldingChange['live']
  readonly after: HoldingChange['live']
  readonly fill: Fill | undefined
  readonly releases: readonly { readonly reason: GivenBackReason; readonly lots: number }[] | undefined
  /** Its market is. */
  readonly isClosed: boolean
}

/** What distinguishes events of one kind: the side of an order, whether it was the maker, the reason. */
type Side = OrderTerms['side']
type Detail = Side | boolean | GivenBackReason | undefined

/**
 * What a block did to orders, one column for each thing that an event says, in numbers and texts that there are anyway: hundreds of thousands
 * are remembered for whoever may ask, and nearly all are forgotten without anybody having asked. Objects are made for the one who does.
 */
class OrderEvents {
  readonly #kinds: OrderEvent['kind'][] = []
  readonly #guards: Guard[] = []
  readonly #owners: Address[] = []
  readonly #markets: Hash[] = []
  readonly #lots: number[] = []
  /** Of the order where it was placed, of the trade where it was filled. */
  readonly #prices: number[] = []
  readonly #details: Detail[] = []
  #byOwner: Map<Address, number[]> | undefined

  get size(): number {
    return this.#kinds.length
  }

  add(guard: Guard, terms: OrderTerms, { before, after, fill, releases, isClosed }: Seen): void {
    if (before === undefined) {
      if (after) this.#push('placed', guard, terms, after.lots, after.limit, after.side)
      return
    }
    let left = before.lots - (after?.lots ?? 0)
    if (fill) {
      this.#push('filled', guard, terms, fill.lots, fill.price, fill.maker)
      left -= fill.lots
    }
    for (const { reason, lots } of releases ?? []) {
      // It waits to go back until a block has room; `filled` gives back money without lots.
      if (lots === 0 || lots > left) continue
      this.#push('released', guard, terms, lots, 0, reason)
      left -= lots
    }
    if (left === 0) return
    const reason = before.release ?? (isClosed ? 'closed' : undefined)
    this.#push(reason ? 'released' : 'cancelled', guard, terms, left, 0, reason)
  }

  /** Those of an owner. Whose they are is worked out when the first one asks. */
  of(owner: Address): OrderEvent[] {
    this.#byOwner ??= Map.groupBy(this.#owners.keys(), i => this.#owners[i]!)
    return (this.#byOwner.get(owner) ?? []).map(i => this.#describe(i))
  }

  #push(
    kind: OrderEvent['kind'],
    guard: Guard,
    { owner, market }: OrderTerms,
    lots: number,
    price: number,
    detail: Detail,
  ): void {
    this.#kinds.push(kind)
    this.#guards.push(guard)
    this.#owners.push(owner)
    this.#markets.push(market)
    this.#lots.push(lots)
    this.#prices.push(price)
    this.#details.push(detail)
  }

  #describe(i: number): OrderEvent {
    const order = { guard: this.#guards[i]!, market: this.#markets[i]! }
    const [lots, price, detail] = [this.#lots[i]!, this.#prices[i]!, this.#details[i]]
    switch (this.#kinds[i]!) {
      case 'placed':
        return { ...order, kind: 'placed', lots, limit: price, side: detail as Side }
      case 'filled':
        return { ...order, kind: 'filled', lots, price, maker: detail as boolean }
      case 'released':
        return { ...order, kind: 'released', lots, reason: detail as GivenBackReason }
      case 'cancelled':
        return { ...order, kind: 'cancelled', lots }
    }
  }
}
