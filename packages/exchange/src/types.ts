import type { Address, Guard, Hash, MarketTerms, OrderTerms, Position } from '@omg/protocol'

/** Which side of a market an order stands on. */
export type Side = OrderTerms['side']

/** Set by the registry on Ethereum. `postOnly`: new orders must be post-only. `cancelOnly`: no new orders, no batch. */
export type MarketState = 'active' | 'postOnly' | 'cancelOnly' | 'closed'

/** A market: its immutable terms and what follows from them. */
export interface Market {
  /** `marketId(terms)`. */
  readonly id: Hash
  readonly terms: MarketTerms
  /** The smallest order, in lots. */
  readonly minimumLots: number
}

/**
 * A live order as people and other packages see it. Prices are ticks and sizes are lots, both integers from 1 to
 * 2^32 - 1, so that every sum over a book is exact in a double.
 */
export interface BookOrder {
  /** The name of the order, and of whatever output holds it at the moment. */
  readonly guard: Guard
  readonly owner: Address
  readonly side: Side
  /** The worst price. */
  readonly limit: number
  /** What is still to be filled. Only falls. */
  readonly lots: number
  /** The block that made the guard. Partial fills and reductions keep it. */
  readonly height: bigint
  /** The position of the output that made the guard; sorts orders of all blocks by age. */
  readonly position: Position
  /** The highest trading fee that the owner accepts, in hundredths of a percent. */
  readonly maxFeeBps: number
  readonly expiryKind: OrderTerms['expiryKind']
  /** A block height or a time in seconds; zero for `never`. */
  readonly expiry: bigint
  /** The smallest fill, in lots; 0 for none. */
  readonly minFill: number
  readonly timeInForce: OrderTerms['timeInForce']
  readonly postOnly: boolean
  readonly selfTradePrevention: OrderTerms['selfTradePrevention']
  readonly triggerKind: OrderTerms['triggerKind']
  /** 0 without a trigger. */
  readonly triggerPrice: number
  /** 0 unless the trigger turns the order. */
  readonly triggerLimit: number
  /** Whether a clearing price since it entered was at or beyond `triggerPrice`: it is awake, or turned, for good. */
  readonly triggered: boolean
  /** Whether it acted in an earlier batch, so that the post-only check lies behind it. */
  readonly acted: boolean
}

declare const ref: unique symbol
/** A handle of a live order in one book, valid until the order leaves it. Handles differ between nodes; guards do not. */
export type OrderRef = number & { readonly [ref]: true }

/** All awake orders of one side at one price. */
export interface Level {
  readonly tick: number
  readonly lots: number
  readonly orders: number
}

/** A set of orders, of which only membership matters: a `Set` will do. */
export interface OrderSet<Order = OrderRef> {
  has(order: Order): boolean
}

/** Everything besides the book that a batch depends on. */
export interface BatchContext<Order = OrderRef> {
  /** The block of the batch. Its book is that of the block before. */
  readonly height: bigint
  /** The time that expiry is compared with, in seconds: that of the block's origin. */
  readonly originTime: bigint
  /** Of the block before: nobody knows it when the orders are placed. It shuffles the rationed block of one level. */
  readonly previousAppHash: Hash
  /** The clearing price of the last batch with a volume; undefined before the first one. */
  readonly lastPrice: number | undefined
  /** For orders that stood through an earlier batch: entered at a block before `height - 1`. */
  readonly makerBps: number
  /** For orders that entered at `height - 1`. */
  readonly takerBps: number
  /** Spent by the block itself (cancel wins, R11), locked (R6, R10) or not seasoned (R9). */
  readonly unspendable: OrderSet<Order>
  /** Whether no order may stand in two SETTLEs: what a batch makes is not seasoned, where a market needs that (R9). */
  readonly whole?: boolean
}

/** Why an order leaves the book, in whole or in part, by a MOVE without a signature. */
export type ReleaseReason =
  | 'expired'
  | 'postOnly'
  | 'selfTrade'
  | 'minimumFill'
  | 'immediateOrCancel'
  /** No lots are left; what the price improvement saved goes back. */
  | 'filled'

/** Why an order of the book did not take part. */
export type LeftOutReason =
  | 'unspendable'
  | 'expired'
  | 'asleep'
  /** Its `maxFeeBps` is below the rate that would apply. It stays in the book. */
  | 'fee'
  | 'postOnly'
  | 'selfTrade'
  | 'minimumFill'

/** What one order trades in a batch, or in one SETTLE of it, all at the clearing price. */
export interface Fill<Order = OrderRef> {
  readonly order: Order
  /** At least 1. */
  readonly lots: number
  /** Whether the maker's fee applies. */
  readonly maker: boolean
}

/** Lots that go back to the owner without trading. */
export interface Release<Order = OrderRef> {
  readonly order: Order
  readonly reason: ReleaseReason
  /** 0 only for `filled`. Fewer than the order has left for a `selfTrade` that decrements. */
  readonly lots: number
}

export interface LeftOut<Order = OrderRef> {
  readonly order: Order
  readonly reason: LeftOutReason
}

/** The one price level of one side that does not get everything. Better levels of that side and all of the other do. */
export interface Rationing {
  readonly side: Side
  readonly tick: number
  /** Orders of the level from older blocks are filled, from younger ones not; those of this block share `lots`. */
  readonly height: bigint
  /** What the orders of that block get together; may be 0. */
  readonly lots: number
  /** What they ask for together; more than `lots`. */
  readonly of: number
}

/** One SETTLE: at most 16 inputs, as many lots of buys as of sells. Buys come first, both in the order in which they are paired. */
export interface Settlement<Order = OrderRef> {
  readonly fills: readonly Fill<Order>[]
}

/**
 * Lots that the auction allots to an order and that are not traded: no SETTLE has room for them where orders settle whole, or a
 * minimum is not met after all rounds.
 */
export interface Unsettled<Order = OrderRef> {
  readonly order: Order
  /** At least 1. */
  readonly lots: number
}

/** What one auction decides. `Batch<OrderRef>` speaks of one book in memory, `Batch<Guard>` of the chain. */
export interface Batch<Order = OrderRef> {
  readonly market: Hash
  readonly height: bigint
  /** The clearing price in ticks; undefined where nothing trades, and the last price stays. */
  readonly price: number | undefined
  /** Lots bought = lots sold. */
  readonly volume: number
  /** All ticks that were as good: the most volume at the least imbalance. `price` is the last price, clamped to it. */
  readonly interval: { readonly low: number; readonly high: number } | undefined
  /** Lots of acting buys at or above the price, and of acting sells at or below it. Both 0 without a price. */
  readonly demand: number
  readonly supply: number
  /** Undefined where demand equals supply. */
  readonly rationing: Rationing | undefined
  /** By tick, the best (highest) first, then by age. */
  readonly buys: readonly Fill<Order>[]
  /** By tick, the best (lowest) first, then by age. */
  readonly sells: readonly Fill<Order>[]
  /**
   * First those that come before the settlements (`expired`, `postOnly`, `selfTrade`), then those that come after them;
   * each by age. An order occurs at most once in each part.
   */
  readonly releases: readonly Release<Order>[]
  /** Post-only orders that acted for the first time and passed the check. By age in a `Batch<Guard>`. */
  readonly debuts: readonly Order[]
  /** In no order that means anything, except that a `Batch<Guard>` has them by age. */
  readonly leftOut: readonly LeftOut<Order>[]
  /** What is missing between `volume` and `min(demand, supply)`, on either side. By age in a `Batch<Guard>`. */
  readonly unsettled: readonly Unsettled<Order>[]
  readonly settlements: readonly Settlement<Order>[]
}

/** An auction over plain orders: what the reference and the engine have in common, and what the conformance suite runs. */
export type Auction = (
  market: Market,
  orders: Iterable<BookOrder>,
  context: BatchContext<Guard>,
) => Batch<Guard>
