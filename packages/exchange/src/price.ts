import type { Histogram } from './histogram.ts'

/** Where demand and supply meet. */
export interface Crossing {
  readonly price: number
  readonly low: number
  readonly high: number
  /** Lots of buys at or above the price. */
  readonly demand: number
  /** Lots of sells at or below it. */
  readonly supply: number
}

/**
 * The price with the most volume, then with the least imbalance, then closest to the last price (to the middle of all
 * that are as good, rounded down, without one). Undefined where nothing can trade.
 *
 * Demand falls and supply rises with the price, and both are constant from one step to the next: from a tick of a sell,
 * or from one above the tick of a buy, up to the next such tick. So one walk upwards over both histograms sees every
 * price there is, and the ticks that are as good as each other lie in a row.
 */
export function findCrossing(
  buys: Histogram,
  sells: Histogram,
  lastPrice: number | undefined,
): Crossing | undefined {
  const best = bestSteps(buys, sells)
  if (best.volume === 0) return undefined
  const { low, high } = best
  const price =
    lastPrice === undefined ? Math.floor((low + high) / 2) : Math.min(Math.max(lastPrice, low), high)
  return { price, low, high, demand: lotsFrom(buys, price), supply: lotsUpTo(sells, price) }
}

function bestSteps(buys: Histogram, sells: Histogram) {
  const best = { volume: 0, imbalance: 0, low: 0, high: 0 }
  let demand = lotsFrom(buys, 0)
  let supply = 0
  let buy = 0
  let sell = 0
  while (buy < buys.ticks.length) {
    const buyEnds = buys.ticks[buy]! + 1
    const sellStarts = sell < sells.ticks.length ? sells.ticks[sell]! : Number.POSITIVE_INFINITY
    const from = Math.min(buyEnds, sellStarts)
    if (buyEnds === from) demand -= buys.lots[buy++]!
    if (sellStarts === from) supply += sells.lots[sell++]!
    const volume = Math.min(demand, supply)
    if (volume === 0 || volume < best.volume) continue
    const imbalance = Math.abs(demand - supply)
    if (volume === best.volume && imbalance > best.imbalance) continue
    if (volume > best.volume || imbalance < best.imbalance) best.low = from
    best.volume = volume
    best.imbalance = imbalance
    best.high = lastOfStep(buys, sells, buy, sell)
  }
  return best
}

/** The last tick before something changes: some demand is left, so a buy ends somewhere. */
function lastOfStep(buys: Histogram, sells: Histogram, buy: number, sell: number): number {
  return Math.min(buys.ticks[buy]!, sell < sells.ticks.length ? sells.ticks[sell]! - 1 : buys.ticks[buy]!)
}

function lotsFrom({ ticks, lots }: Histogram, tick: number): number {
  let sum = 0
  for (let i = ticks.length - 1; i >= 0 && ticks[i]! >= tick; i--) sum += lots[i]!
  return sum
}

function lotsUpTo({ ticks, lots }: Histogram, tick: number): number {
  let sum = 0
  for (let i = 0; i < ticks.length && ticks[i]! <= tick; i++) sum += lots[i]!
  return sum
}
