import { MAX_TICK } from '@omg/sdk'
import type { Quote } from '../maker/quotes.ts'

/** What a maker keeps in the book, in hundredths of a percent of the market's long-run price. */
export interface LadderPlan {
  /** From the fair price to the best quote of each side, at least. */
  readonly halfSpreadBps: number
  /** Between two levels. */
  readonly gridBps: number
  readonly levels: number
}

/**
 * Bids below and asks above a price, the best first. All prices are multiples of one grid, so a price that moves a little moves one order
 * of each side from one end of the ladder to the other, and the rest keep their places.
 */
export function ladderAround(fair: bigint, anchor: bigint, plan: LadderPlan): Quote[] {
  const grid = atLeastOne((anchor * BigInt(plan.gridBps)) / 10_000n)
  const half = atLeastOne((anchor * BigInt(plan.halfSpreadBps)) / 10_000n)
  const bid = ((fair - half) / grid) * grid
  const ask = ((fair + half + grid - 1n) / grid) * grid
  const levels = Array.from({ length: plan.levels }, (_, level) => BigInt(level) * grid)
  const quotes: Quote[] = [
    ...levels.map(distance => ({ side: 'buy' as const, price: bid - distance })),
    ...levels.map(distance => ({ side: 'sell' as const, price: ask + distance })),
  ]
  return quotes.filter(({ price }) => price >= 1n && price <= BigInt(MAX_TICK))
}

const atLeastOne = (value: bigint) => (value < 1n ? 1n : value)
