import {
  type Batch,
  CANDLE_INTERVALS,
  type Candle,
  type CandleInterval,
  candleOf,
  joinCandles,
} from '@omg/exchange'
import type { ExchangeView, Execution, ListedMarket, StateTransition } from '@omg/ledger'
import type { Guard, Hash } from '@omg/protocol'
import type { BatchRow, CandleRow, FillRow, MarketRow, TradeRow } from '../store/tables.ts'
import { keptLevels } from './clearing.ts'
import type { BlockEffect } from './effects.ts'

/** What each order traded in the block: the parts of its SETTLEs together. `ledger` stands before the block. */
export function fillsOf(
  { block }: Execution,
  { transactions }: BlockEffect,
  ledger: StateTransition,
): FillRow[] {
  const rows = new Map<Guard, FillRow>()
  for (const { hash, transaction, fills } of transactions) {
    if (transaction.kind !== 'settle') continue
    const { market, price } = transaction
    for (const { guard, owner, side, lots, maker, value, fee } of fills) {
      const row = rows.get(guard)
      if (row) {
        Object.assign(row, { lots: row.lots + lots, value: row.value + value, fee: row.fee + fee })
        continue
      }
      const orderHeight = ledger.orders.holding(guard)!.live!.order.height
      const { height, time } = block
      rows.set(guard, {
        ...{ market, height, guard, orderHeight, time, owner, side, price, lots, value, fee, maker },
        txHash: hash,
      })
    }
  }
  return [...rows.values()]
}

/**
 * The auctions of a block in which something traded or went back. A book where nothing happens leaves no row. `ledger` stands before
 * the block.
 */
export function batchesOf({ block, batches }: Execution, ledger: StateTransition): BatchRow[] {
  return batches
    .filter(({ volume, releases }) => volume > 0 || releases.length > 0)
    .map(batch => ({
      ...batchRow(batch, block.time),
      levels: keptLevels(ledger.orders.book(batch.market), batch),
    }))
}

function batchRow(batch: Batch<Guard>, time: bigint): Omit<BatchRow, 'levels'> {
  const { market, height, price, volume, interval, demand, supply, rationing } = batch
  return {
    ...{ market, height, time, price: price === undefined ? null : BigInt(price), volume: BigInt(volume) },
    low: interval ? BigInt(interval.low) : null,
    high: interval ? BigInt(interval.high) : null,
    demand: BigInt(demand),
    supply: BigInt(supply),
    rationing: rationing ? { ...rationing, height: String(rationing.height) } : null,
    buys: batch.buys.length,
    sells: batch.sells.length,
    releases: countBy(batch.releases),
    leftOut: countBy(batch.leftOut),
    settlements: batch.settlements.length,
  }
}

function countBy(list: readonly { readonly reason: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { reason } of [...list].sort((a, b) => (a.reason < b.reason ? -1 : 1))) {
    counts[reason] = (counts[reason] ?? 0) + 1
  }
  return counts
}

/** The tape: one trade for each batch with a volume, because everything in it trades at one price. */
export function tradesOf({ block, batches }: Execution, fills: readonly FillRow[]): TradeRow[] {
  return batches.flatMap(({ market, price, volume }) => {
    if (price === undefined || volume === 0) return []
    const of = fills.filter(fill => fill.market === market)
    const takers = (side: string) =>
      of.reduce((sum, fill) => (fill.side === side && !fill.maker ? sum + fill.lots : sum), 0n)
    const value = of.reduce((sum, fill) => (fill.side === 'buy' ? sum + fill.value : sum), 0n)
    const trade = {
      market,
      height: block.height,
      time: block.time,
      price: BigInt(price),
      lots: BigInt(volume),
    }
    return [{ ...trade, value, takerBuyLots: takers('buy'), takerSellLots: takers('sell') }]
  })
}

/** Candles of trades, as rows to join with what is there. */
export class CandleChanges {
  readonly #candles = new Map<string, { market: Hash; interval: CandleInterval; candle: Candle }>()

  /** Trades come in the order of the chain. */
  add({ market, time, price, lots }: TradeRow): void {
    for (const interval of Object.keys(CANDLE_INTERVALS) as CandleInterval[]) {
      const candle = candleOf(interval, { time, price: Number(price), lots: Number(lots) })
      const key = `${market} ${interval} ${candle.start}`
      const known = this.#candles.get(key)
      this.#candles.set(key, { market, interval, candle: known ? joinCandles(known.candle, candle) : candle })
    }
  }

  rows(): CandleRow[] {
    return [...this.#candles.values()].map(({ market, interval, candle }) => ({
      ...{ market, interval, start: candle.start, lots: candle.lots, value: candle.value },
      open: BigInt(candle.open),
      high: BigInt(candle.high),
      low: BigInt(candle.low),
      close: BigInt(candle.close),
      trades: BigInt(candle.trades),
    }))
  }
}

/** The markets whose state is another than `known` says, as rows; `known` is brought up to date. */
export function marketsOf(
  { markets }: ExchangeView,
  height: bigint,
  known: Map<Hash, MarketRow>,
): MarketRow[] {
  return markets.list().flatMap(listed => {
    const before = known.get(listed.id)
    if (before?.state === listed.state) return []
    const row = marketRow(listed, before?.listedHeight ?? height, height)
    known.set(listed.id, row)
    return [row]
  })
}

function marketRow({ id, terms, state }: ListedMarket, listedHeight: bigint, stateHeight: bigint): MarketRow {
  const { base, quote, tick, lot, tier, minimumSize } = terms
  return { id, base, quote, tick, lot, tier, minimumSize, state, listedHeight, stateHeight }
}
