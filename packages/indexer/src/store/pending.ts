import {
  type ClosedCheckpoint,
  type ExchangeView,
  type Execution,
  type FeeToken,
  type LockedOutputs,
  orderRecords,
} from '@omg/ledger'
import { type Address, type Hash, type OutputId, type TxHash, toHex } from '@omg/protocol'
import type { BlockEffect, OwnedOutput } from '../block/effects.ts'
import type { OrderChange, OrderEffect, OrderEntry } from '../block/orders.ts'
import { activityOf, BalanceChanges, feesOf, TokenChanges } from '../block/owners.ts'
import { blockRow, checkpointRow, outputRows, transactionRow } from '../block/rows.ts'
import { CandleChanges, marketsOf, tradesOf } from '../block/trades.ts'
import type {
  ActivityRow,
  BatchRow,
  BlockRow,
  CheckpointRow,
  FeeRow,
  FillRow,
  HeldAs,
  MarketRow,
  OutputRow,
  TradeRow,
  TransactionRow,
} from './tables.ts'

/** An output from an earlier write that is spent now. */
export interface Spend {
  readonly id: OutputId
  readonly spentHeight: bigint
  readonly spentBy: TxHash
}

/** An output from an earlier write whose owner is known now. */
export interface LearnedOwner {
  readonly id: OutputId
  readonly owner: Address
  readonly heldAs: HeldAs
}

/** What a block came to. */
export interface ExecutedBlock {
  readonly execution: Execution
  readonly effect: BlockEffect
  readonly orders: OrderEffect
  readonly fills: readonly FillRow[]
  readonly auctions: readonly BatchRow[]
  /** What it was executed with. */
  readonly exchange: ExchangeView
  readonly locked: LockedOutputs
  readonly closed: ClosedCheckpoint | undefined
  /** Of the block's record. */
  readonly bytes: number
}

/** Orders that enter, and what changes about those of earlier writes: one row for each, however many blocks. */
export class OrderRows {
  readonly #entries = new Map<string, OrderEntry>()
  readonly #changes = new Map<string, OrderChange>()

  add({ entries, changes }: OrderEffect): void {
    for (const change of changes) {
      const key = `${change.guard} ${change.height}`
      const entry = this.#entries.get(key)
      const earlier = entry ?? this.#changes.get(key)
      const merged = earlier ? { ...earlier, ...change, ...sumsOf(earlier, change) } : change
      if (entry) this.#entries.set(key, { ...entry, ...merged })
      else this.#changes.set(key, merged)
    }
    for (const entry of entries) this.#entries.set(`${entry.guard} ${entry.height}`, entry)
  }

  get entries(): OrderEntry[] {
    return [...this.#entries.values()]
  }

  get changes(): OrderChange[] {
    return [...this.#changes.values()]
  }
}

type Sums = Pick<OrderChange, 'filled' | 'value' | 'fee'>

function sumsOf(a: Sums, b: Sums): Sums {
  return { filled: a.filled + b.filled, value: a.value + b.value, fee: a.fee + b.fee }
}

/** The rows of blocks that were executed and are not written yet: one transaction, however many blocks. */
export class Pending {
  readonly blocks: BlockRow[] = []
  readonly checkpoints: CheckpointRow[] = []
  readonly transactions: TransactionRow[] = []
  readonly outputs = new Map<OutputId, OutputRow>()
  readonly spends: Spend[] = []
  readonly activity: ActivityRow[] = []
  readonly balances = new BalanceChanges()
  readonly fees: FeeRow[] = []
  readonly tokens = new TokenChanges()
  readonly learned: LearnedOwner[] = []
  readonly markets: MarketRow[] = []
  readonly orders = new OrderRows()
  readonly fills: FillRow[] = []
  readonly batches: BatchRow[] = []
  readonly trades: TradeRow[] = []
  readonly candles = new CandleChanges()
  /** Records of the ledger's order state by key; null for those to delete. */
  readonly records = new Map<string, string | null>()
  readonly #feeTokens: readonly FeeToken[]
  readonly #markets: Map<Hash, MarketRow>
  #rows = 0

  /** `markets` are those that were written or are about to be; it is kept up to date. */
  constructor(feeTokens: readonly FeeToken[], markets: Map<Hash, MarketRow>) {
    this.#feeTokens = feeTokens
    this.#markets = markets
  }

  /** Rows that wait, about. */
  get size(): number {
    return this.#rows
  }

  add(executed: ExecutedBlock): void {
    this.#addChain(executed)
    this.#addExchange(executed)
  }

  #addChain({ execution, effect, closed, bytes }: ExecutedBlock): void {
    const { block, lanes } = execution
    const { height } = block
    const fees = feesOf(lanes, height, this.#feeTokens)
    const activity = activityOf(effect, block)
    this.blocks.push(blockRow(block, bytes))
    if (closed) this.checkpoints.push(checkpointRow(closed))
    for (const [place, transaction] of effect.transactions.entries()) {
      this.transactions.push(transactionRow(transaction, height, place))
    }
    for (const row of outputRows(effect, height)) this.outputs.set(row.id, row)
    for (const { hash, spent } of effect.transactions) {
      for (const { id } of spent) this.#spend({ id, spentHeight: height, spentBy: hash })
    }
    for (const row of activity) this.activity.push(row)
    for (const row of fees) this.fees.push(row)
    this.balances.addBlock(effect)
    this.tokens.addBlock(effect, fees)
    this.#rows += 1 + effect.deposits.length + activity.length
    for (const { made, spent } of effect.transactions) this.#rows += 1 + made.length + spent.length
  }

  #addExchange({ execution, effect, orders, fills, auctions, exchange }: ExecutedBlock): void {
    const { height } = execution.block
    for (const { outputs } of effect.learned) {
      for (const owned of outputs) this.#learn(owned)
    }
    this.markets.push(...marketsOf(exchange, height, this.#markets))
    this.orders.add(orders)
    for (const fill of fills) this.fills.push(fill)
    this.batches.push(...auctions)
    for (const trade of tradesOf(execution, fills)) {
      this.trades.push(trade)
      this.candles.add(trade)
    }
    for (const { key, value } of orderRecords(execution.orders)) {
      this.records.set(toHex(key), value === undefined ? null : toHex(value))
    }
    this.#rows += orders.entries.length + orders.changes.length + fills.length
  }

  /** An output whose owner was unknown until now. */
  #learn(owned: OwnedOutput): void {
    const { id, owner, heldAs } = owned
    const row = this.outputs.get(id)
    if (row) Object.assign(row, { owner, heldAs })
    else this.learned.push({ id, owner: owner!, heldAs })
    this.balances.add(owned, 1n)
  }

  /** An output of this write is written as spent; an older one is changed. */
  #spend(spend: Spend): void {
    const row = this.outputs.get(spend.id)
    if (row === undefined) this.spends.push(spend)
    else Object.assign(row, { spentHeight: spend.spentHeight, spentBy: spend.spentBy })
  }
}
