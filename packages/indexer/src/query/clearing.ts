import type { Side } from '@omg/exchange'
import type { Hash } from '@omg/protocol'
import type { Database } from '../store/database.ts'
import type { BatchRow } from '../store/tables.ts'

/** What was wanted at one price in an auction. */
export interface ClearingLevel {
  readonly side: Side
  readonly tick: bigint
  readonly lots: bigint
  readonly orders: bigint
}

/** An auction with what took part in it. */
export interface ClearingView extends Omit<BatchRow, 'levels'> {
  /** The best of each side, the lowest first. */
  readonly levels: readonly ClearingLevel[]
  /** Whether the levels lead to the demand and supply of the auction: not where more levels traded than are kept. */
  readonly exact: boolean
}

/** One auction in which something traded or went back. */
export async function getClearing(
  reader: Database,
  market: Hash,
  height: bigint,
): Promise<ClearingView | undefined> {
  const row = await reader
    .selectFrom('batches')
    .selectAll()
    .where('market', '=', market)
    .where('height', '=', height)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { levels: kept, ...batch } = row
  const levels = [...levelsOf('buy', kept.buy), ...levelsOf('sell', kept.sell)].sort(lowestFirst)
  const { price } = batch
  const sum = (side: Side, counts: (tick: bigint) => boolean) =>
    levels.reduce((lots, level) => (level.side === side && counts(level.tick) ? lots + level.lots : lots), 0n)
  const exact =
    price !== null &&
    sum('buy', tick => tick >= price) === batch.demand &&
    sum('sell', tick => tick <= price) === batch.supply
  return { ...batch, levels, exact }
}

function levelsOf(side: Side, kept: BatchRow['levels'][Side]): ClearingLevel[] {
  return kept.map(([tick, lots, orders]) => ({
    side,
    tick: BigInt(tick),
    lots: BigInt(lots),
    orders: BigInt(orders),
  }))
}

function lowestFirst(a: ClearingLevel, b: ClearingLevel): number {
  if (a.tick !== b.tick) return a.tick < b.tick ? -1 : 1
  return a.side < b.side ? -1 : a.side > b.side ? 1 : 0
}
