import { grouped } from '@omg/ui'
import type { Batch, Level, Market } from '../chain/markets.ts'
import { type Curves, curvesOf, type Step } from './curves.ts'

/** Units of the drawing; it is as wide as its place. */
const WIDTH = 720
const HEIGHT = 320
const PAD = { left: 12, right: 12, top: 28, bottom: 34 } as const

interface ClearingPictureProps {
  readonly market: Market
  readonly batch: Batch & { readonly levels: readonly Level[] }
}

/** Supply and demand of an auction, and the price at which most is traded. */
export function ClearingPicture({ market, batch }: ClearingPictureProps) {
  const { price, demand, supply, volume } = batch
  if (price === undefined) return <p className="px-4 py-8 text-center text-quiet">Nothing traded.</p>
  const curves = curvesOf(batch.levels, price, demand + supply)
  if (!curves) return <p className="px-4 py-8 text-center text-quiet">There is nothing to draw.</p>
  const { base, quote } = market
  const scale = scaleOf(curves)
  const [x, y] = [scale.x(Number(price)), scale.y(Number(volume))]
  const words = `At ${market.priceText(price)} ${quote.symbol}, ${market.sizeText(demand)} ${base.symbol} would be bought and ${market.sizeText(supply)} sold: ${market.sizeText(volume)} trade. Demand falls and supply rises with the price.`
  const onLeft = x > WIDTH / 2
  return (
    <figure className="px-4 py-3">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words} className="h-auto w-full">
        <title>{words}</title>
        <line
          x1={PAD.left}
          x2={WIDTH - PAD.right}
          y1={scale.y(0)}
          y2={scale.y(0)}
          className="stroke-line"
          strokeWidth="1"
        />
        <path d={areaOf(curves.demand, scale)} className="fill-up" fillOpacity="0.12" />
        <path d={areaOf(curves.supply, scale)} className="fill-down" fillOpacity="0.12" />
        <path d={lineOf(curves.demand, scale)} className="fill-none stroke-up" strokeWidth="2.5" />
        <path d={lineOf(curves.supply, scale)} className="fill-none stroke-down" strokeWidth="2.5" />
        <line
          x1={x}
          x2={x}
          y1={PAD.top - 8}
          y2={scale.y(0)}
          className="stroke-accent"
          strokeWidth="1.5"
          strokeDasharray="5 4"
        />
        <circle cx={x} cy={y} r="6" className="fill-accent stroke-surface" strokeWidth="2" />
        <text
          x={onLeft ? x - 8 : x + 8}
          y={PAD.top - 10}
          textAnchor={onLeft ? 'end' : 'start'}
          className="fill-ink text-sm font-semibold"
        >
          {market.priceText(price)} {quote.symbol}
        </text>
        <text x={PAD.left} y={HEIGHT - 10} className="fill-quiet text-xs">
          {market.priceText(BigInt(Math.max(1, curves.low)))}
        </text>
        <text x={WIDTH - PAD.right} y={HEIGHT - 10} textAnchor="end" className="fill-quiet text-xs">
          {market.priceText(BigInt(curves.high))}
        </text>
      </svg>
      <figcaption className="flex flex-wrap gap-x-5 gap-y-1 pt-1 text-sm">
        <span className="inline-flex items-center gap-2">
          <svg viewBox="0 0 12 12" className="size-3" aria-hidden="true">
            <rect width="12" height="12" rx="2" className="fill-up" />
          </svg>
          Would be bought at a price
        </span>
        <span className="inline-flex items-center gap-2">
          <svg viewBox="0 0 12 12" className="size-3" aria-hidden="true">
            <rect width="12" height="12" rx="2" className="fill-down" />
          </svg>
          Would be sold
        </span>
        <span className="text-quiet">
          {grouped(batch.levels.length)} price levels; all that trades, trades at the one price
        </span>
      </figcaption>
    </figure>
  )
}

interface Scale {
  x(tick: number): number
  y(lots: number): number
}

function scaleOf({ low, high, top }: Curves): Scale {
  const [width, height] = [WIDTH - PAD.left - PAD.right, HEIGHT - PAD.top - PAD.bottom]
  return {
    x: tick => round(PAD.left + ((tick - low) / (high - low)) * width),
    y: lots => round(PAD.top + (1 - Math.min(lots, top) / top) * height),
  }
}

const round = (value: number) => Math.round(value * 10) / 10

/** Level from each price to the next, then up or down. */
function lineOf(steps: readonly Step[], { x, y }: Scale): string {
  return steps
    .map(({ tick, lots }, i) =>
      i === 0 ? `M${x(tick)} ${y(lots)}` : `H${x(tick)}${i < steps.length - 1 ? `V${y(lots)}` : ''}`,
    )
    .join('')
}

function areaOf(steps: readonly Step[], scale: Scale): string {
  return `${lineOf(steps, scale)}V${scale.y(0)}H${scale.x(steps[0]!.tick)}Z`
}
