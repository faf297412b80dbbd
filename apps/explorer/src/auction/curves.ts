import type { Level } from '../chain/markets.ts'

/** Supply and demand of an auction as steps: how many lots would be bought, and sold, at each price. */
export interface Curves {
  /** Prices shown, in ticks. */
  readonly low: number
  readonly high: number
  /** The most lots that are shown. */
  readonly top: number
  /** Points from the lowest price to the highest, with the height from there to the next. */
  readonly demand: readonly Step[]
  readonly supply: readonly Step[]
}

export interface Step {
  readonly tick: number
  readonly lots: number
}

/** Prices further from the clearing price than this, in percent, are not shown: somebody always asks for the moon. */
const REACH_PERCENT = 2
/** The picture is so many times as high as all that was wanted at the clearing price, on both sides. */
const HEADROOM = 1.3

/** Pixels come of it and no money, so plain numbers are exact enough. */
export function curvesOf(levels: readonly Level[], price: bigint, wanted: bigint): Curves | undefined {
  const middle = Number(price)
  const near = levels.filter(({ tick }) => Math.abs(Number(tick) - middle) * 100 <= middle * REACH_PERCENT)
  if (near.length === 0 || wanted <= 0n) return undefined
  const ticks = [...new Set(near.map(({ tick }) => Number(tick))), middle].sort((a, b) => a - b)
  const margin = Math.max(1, Math.ceil((ticks.at(-1)! - ticks[0]!) / 20))
  const [low, high] = [Math.max(0, ticks[0]! - margin), ticks.at(-1)! + margin]
  const sum = (side: Level['side'], counts: (tick: number) => boolean) =>
    levels.reduce(
      (lots, level) => (level.side === side && counts(Number(level.tick)) ? lots + Number(level.lots) : lots),
      0,
    )
  const edges = [...new Set([low, ...ticks, high])]
  return {
    low,
    high,
    top: Math.ceil(Number(wanted) * HEADROOM),
    // Just above a limit, its buyers are gone; at a limit, its sellers are there.
    demand: edges.map(edge => ({ tick: edge, lots: sum('buy', tick => tick > edge) })),
    supply: edges.map(edge => ({ tick: edge, lots: sum('sell', tick => tick <= edge) })),
  }
}
