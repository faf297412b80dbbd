import type { BatchLeaf, BookOrder, Market, MarketState, ReleaseReason } from '@omg/exchange'
import type { Guard, Hash, MarketTerms, OrderTerms, Output, OutputId, Position } from '@omg/protocol'
import type { FeeVotes } from '@omg/stake'
import type { OutputTable, StateHolding } from './holding.ts'
import type { StandingOrder } from './standing.ts'

/** A market as the registry on Ethereum has it at the origin of a block. */
export interface ListedMarket extends Market {
  readonly state: MarketState
}

/** What Ethereum says about markets and time, read up to the origin of the block: an argument, as locks are. */
export interface ExchangeView {
  readonly markets: MarketView
  /**
   * R9: whether an output that stands at `position` may be settled in a market of this tier. In plasma mode: the time at which
   * Ethereum accepted its checkpoint, plus the tier's `D`, is at most the origin's time. In blob mode the same of the last checkpoint
   * before it whose data was not published. Always where `D = 0`. `lastNonDA` is that checkpoint as of the open one, from the blocks:
   * without it, nothing is seasoned that Ethereum has not accepted.
   */
  isSeasoned(position: Position, tier: MarketTerms['tier'], lastNonDA?: bigint): boolean
  /**
   * R6: whether an exit of what a SETTLE or MOVE of this checkpoint has spent could still be inherited by what it made, though
   * none shows at the origin: Ethereum had not accepted the checkpoint by then, or its time plus `Dk` is not past, which is the tier's
   * `D`, or the deployment's `blobSeasoning` in blob mode.
   */
  mayInherit(checkpoint: bigint, tier: MarketTerms['tier']): boolean
  /** What the stakers vote the fees to be; without it they stay. */
  readonly votes?: FeeVotes
}

export interface MarketView {
  get(id: Hash): ListedMarket | undefined
  /** Every market that was ever listed, closed ones too, in any order. */
  list(): readonly ListedMarket[]
}

/** Trading fees, in hundredths of a percent of the quote amount. */
export interface TradingFees {
  /** Of orders that stood through an earlier batch. */
  readonly makerBps: number
  /** Of orders in their first batch. */
  readonly takerBps: number
}

/** The part of the parameters that concerns orders. */
export interface ExchangeParameters extends TradingFees {
  /** Per market class, where the stakers have a say: those of the chain are then the highest of them. */
  readonly tiers?: Readonly<Record<MarketTerms['tier'], TradingFees>>
  readonly moveBudget: MoveBudget
}

/** What the instructions of one owner may do in one block: they pay no fee, so they are rationed (A30). */
export interface MoveBudget {
  /** Steps that place or amend an order. */
  readonly steps: number
  /** Lane units of live ORDER value in one fee token that allow one step more. */
  readonly unitsPerStep: bigint
  /** Steps that take an order back, into COIN or a trading balance. */
  readonly cancels: number
}

/** A live ORDER output. */
export interface HeldOutput extends Output {
  /** The block that made it, and where it stands. */
  readonly height: bigint
  readonly position: Position
  /** Where it stands in the set of live outputs, if that was noted when it joined: else it is to be found by its id. */
  readonly slot?: number
}

/** Why the chain gives an order back by itself. `closed`: its market is, or takes no new orders where proceeds became one. */
export type GivenBackReason = ReleaseReason | 'closed'

/** An order in a book. */
export interface LiveOrder {
  /** The output that holds it now. */
  readonly output: OutputId
  /** In the words of the exchange. Its lots are 0 only while it waits to be given back. */
  readonly order: BookOrder
  readonly lots: number
  /** Of the output that made it. */
  readonly height: bigint
  readonly position: Position
  readonly triggered: boolean
  readonly acted: boolean
  /** It is out of the auction, and goes back as soon as a block has room. */
  readonly release?: GivenBackReason | undefined
}

/** Everything the chain knows under one guard. */
export interface Holding {
  /** Unknown while only deposits from Ethereum have this guard. */
  readonly terms: OrderTerms | undefined
  /** Live orders and terms whose proceeds flow into these terms. */
  readonly references: number
  readonly outputs: ReadonlyMap<OutputId, HeldOutput>
  /** Of an order, not of a trading balance. */
  readonly live: StandingOrder | undefined
}

/** What a block changes about one guard. */
export interface HoldingChange {
  readonly guard: Guard
  /** What the state of before the block knows under it. */
  readonly base: StateHolding | undefined
  /** Undefined where nothing needs them any more, or they are not known yet. */
  readonly terms: OrderTerms | undefined
  readonly references: number
  readonly live: StandingOrder | undefined
  readonly removed: OutputTable<HeldOutput>
  readonly added: OutputTable<HeldOutput>
}

/** An order that was in its first batch, about which a block changed nothing else. */
export type ActedOrder = Omit<Holding, 'outputs'> & {
  readonly guard: Guard
  readonly terms: OrderTerms
  readonly live: StandingOrder
}

/** What a block changes about orders: part of its execution, carried out by `applyBlock`. */
export interface OrderChanges {
  readonly holdings: readonly HoldingChange[]
  /** Orders that were in their first batch, and are not among those. */
  readonly acted: readonly ActedOrder[]
  /** Clearing prices of the block's batches, by market. */
  readonly prices: ReadonlyMap<Hash, number>
  /** Instructions included, with their `validUntil`. */
  readonly instructions: ReadonlyMap<Hash, bigint>
  /** Instructions that died: they cannot be replayed. */
  readonly forgotten: readonly Hash[]
  /** What the checkpoint commits to about the block's batches. */
  readonly batches: readonly BatchLeaf[]
  /** What the block's MOVEs and SETTLEs made of what, for locks to be inherited (R6): see `encodeHeir`. */
  readonly heirs: Uint8Array
  /** The ids, 32 bytes each, of outputs whose inherited locks are settled. */
  readonly settled: Uint8Array
  /** Where the block closes its checkpoint: what the blocks before it added to it, and nobody needs any more. */
  readonly closed?: readonly BatchLeaf[]
}

/** One record of the durable form of the order state; without a value it is to be deleted. */
export interface OrderRecord {
  readonly key: Uint8Array
  readonly value?: Uint8Array
}
