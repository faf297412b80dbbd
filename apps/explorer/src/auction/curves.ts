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
  const ticks = [...new Set([...near.map(({ tick }) => Number(tick)), middle])].sort((a, b) => a - b)
  const top = Math.ceil(Number(wanted) * HEADROOM)
  const sum = (side: Level['side'], counts: (tick: number) => boolean) =>
    levels.reduce(
      (lots, level) => (level.side === side && counts(Number(level.tick)) ? lots + Number(level.lots) : lots),
      0,
    )
  // Just above a limit, its buyers are gone; at a limit, its sellers are there.
  const demandAt = (edge: number) => sum('buy', tick => tick > edge)
  const supplyAt = (edge: number) => sum('sell', tick => tick <= edge)
  // Where one curve has left the picture and the other lies on the ground, there is nothing more to see.
  const isEmpty = (tick: number) =>
    tick < middle
      ? demandAt(tick) >= top && supplyAt(tick) === 0
      : supplyAt(tick) >= top && demandAt(tick) === 0
  const first = ticks.findLast(tick => tick < middle && isEmpty(tick)) ?? ticks[0]!
  const last = ticks.find(tick => tick > middle && isEmpty(tick)) ?? ticks.at(-1)!
  const margin = Math.max(1, Math.ceil((last - first) / 20))
  const [low, high] = [Math.max(0, first - margin), last + margin]
  const edges = [low, ...ticks.filter(tick => tick >= first && tick <= last), high]
  return {
    ...{ low, high, top },
    demand: edges.map(tick => ({ tick, lots: demandAt(tick) })),
    supply: edges.map(tick => ({ tick, lots: supplyAt(tick) })),
  }
}
