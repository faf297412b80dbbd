import type { Hash } from '@omg/protocol'
import { sql } from 'kysely'
import type { Database } from '../store/database.ts'
import type { BatchRow, BookRow } from '../store/tables.ts'

/** Orders that entered longer before an auction than this, in blocks, are not looked for. */
const REACH_BLOCKS = 200_000n
/** Price levels of an answer: those nearest to the clearing price. */
export const MAX_CLEARING_LEVELS = 200

/** What was wanted at one price in an auction. */
export type ClearingLevel = Pick<BookRow, 'side' | 'tick' | 'lots' | 'orders'>

/** An auction with the orders that met in it. */
export interface ClearingView extends BatchRow {
  /** The lowest first. */
  readonly levels: readonly ClearingLevel[]
  /**
   * Whether the levels lead to the demand and supply of the auction. They are worked out from the history of orders, which does not say
   * when an owner made one smaller, nor what self-trade prevention took.
   */
  readonly exact: boolean
}

/** One auction in which something traded or went back. */
export async function getClearing(
  reader: Database,
  market: Hash,
  height: bigint,
): Promise<ClearingView | undefined> {
  const batch = await reader
    .selectFrom('batches')
    .selectAll()
    .where('market', '=', market)
    .where('height', '=', height)
    .executeTakeFirst()
  if (batch === undefined) return undefined
  const all = await levelsAt(reader, market, height)
  const { price } = batch
  const sum = (side: 'buy' | 'sell', counts: (tick: bigint) => boolean) =>
    all.reduce((lots, level) => (level.side === side && counts(level.tick) ? lots + level.lots : lots), 0n)
  const exact =
    price !== null &&
    sum('buy', tick => tick >= price) === batch.demand &&
    sum('sell', tick => tick <= price) === batch.supply
  return { ...batch, levels: nearest(all, price), exact }
}

/** Orders that entered before the block and were still there when it was cleared, with what they had not traded by then. */
async function levelsAt(reader: Database, market: Hash, height: bigint): Promise<ClearingLevel[]> {
  const { rows } =
    await sql<ClearingLevel>`select side, tick, sum(open)::numeric(60) as lots, count(*) as orders
    from (
      select side, tick, lots - coalesce((
        select sum(fills.lots) from fills where fills.guard = orders.guard
        and fills.order_height = orders.height and fills.height < ${height}), 0) as open
      from orders
      where market = ${market} and height < ${height} and height >= ${height - REACH_BLOCKS} and not asleep
      and (closed_height is null or closed_height > ${height}
        or (closed_height = ${height} and status in ('filled', 'released') and release is distinct from 'expired'))
    ) as standing
    where open > 0 group by side, tick order by tick, side`.execute(reader)
  return rows
}

function nearest(levels: readonly ClearingLevel[], price: bigint | null): ClearingLevel[] {
  if (levels.length <= MAX_CLEARING_LEVELS) return [...levels]
  const above = price === null ? levels.length / 2 : levels.findIndex(({ tick }) => tick >= price)
  const middle = above < 0 ? levels.length : Math.floor(above)
  const from = Math.max(0, Math.min(middle - MAX_CLEARING_LEVELS / 2, levels.length - MAX_CLEARING_LEVELS))
  return levels.slice(from, from + MAX_CLEARING_LEVELS)
}
