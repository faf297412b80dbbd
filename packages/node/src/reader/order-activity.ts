import type { Execution, GivenBackReason, HoldingChange, Ledger, MarketView } from '@omg/ledger'
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
    const released = traded.flatMap(batch => batch.releases)
    const fills = new Map(traded.flatMap(fillsOf))
    const trade = { fills, releases: Map.groupBy(released, ({ order }) => order), markets }
    const events = new OrderEvents(orders.holdings.length + fills.size + released.length)
    for (const change of orders.holdings) events.add(change, trade)
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

/** What the auctions of a block did to orders, by guard. */
interface Traded {
  readonly fills: ReadonlyMap<Guard, Fill>
  readonly releases: ReadonlyMap<Guard, readonly Release[]>
  readonly markets: MarketView
}

type Release = Execution['batches'][number]['releases'][number]

/** What events are, with what distinguishes those of one kind: the side of an order, whether it was the maker, the reason. */
const KINDS = [
  { kind: 'placed', side: 'buy' },
  { kind: 'placed', side: 'sell' },
  { kind: 'filled', maker: false },
  { kind: 'filled', maker: true },
  { kind: 'cancelled' },
] as const
const [PLACED, FILLED, CANCELLED] = [0, 2, 4] as const
/** From here on orders that the chain gave back, by reason. */
const RELEASED = KINDS.length
const REASONS = Object.keys({
  expired: true,
  postOnly: true,
  selfTrade: true,
  minimumFill: true,
  immediateOrCancel: true,
  filled: true,
  closed: true,
} satisfies Record<GivenBackReason, true>) as readonly GivenBackReason[]

/**
 * What a block did to orders, one column for each thing that an event says, in numbers and texts that there are anyway: hundreds of thousands
 * are remembered for whoever may ask, and nearly all are forgotten without anybody having asked. Objects are made for the one who does.
 */
class OrderEvents {
  /** By {@link KINDS}, and {@link REASONS} behind them. */
  readonly #kinds: Uint8Array
  readonly #guards: Guard[] = []
  readonly #owners: Address[] = []
  readonly #markets: Hash[] = []
  readonly #lots: Uint32Array
  /** Of the order where it was placed, of the trade where it was filled. */
  readonly #prices: Uint32Array
  #byOwner: Map<Address, number[]> | undefined

  /** With room for so many. */
  constructor(most: number) {
    this.#kinds = new Uint8Array(most)
    this.#lots = new Uint32Array(most)
    this.#prices = new Uint32Array(most)
  }

  get size(): number {
    return this.#guards.length
  }

  add(change: HoldingChange, { fills, releases, markets }: Traded): void {
    const { guard, base, live: after } = change
    const before = base?.live
    const terms = change.terms ?? base?.terms
    // A deposit whose terms nobody told, or a guard that came and went within the block.
    if (terms === undefined || (before === undefined && after === undefined)) return
    if (before === undefined) {
      this.#push(PLACED + (terms.side === 'buy' ? 0 : 1), guard, terms, after!.lots, after!.limit)
      return
    }
    let left = before.lots - (after?.lots ?? 0)
    const fill = fills.get(guard)
    if (fill) {
      this.#push(FILLED + (fill.maker ? 1 : 0), guard, terms, fill.lots, fill.price)
      left -= fill.lots
    }
    for (const { reason, lots } of releases.get(guard) ?? []) {
      // It waits to go back until a block has room; `filled` gives back money without lots.
      if (lots === 0 || lots > left) continue
      this.#push(RELEASED + REASONS.indexOf(reason), guard, terms, lots, 0)
      left -= lots
    }
    if (left === 0) return
    const reason = before.release ?? (markets.get(terms.market)?.state === 'closed' ? 'closed' : undefined)
    const kind = reason === undefined ? CANCELLED : RELEASED + REASONS.indexOf(reason)
    this.#push(kind, guard, terms, left, 0)
  }

  /** Those of an owner. Whose they are is worked out when the first one asks. */
  of(owner: Address): OrderEvent[] {
    this.#byOwner ??= Map.groupBy(this.#owners.keys(), i => this.#owners[i]!)
    return (this.#byOwner.get(owner) ?? []).map(i => this.#describe(i))
  }

  #push(kind: number, guard: Guard, { owner, market }: OrderTerms, lots: number, price: number): void {
    const i = this.#guards.push(guard) - 1
    this.#owners.push(owner)
    this.#markets.push(market)
    this.#kinds[i] = kind
    this.#lots[i] = lots
    this.#prices[i] = price
  }

  #describe(i: number): OrderEvent {
    const [guard, market, lots, price] = [
      this.#guards[i]!,
      this.#markets[i]!,
      this.#lots[i]!,
      this.#prices[i]!,
    ]
    const what = KINDS[this.#kinds[i]!]
    if (what === undefined) {
      return { guard, market, kind: 'released', lots, reason: REASONS[this.#kinds[i]! - RELEASED]! }
    }
    switch (what.kind) {
      case 'placed':
        return { guard, market, ...what, lots, limit: price }
      case 'filled':
        return { guard, market, ...what, lots, price }
      case 'cancelled':
        return { guard, market, ...what, lots }
    }
  }
}
