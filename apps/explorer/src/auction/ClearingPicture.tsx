import { grouped } from '@omg/ui'
import type { Batch, Level, Market } from '../chain/markets.ts'
import { type Curves, curvesOf, type Step } from './curves.ts'

/** Units of the drawing, which is stretched over its place; strokes are not. */
const WIDTH = 1000
const HEIGHT = 300
const MARGIN = 4
const STROKE = { strokeWidth: 2.5, vectorEffect: 'non-scaling-stroke' } as const

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
  return (
    <figure className="px-4 py-3">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words}
        className="h-64 w-full"
      >
        <path d={areaOf(curves.demand, scale)} className="fill-up" fillOpacity="0.12" />
        <path d={areaOf(curves.supply, scale)} className="fill-down" fillOpacity="0.12" />
        <path
          d={`M${x} 0V${scale.y(0)}`}
          className="fill-none stroke-accent"
          strokeDasharray="5 4"
          {...{ ...STROKE, strokeWidth: 1.5 }}
        />
        <path d={lineOf(curves.demand, scale)} className="fill-none stroke-up" {...STROKE} />
        <path d={lineOf(curves.supply, scale)} className="fill-none stroke-down" {...STROKE} />
        <path
          d={`M${x} ${y}h0`}
          className="stroke-accent"
          strokeLinecap="round"
          {...{ ...STROKE, strokeWidth: 13 }}
        />
      </svg>
      <p className="flex justify-between gap-3 pt-1 text-xs text-quiet">
        <span>{market.priceText(BigInt(Math.max(1, curves.low)))}</span>
        <span className="text-sm font-semibold text-ink">
          <span aria-hidden="true" className="text-accent">
            ●{' '}
          </span>
          {market.priceText(price)} {quote.symbol}
        </span>
        <span>{market.priceText(BigInt(curves.high))}</span>
      </p>
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
  return {
    x: tick => round(((tick - low) / (high - low)) * WIDTH),
    y: lots => round(MARGIN + (1 - Math.min(lots, top) / top) * (HEIGHT - 2 * MARGIN)),
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
