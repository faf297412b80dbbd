import type { CandleInterval } from '@omg/exchange'
import type { Hash } from '@omg/protocol'
import { sql } from 'kysely'
import type { Database } from '../store/database.ts'
import type { BatchRow, BookRow, CandleRow, MarketRow, TradeRow } from '../store/tables.ts'
import { decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'

/** Seconds that a ticker looks back, from the last block, in whole minutes. */
export const TICKER_SECONDS = 86_400n
/** Levels of one side of a book that are shown without asking, and most of them. */
export const DEFAULT_BOOK_LEVELS = 50
export const MAX_BOOK_LEVELS = 1_000

export async function listMarkets(
  reader: Database,
  { limit, cursor }: PageRequest,
): Promise<Page<MarketRow>> {
  let query = reader
    .selectFrom('markets')
    .selectAll()
    .orderBy('id')
    .limit(limit + 1)
  if (cursor !== undefined)
    query = query.where('id', '>', decodeCursor('markets', cursor, ['hex'])[0] as Hash)
  return pageOf(
    await query.execute(),
    limit,
    ({ id }) => encodeCursor('markets', [id]),
    row => row,
  )
}

export function getMarket(reader: Database, id: Hash): Promise<MarketRow | undefined> {
  return reader.selectFrom('markets').selectAll().where('id', '=', id).executeTakeFirst()
}

/** What a market did in the last 24 hours of the chain. Prices in ticks; null where there is none. */
export interface Ticker {
  readonly market: Hash
  /** As of this block. */
  readonly height: bigint
  readonly time: bigint
  /** Price of the last trade ever. */
  readonly last: bigint | null
  readonly open: bigint | null
  readonly high: bigint | null
  readonly low: bigint | null
  readonly lots: bigint
  /** Sum of `lots × price`. */
  readonly value: bigint
  readonly trades: bigint
  readonly bid: bigint | null
  readonly bidLots: bigint | null
  readonly ask: bigint | null
  readonly askLots: bigint | null
}

export async function getTicker(reader: Database, market: Hash): Promise<Ticker | undefined> {
  return (await tickersOf(reader, [market]))[0]
}

/** Tickers by market id. */
export async function listTickers(reader: Database, { limit, cursor }: PageRequest): Promise<Page<Ticker>> {
  let query = reader
    .selectFrom('markets')
    .select('id')
    .orderBy('id')
    .limit(limit + 1)
  if (cursor !== undefined)
    query = query.where('id', '>', decodeCursor('tickers', cursor, ['hex'])[0] as Hash)
  const { items, next } = pageOf(
    await query.execute(),
    limit,
    ({ id }) => encodeCursor('tickers', [id]),
    ({ id }) => id,
  )
  return { items: await tickersOf(reader, items), next }
}

/** Tickers of some markets, by id. In one statement, so that everything is of one block. */
export async function tickersOf(reader: Database, markets: readonly Hash[]): Promise<readonly Ticker[]> {
  if (markets.length === 0) return []
  const best = (side: 'buy' | 'sell', order: 'desc' | 'asc') => sql`left join lateral (
    select tick, lots from book where market = asked.id and side = ${side}
    order by tick ${sql.raw(order)} limit 1) as ${sql.raw(side)} on true`
  const { rows } = await sql<Ticker>`select asked.id as market, tip.height, tip.time, last.price as last,
      day.open, day.high, day.low, coalesce(day.lots, 0)::numeric(60) as lots,
      coalesce(day.value, 0)::numeric(60) as value, coalesce(day.trades, 0)::int8 as trades,
      buy.tick as bid, buy.lots as bid_lots, sell.tick as ask, sell.lots as ask_lots
    from (select height, time from blocks order by height desc limit 1) as tip
    cross join (select id from markets where id in (${sql.join(markets)})) as asked
    left join lateral (
      select price from trades where market = asked.id order by height desc limit 1) as last on true
    left join lateral (
      select (array_agg(open order by start))[1] as open, max(high) as high, min(low) as low,
        sum(lots) as lots, sum(value) as value, sum(trades) as trades
      from candles where market = asked.id and interval = '1m'
      and start > tip.time - ${TICKER_SECONDS}) as day on true
    ${best('buy', 'desc')} ${best('sell', 'asc')} order by asked.id`.execute(reader)
  return rows
}

type Level = Pick<BookRow, 'tick' | 'lots' | 'orders'>

/** The price levels of a market as of a block, the best first. */
export interface BookView {
  readonly market: Hash
  readonly height: bigint
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** In one statement, so that both sides are of one block. `levels` bounds each side. */
export async function getBook(reader: Database, market: Hash, levels: number): Promise<BookView> {
  const side = (name: 'buy' | 'sell', order: 'desc' | 'asc') => sql`(select * from book
    where market = ${market} and side = ${name} order by tick ${sql.raw(order)} limit ${levels})`
  const { rows } = await sql<{ height: bigint } & { [Key in keyof BookRow]: BookRow[Key] | null }>`
    select ledger_state.height, level.* from ledger_state
    left join (${side('buy', 'desc')} union all ${side('sell', 'asc')}) as level on true`.execute(reader)
  const of = (name: string) =>
    rows.flatMap(({ side: own, tick, lots, orders }) =>
      own === name ? [{ tick: tick!, lots: lots!, orders: orders! }] : [],
    )
  const bids = of('buy').sort((a, b) => Number(b.tick - a.tick))
  const asks = of('sell').sort((a, b) => Number(a.tick - b.tick))
  return { market, height: rows[0]?.height ?? 0n, bids, asks }
}

/** The tape, the newest first: one trade for each batch with a volume. */
export async function listTrades(
  reader: Database,
  market: Hash,
  { limit, cursor }: PageRequest,
): Promise<Page<TradeRow>> {
  let query = reader.selectFrom('trades').selectAll().where('market', '=', market)
  if (cursor !== undefined) query = query.where('height', '<', decodeCursor('trades', cursor, ['integer'])[0])
  const rows = await query
    .orderBy('height', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    ({ height }) => encodeCursor('trades', [height]),
    row => row,
  )
}

/** Trades of one read while the tape is exported. */
const EXPORT_PAGE_ROWS = 1_000

/** The tape from one block to another, both included, the oldest first, page by page. */
export async function* tapeOf(
  reader: Database,
  market: Hash,
  { from, to }: { readonly from: bigint; readonly to?: bigint | undefined },
): AsyncGenerator<readonly TradeRow[]> {
  for (let next = from; ; ) {
    let query = reader
      .selectFrom('trades')
      .selectAll()
      .where('market', '=', market)
      .where('height', '>=', next)
    if (to !== undefined) query = query.where('height', '<=', to)
    const rows = await query.orderBy('height').limit(EXPORT_PAGE_ROWS).execute()
    if (rows.length > 0) yield rows
    if (rows.length < EXPORT_PAGE_ROWS) return
    next = rows.at(-1)!.height + 1n
  }
}

export interface CandleFilter extends PageRequest {
  readonly interval: CandleInterval
  /** First and last second that a candle may start at. */
  readonly from?: bigint | undefined
  readonly to?: bigint | undefined
}

/** Candles of one length, the newest first; times without a trade have none. */
export async function listCandles(
  reader: Database,
  market: Hash,
  { limit, cursor, interval, from, to }: CandleFilter,
): Promise<Page<CandleRow>> {
  let query = reader
    .selectFrom('candles')
    .selectAll()
    .where('market', '=', market)
    .where('interval', '=', interval)
    .orderBy('start', 'desc')
    .limit(limit + 1)
  if (from !== undefined) query = query.where('start', '>=', from)
  if (to !== undefined) query = query.where('start', '<=', to)
  if (cursor !== undefined) query = query.where('start', '<', decodeCursor('candles', cursor, ['integer'])[0])
  return pageOf(
    await query.execute(),
    limit,
    ({ start }) => encodeCursor('candles', [start]),
    row => row,
  )
}

/** Auctions in which something traded or went back, the newest first. */
export async function listBatches(
  reader: Database,
  market: Hash,
  { limit, cursor }: PageRequest,
): Promise<Page<Omit<BatchRow, 'levels'>>> {
  let query = reader.selectFrom('batches').selectAll().where('market', '=', market)
  if (cursor !== undefined)
    query = query.where('height', '<', decodeCursor('batches', cursor, ['integer'])[0])
  const rows = await query
    .orderBy('height', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    ({ height }) => encodeCursor('batches', [height]),
    // What took part is told of one auction at a time.
    ({ levels, ...row }) => row,
  )
}
