import type { CandleInterval, MarketState, Rationing, Side } from '@omg/exchange'
import type {
  Address,
  DataMode,
  Guard,
  Hash,
  MarketTerms,
  OrderTerms,
  OutputId,
  OutputTypeName,
  TransactionKindName,
  TxHash,
} from '@omg/protocol'
import type { KeptLevels } from '../block/clearing.ts'

/**
 * What an output is to its owner: free money, a trading balance, money in an order, an item; `unknown` is an ORDER from
 * Ethereum whose terms nobody has shown yet, `other` every output that has no owner.
 */
export type HeldAs = 'coin' | 'trading' | 'order' | 'item' | 'unknown' | 'other'

export interface LedgerStateRow {
  id: number
  height: bigint
  parameters: string
  /** `Ledger.save()` in hexadecimal. */
  state: string
}

export interface OrderRecordRow {
  key: string
  value: string
}

export interface BlockRow {
  height: bigint
  time: bigint
  appHash: Hash
  previousAppHash: Hash
  checkpoint: bigint
  origin: bigint
  originHash: Hash
  originTime: bigint
  inboxCursor: bigint
  closes: boolean
  transactions: number
  deposits: number
  bytes: number
}

export interface CheckpointRow {
  number: bigint
  /** How its data reaches people. */
  daMode: DataMode
  txRoot: Hash
  txCount: number
  origin: bigint
  originHash: Hash
  inboxCursor: bigint
  firstHeight: bigint
  lastHeight: bigint
}

/** What Ethereum says of a checkpoint, as the node tells it. */
export interface CommitmentRow {
  checkpoint: bigint
  headerHash: Hash
  ethereumBlock: bigint
  ethereumTime: bigint
  /** The Ethereum transaction that brought it; null where the node did not know. */
  ethereumTransaction: Hash | null
}

export interface TransactionRow {
  hash: TxHash
  height: bigint
  /** Among the transactions of its block. */
  place: number
  /** Of its leaf in the checkpoint: `shard << 16 | index`. */
  path: number | bigint
  kind: TransactionKindName
  signers: readonly Address[]
  validUntil: bigint | null
  memo: Hash | null
  market: Hash | null
  price: bigint | null
  feeLanes: bigint
  bytes: number
}

export interface OutputRow {
  id: OutputId
  type: OutputTypeName
  guard: Guard
  owner: Address | null
  token: Address
  amount: bigint
  heldAs: HeldAs
  position: bigint
  height: bigint
  txHash: TxHash | null
  outputIndex: number
  spentHeight: bigint | null
  spentBy: TxHash | null
}

/** What one transaction, or one deposit, did to one owner in one token (or with one item). */
export interface ActivityRow {
  owner: Address
  height: bigint
  /** Among the rows of its block. */
  ordinal: number
  time: bigint
  kind: TransactionKindName
  txHash: TxHash | null
  /** Of a deposit. */
  outputId: OutputId | null
  token: Address
  item: bigint | null
  received: bigint
  sent: bigint
}

export interface BalanceRow {
  owner: Address
  token: Address
  heldAs: HeldAs
  /** Token units; of items their number. */
  amount: bigint
  outputs: bigint
}

export interface FeeRow {
  token: Address
  height: bigint
  amount: bigint
}

export interface TokenRow {
  token: Address
  /** Of all live outputs but items, in token units. */
  supply: bigint
  outputs: bigint
  items: bigint
  /** Ever, in token units. */
  deposited: bigint
  /** Ever, in token units. */
  fees: bigint
}

export interface MarketRow {
  id: Hash
  base: Address
  quote: Address
  tick: bigint
  lot: bigint
  tier: MarketTerms['tier']
  minimumSize: bigint
  state: MarketState
  listedHeight: bigint
  stateHeight: bigint
}

/** `open` until it leaves the book; then how it left. */
export type OrderStatus = 'open' | 'filled' | 'cancelled' | 'amended' | 'spent' | 'released'

export interface OrderRow {
  guard: Guard
  height: bigint
  position: bigint
  time: bigint
  market: Hash
  owner: Address
  side: Side
  limitPrice: bigint
  /** When it entered. */
  lots: bigint
  remaining: bigint
  /** Where it stands now: the second limit of one that turned. */
  tick: bigint
  asleep: boolean
  status: OrderStatus
  /** Why the chain gives it back, or gave it back. */
  release: string | null
  closedHeight: bigint | null
  filled: bigint
  /** Sum of its fills in quote units. */
  value: bigint
  fee: bigint
  updatedHeight: bigint
  terms: OrderTerms
}

export interface FillRow {
  market: Hash
  height: bigint
  guard: Guard
  /** `height` of the order. */
  orderHeight: bigint
  time: bigint
  owner: Address
  side: Side
  price: bigint
  lots: bigint
  value: bigint
  fee: bigint
  maker: boolean
  /** The first SETTLE that has a part of it. */
  txHash: TxHash
}

export interface BatchRow {
  market: Hash
  height: bigint
  time: bigint
  price: bigint | null
  volume: bigint
  low: bigint | null
  high: bigint | null
  demand: bigint
  supply: bigint
  rationing: { [Key in keyof Rationing]: Rationing[Key] extends bigint ? string : Rationing[Key] } | null
  buys: number
  sells: number
  /** Orders by reason. */
  releases: Readonly<Record<string, number>>
  leftOut: Readonly<Record<string, number>>
  settlements: number
  /** What took part. */
  levels: KeptLevels
}

export interface TradeRow {
  market: Hash
  height: bigint
  time: bigint
  price: bigint
  lots: bigint
  /** In quote units. */
  value: bigint
  takerBuyLots: bigint
  takerSellLots: bigint
}

export interface CandleRow {
  market: Hash
  interval: CandleInterval
  start: bigint
  open: bigint
  high: bigint
  low: bigint
  close: bigint
  lots: bigint
  /** Sum of `lots × price`. */
  value: bigint
  trades: bigint
}

/** One price of one side, over the open orders that are awake. */
export interface BookRow {
  market: Hash
  side: Side
  tick: bigint
  lots: bigint
  orders: bigint
}

/** The schema as the query builder sees it: columns in camel case. */
export interface Tables {
  ledgerState: LedgerStateRow
  orderRecords: OrderRecordRow
  blocks: BlockRow
  checkpoints: CheckpointRow
  commitments: CommitmentRow
  transactions: TransactionRow
  outputs: OutputRow
  activity: ActivityRow
  balances: BalanceRow
  fees: FeeRow
  tokens: TokenRow
  markets: MarketRow
  orders: OrderRow
  fills: FillRow
  batches: BatchRow
  trades: TradeRow
  candles: CandleRow
  book: BookRow
}
