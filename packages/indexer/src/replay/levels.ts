import { type Batch, type BookOrder, tickOf } from '@omg/exchange'
import type { Guard } from '@omg/protocol'

/** What took part in an auction at one price. */
export interface ReplayLevel {
  readonly tick: number
  /** Lots that would buy at exactly this limit, and that would sell. */
  readonly buys: number
  readonly sells: number
  /** Lots that would trade if this were the price. */
  readonly volume: number
}

/** The limits of the orders that took part, the highest first. */
export function levelsOf(book: Iterable<BookOrder>, { leftOut }: Batch<Guard>): ReplayLevel[] {
  const absent = new Set(leftOut.map(({ order }) => order))
  const sides = new Map<number, { buys: number; sells: number }>()
  for (const order of book) {
    if (absent.has(order.guard)) continue
    const level = sides.get(tickOf(order)) ?? { buys: 0, sells: 0 }
    level[order.side === 'buy' ? 'buys' : 'sells'] += order.lots
    sides.set(tickOf(order), level)
  }
  const levels = [...sides].sort(([a], [b]) => b - a)
  let supply = levels.reduce((sum, [, { sells }]) => sum + sells, 0)
  let demand = 0
  return levels.map(([tick, { buys, sells }]) => {
    demand += buys
    const level = { tick, buys, sells, volume: Math.min(demand, supply) }
    supply -= sells
    return level
  })
}
