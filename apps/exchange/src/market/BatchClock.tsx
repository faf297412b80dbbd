import { Fields, type Market } from '@omg/sdk'
import { grouped } from '@omg/ui'
import { useEffect, useState } from 'react'
import { type Reading, useChannel } from '../data/channel.ts'
import { useNetwork } from '../data/network.ts'
import { type Indicative, indicativeFrom } from '../data/read.ts'
import { priceText, sizeText } from './format.ts'

const INDICATIVE: Reading<Indicative> = {
  snapshot: indicativeFrom,
  update: (_, data) => indicativeFrom(data),
}

/** Blocks whose pace is shown. */
const PACE_BLOCKS = 20

interface Pace {
  readonly height: bigint
  /** When the last blocks came, in milliseconds of this machine, the newest first. */
  readonly arrivals: readonly number[]
}

const heightOf = (data: unknown) => new Fields(data, 'block').integer('height')
const PACE: Reading<Pace> = {
  snapshot: data => ({ height: heightOf(data), arrivals: [performance.now()] }),
  update: ({ arrivals }, data) => ({
    height: heightOf(data),
    arrivals: [performance.now(), ...arrivals].slice(0, PACE_BLOCKS + 1),
  }),
}

/** Milliseconds from block to block lately; undefined until some have come. */
export function paceOf(arrivals: readonly number[]): number | undefined {
  const blocks = arrivals.length - 1
  return blocks < 1 ? undefined : (arrivals[0]! - arrivals[blocks]!) / blocks
}

/** A pace below this is shown as batches in a second, without a bar that runs. */
const FAST_MS = 1_000

/** The batch that comes with the next block: what it would trade, and at which price, if nothing else came. */
export function BatchClock({ market }: { market: Market }) {
  const { status } = useNetwork()
  const indicative = useLegible(useChannel(`indicative:${market.id}`, INDICATIVE))
  const pace = useChannel('blocks', PACE)
  const height = pace?.height ?? status?.height
  const milliseconds = pace && paceOf(pace.arrivals)
  return (
    <section
      aria-label="Next batch"
      className="flex h-11 w-full min-w-0 items-center gap-3 text-xs max-lg:border-t max-lg:border-line lg:w-64 lg:shrink-0 lg:border-l lg:border-line lg:pl-4"
    >
      <Dial height={height} milliseconds={milliseconds} />
      <div className="min-w-0 flex-1">
        <p className="truncate text-quiet">
          Batch{' '}
          <span className="font-medium text-ink">{height === undefined ? '–' : grouped(height + 1n)}</span>
          {milliseconds === undefined ? '' : `, ${paceText(milliseconds)}`}
        </p>
        <p className="truncate font-medium" data-testid="indicative">
          {indicative?.price === undefined ? (
            <span className="font-normal text-quiet">
              {indicative ? 'No orders meet yet' : 'All orders meet at one fair price'}
            </span>
          ) : (
            <>
              {sizeText(market, indicative.volume)} {market.base.symbol} meet at{' '}
              {priceText(market, indicative.price)}
            </>
          )}
        </p>
      </div>
    </section>
  )
}

/** Milliseconds that orders which meet stay in sight: with several batches a second nobody could read them otherwise. */
const LEGIBLE_MS = 1_500

/** What the next batch would do; one that trades stands until it can be read, or until another does. */
function useLegible(indicative: Indicative | undefined): Indicative | undefined {
  const trades = indicative?.price !== undefined
  const [shown, setShown] = useState<Indicative>()
  if (trades && indicative !== shown) setShown(indicative)
  useEffect(() => {
    if (trades) return
    const timer = setTimeout(() => setShown(undefined), LEGIBLE_MS)
    return () => clearTimeout(timer)
  }, [trades])
  return shown ?? indicative
}

function paceText(milliseconds: number): string {
  if (milliseconds < FAST_MS) return `${Math.max(1, Math.round(1_000 / milliseconds))} a second`
  return `every ${Math.round(milliseconds / 100) / 10} s`
}

/** A ring that fills until the next block; each block begins it anew. */
function Dial({ height, milliseconds }: { height: bigint | undefined; milliseconds: number | undefined }) {
  return (
    <svg viewBox="0 0 24 24" className="size-6 shrink-0 -rotate-90" fill="none" aria-hidden="true">
      <circle cx="12" cy="12" r="9" stroke="var(--line)" strokeWidth="3" />
      <circle
        key={String(height)}
        cx="12"
        cy="12"
        r="9"
        pathLength={1}
        stroke="var(--accent)"
        strokeWidth="3"
        strokeDasharray="1 1"
        className={height === undefined ? 'opacity-0' : 'dial'}
        style={{ animationDuration: `${Math.round(milliseconds ?? FAST_MS)}ms` }}
      />
    </svg>
  )
}
