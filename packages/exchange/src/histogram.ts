/** Lots at each price of one side: ticks ascending. */
export interface Histogram {
  readonly ticks: Uint32Array
  readonly lots: Float64Array
}

/** Sums by tick while orders are counted, by open addressing: a tick is never 0. */
export class TickSums {
  #ticks = new Uint32Array(1024)
  #lots = new Float64Array(1024)
  #count = 0

  add(tick: number, lots: number): void {
    const mask = this.#ticks.length - 1
    let at = spread(tick) & mask
    while (this.#ticks[at] !== tick) {
      if (this.#ticks[at] === 0) {
        this.#ticks[at] = tick
        this.#count++
        break
      }
      at = (at + 1) & mask
    }
    this.#lots[at]! += lots
    if (2 * this.#count > this.#ticks.length) this.#grow()
  }

  histogram(): Histogram {
    const ticks = new Uint32Array(this.#count)
    let found = 0
    for (const tick of this.#ticks) if (tick !== 0) ticks[found++] = tick
    ticks.sort()
    const lots = Float64Array.from(ticks, tick => this.#lotsAt(tick))
    return { ticks, lots }
  }

  #lotsAt(tick: number): number {
    const mask = this.#ticks.length - 1
    let at = spread(tick) & mask
    while (this.#ticks[at] !== tick) at = (at + 1) & mask
    return this.#lots[at]!
  }

  #grow(): void {
    const [ticks, lots] = [this.#ticks, this.#lots]
    this.#ticks = new Uint32Array(2 * ticks.length)
    this.#lots = new Float64Array(2 * ticks.length)
    this.#count = 0
    for (let at = 0; at < ticks.length; at++) if (ticks[at] !== 0) this.add(ticks[at]!, lots[at]!)
  }
}

/** The histogram of a side of which two workers counted a part each. */
export function addHistograms(a: Histogram, b: Histogram): Histogram {
  const sums = new TickSums()
  for (const { ticks, lots } of [a, b]) {
    for (let i = 0; i < ticks.length; i++) sums.add(ticks[i]!, lots[i]!)
  }
  return sums.histogram()
}

/** Takes the lots of an order out again, if they were counted. */
export function subtract(histogram: Histogram, tick: number, lots: number): void {
  const at = firstAtLeast(histogram.ticks, tick)
  if (histogram.ticks[at] === tick) histogram.lots[at]! -= lots
}

/** The first index whose tick is at least this one. */
export function firstAtLeast(ticks: Uint32Array, tick: number): number {
  let low = 0
  let high = ticks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ticks[middle]! < tick) low = middle + 1
    else high = middle
  }
  return low
}

/** Prices are neighbours: the multiplication spreads them over the table. */
function spread(tick: number): number {
  return Math.imul(tick, 0x9e37_79b1) >>> 8
}
