import type { OrderChange, OrderEntry } from '../block/orders.ts'
import { activityOf } from '../block/owners.ts'
import { blockRow } from '../block/rows.ts'
import { tradesOf } from '../block/trades.ts'
import type { ExecutedBlock } from '../store/pending.ts'
import type { ActivityRow, FillRow } from '../store/tables.ts'
import { isSameBest, type Levels } from './levels.ts'

/** What a block did to one owner. Totals of `changed` are those of this block. */
export interface OwnerNews {
  readonly activity: ActivityRow[]
  readonly entered: OrderEntry[]
  readonly changed: OrderChange[]
  readonly fills: FillRow[]
}

/** What each channel has to tell of a block. Moves `levels` on to the book after it. */
export function newsOf(executed: ExecutedBlock, levels: Levels): Map<string, unknown> {
  const { execution, effect, orders, fills, bytes } = executed
  const news = new Map<string, unknown>([['blocks', blockRow(execution.block, bytes)]])
  for (const trade of tradesOf(execution, fills)) news.set(`trades:${trade.market}`, trade)
  const markets = new Set(orders.levels.map(({ market }) => market))
  const before = [...markets].map(market => [market, levels.best(market)] as const)
  for (const [market, delta] of levels.apply(orders.levels)) news.set(`book:${market}`, delta)
  for (const [market, best] of before) {
    const now = levels.best(market)
    if (!isSameBest(best, now)) news.set(`bbo:${market}`, now)
  }
  const of = (owner: string): OwnerNews => {
    const name = `owner:${owner}`
    const known = news.get(name) as OwnerNews | undefined
    const fresh = known ?? { activity: [], entered: [], changed: [], fills: [] }
    if (!known) news.set(name, fresh)
    return fresh
  }
  for (const row of activityOf(effect, execution.block)) of(row.owner).activity.push(row)
  for (const entry of orders.entries) of(entry.owner).entered.push(entry)
  for (const change of orders.changes) of(change.owner).changed.push(change)
  for (const fill of fills) of(fill.owner).fills.push(fill)
  return news
}
