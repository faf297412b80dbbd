import type { Guard } from '@omg/protocol'
import type { Market } from '@omg/sdk'
import { priceText, sizeText } from './format.ts'

/** An order of whoever looks, as book and chart mark it. */
export interface OwnOrder {
  readonly guard: Guard
  readonly side: 'buy' | 'sell'
  /** Where it stands now, or the price that wakes it, in ticks. */
  readonly price: bigint
  /** What is still to be filled. */
  readonly lots: bigint
  /** One that waits for its trigger is in no book. */
  readonly asleep: boolean
}

/** Own orders of one side at one price. */
export type OwnLine = Omit<OwnOrder, 'guard'> & { readonly orders: number }

export const NO_ORDERS: readonly OwnOrder[] = []

/** Most lines in a chart: who has more quotes by machine, and sees them in the book. */
export const MAX_LINES = 40

/** One's own lots at each rung of a side that is grouped in steps of `step` ticks, as `ladder` groups. */
export function ownRungs(
  own: readonly OwnOrder[],
  side: OwnOrder['side'],
  step: number,
): Map<number, number> {
  const rungs = new Map<number, number>()
  for (const { price, lots, ...order } of own) {
    if (order.side !== side || order.asleep) continue
    const steps = Number(price) / step
    const tick = (side === 'buy' ? Math.floor(steps) : Math.ceil(steps)) * step
    rungs.set(tick, (rungs.get(tick) ?? 0) + Number(lots))
  }
  return rungs
}

/** Own orders as lines of a chart, the highest price first: those of one side at one price are one line. */
export function ownLines(own: readonly OwnOrder[]): OwnLine[] {
  const lines = new Map<string, OwnLine>()
  for (const { side, price, lots, asleep } of own) {
    const name = `${side} ${price} ${asleep}`
    const { lots: before = 0n, orders = 0 } = lines.get(name) ?? {}
    lines.set(name, { side, price, lots: before + lots, asleep, orders: orders + 1 })
  }
  const sorted = [...lines.values()].sort((a, b) => (a.price < b.price ? 1 : a.price > b.price ? -1 : 0))
  return sorted.slice(0, MAX_LINES)
}

/** A line in a word and a number: `Buy 0.0200`, `Sell 0.0100 asleep`. */
export function lineTitle(market: Market, { side, lots, asleep }: OwnLine): string {
  return `${side === 'buy' ? 'Buy' : 'Sell'} ${sizeText(market, lots)}${asleep ? ' asleep' : ''}`
}

/** Own orders in words, for those who do not see the lines. */
export function ownText(market: Market, lines: readonly OwnLine[]): string {
  const parts = lines.map(
    line => `${lineTitle(market, line)} ${line.asleep ? 'until' : 'at'} ${priceText(market, line.price)}`,
  )
  return parts.length === 0 ? '' : `Your orders: ${parts.join('; ')}.`
}
