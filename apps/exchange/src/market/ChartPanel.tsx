import type { CandleInterval } from '@omg/exchange'
import type { Market } from '@omg/sdk'
import { Missing, useTheme } from '@omg/ui'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { useChannel } from '../data/channel.ts'
import { useNetwork } from '../data/network.ts'
import { INTERVALS, type Trade } from '../data/read.ts'
import { type Bar, barsOf, SECONDS } from './candles.ts'
import type { MarketChart } from './chart.ts'
import { changeOf, clockText, priceText, shortSize } from './format.ts'
import { lineTitle, type OwnOrder, ownLines, ownText } from './ownOrders.ts'
import { TAPE } from './tape.ts'
import { useCandles } from './useCandles.ts'

const NO_TRADES: readonly Trade[] = []
const KEPT_INTERVAL = 'interval'
/** Batches come several times a second: short candles show a newcomer how the market moves. */
const FIRST_INTERVAL: CandleInterval = '5s'

function keptInterval(): CandleInterval {
  const kept = localStorage.getItem(KEPT_INTERVAL)
  return INTERVALS.find(interval => interval === kept) ?? FIRST_INTERVAL
}

/** Candles, volume and batches of a market, and one's own orders in it. */
export function ChartPanel({ market, own }: { market: Market; own: readonly OwnOrder[] }) {
  const [interval, setInterval] = useState(keptInterval)
  const [withBatches, setWithBatches] = useState(true)
  const { rows, loadOlder } = useCandles(market, interval)
  const tape = useChannel(`trades:${market.id}`, TAPE)
  const bars = useMemo(() => rows && barsOf(rows, interval), [rows, interval])
  const [pointed, setPointed] = useState<number>()
  const choose = (next: CandleInterval) => {
    localStorage.setItem(KEPT_INTERVAL, next)
    setInterval(next)
  }
  const shown =
    bars?.findLast(({ start }) => pointed === undefined || Number(start) === pointed) ?? bars?.at(-1)
  return (
    <section
      aria-label="Chart"
      className="flex h-full min-h-0 flex-col overflow-hidden rounded-lg bg-surface"
    >
      <div className="flex h-12 shrink-0 items-center gap-3 border-b border-line px-3 lg:h-9">
        <Intervals interval={interval} onChoose={choose} />
        <a
          href="https://www.tradingview.com/"
          target="_blank"
          rel="noreferrer"
          className="ml-auto flex h-11 items-center text-[11px] !text-quiet lg:h-7"
        >
          Charts by TradingView
        </a>
        <button
          type="button"
          aria-pressed={withBatches}
          onClick={() => setWithBatches(!withBatches)}
          className="flex h-11 items-center gap-1.5 rounded px-2 text-xs text-quiet hover:text-ink aria-pressed:text-ink lg:h-7"
        >
          <span
            aria-hidden="true"
            className={`size-2 rounded-full ${withBatches ? 'bg-accent' : 'border border-quiet'}`}
          />
          Batches
        </button>
      </div>
      <div className="relative min-h-0 flex-1">
        {/* A new market, or other candles, begin a new picture. */}
        <Picture
          key={`${market.id} ${interval}`}
          market={market}
          interval={interval}
          bars={bars}
          own={own}
          batches={withBatches ? (tape ?? NO_TRADES) : NO_TRADES}
          onPoint={setPointed}
          onOldest={loadOlder}
        />
        {shown ? <Legend market={market} bar={shown} /> : null}
        <Absence bars={bars} />
      </div>
    </section>
  )
}

function Intervals({
  interval,
  onChoose,
}: {
  interval: CandleInterval
  onChoose: (next: CandleInterval) => void
}) {
  return (
    <>
      <label className="lg:hidden">
        <span className="sr-only">Length of a candle</span>
        <select
          value={interval}
          onChange={event => onChoose(event.target.value as CandleInterval)}
          className="h-11 rounded-lg border border-line bg-surface px-2 text-sm"
        >
          {INTERVALS.map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset draws a frame */}
      <div role="group" aria-label="Length of a candle" className="hidden gap-0.5 lg:flex">
        {INTERVALS.map(name => (
          <button
            key={name}
            type="button"
            aria-pressed={name === interval}
            onClick={() => onChoose(name)}
            className="h-7 rounded px-2 text-xs font-medium text-quiet hover:text-ink aria-pressed:bg-raised aria-pressed:text-ink"
          >
            {name}
          </button>
        ))}
      </div>
    </>
  )
}

function Legend({ market, bar }: { market: Market; bar: Bar }) {
  const change = changeOf(bar.open, bar.close)
  const tone = bar.close >= bar.open ? 'text-up' : 'text-down'
  const parts = [
    ['O', bar.open],
    ['H', bar.high],
    ['L', bar.low],
    ['C', bar.close],
  ] as const
  return (
    <p
      aria-hidden="true"
      className="pointer-events-none absolute left-3 right-20 top-1.5 z-10 flex flex-wrap gap-x-2.5 text-[11px] leading-4 text-quiet"
    >
      {parts.map(([name, price]) => (
        <span key={name}>
          {name} <span className={tone}>{priceText(market, price)}</span>
        </span>
      ))}
      <span className={tone}>{change?.text}</span>
      <span>
        Vol <span className="text-ink">{shortSize(market, bar.lots)}</span>
      </span>
      <span>
        Batches <span className="text-ink">{String(bar.trades)}</span>
      </span>
    </p>
  )
}

function Absence({ bars }: { bars: readonly Bar[] | undefined }) {
  const { indexer } = useNetwork()
  const words = !indexer
    ? 'This network has no indexer: prices of the past are not known here.'
    : bars === undefined
      ? undefined
      : bars.length === 0
        ? 'Nothing has traded here yet.'
        : null
  if (words === null) return null
  return (
    <div
      className="absolute inset-0 z-10 grid place-items-center bg-surface text-sm text-quiet"
      role="status"
    >
      {words ?? (
        <span className="w-2/3">
          <span className="sr-only">Loading the chart</span>
          <span className="block h-40 w-full animate-pulse rounded-lg bg-raised" aria-hidden="true" />
        </span>
      )}
    </div>
  )
}

interface PictureProps {
  readonly market: Market
  readonly interval: CandleInterval
  readonly bars: readonly Bar[] | undefined
  readonly batches: readonly Trade[]
  readonly own: readonly OwnOrder[]
  readonly onPoint: (start: number | undefined) => void
  readonly onOldest: () => void
}

/** The drawing. The library that draws comes after the page. */
function Picture({ market, interval, bars, batches, own, onPoint, onOldest }: PictureProps) {
  const place = useRef<HTMLDivElement>(null)
  const [chart, setChart] = useState<MarketChart>()
  const [missing, setMissing] = useState(false)
  const [theme] = useTheme()
  const lines = useMemo(() => ownLines(own), [own])
  const handlers = useRef({ market, onPoint, onOldest })
  handlers.current = { market, onPoint, onOldest }
  useEffect(() => {
    let drawn: MarketChart | undefined
    let over = false
    import('./chart.ts').then(
      ({ drawChart }) => {
        if (over) return
        drawn = drawChart(place.current!, {
          priceText: ticks => priceText(handlers.current.market, BigInt(Math.max(0, Math.round(ticks)))),
          onPoint: start => handlers.current.onPoint(start),
          onOldest: () => handlers.current.onOldest(),
        })
        setChart(drawn)
      },
      () => setMissing(true),
    )
    return () => {
      over = true
      drawn?.remove()
    }
  }, [])
  useEffect(() => bars && chart?.setBars(bars), [chart, bars])
  useEffect(() => bars && chart?.setBatches(batches, SECONDS[interval]), [chart, batches, interval, bars])
  useEffect(
    () => chart?.setOrders(lines.map(line => ({ ...line, title: lineTitle(market, line) }))),
    [chart, lines, market],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is what the colours follow
  useEffect(() => chart?.repaint(), [chart, theme])
  if (missing) return <Missing what="The chart" />
  const onKeyDown = (event: KeyboardEvent) => {
    const act = KEYS[event.key]
    if (!act || !chart) return
    event.preventDefault()
    act(chart)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing that is moved by keys is no fieldset
    <div
      ref={place}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move through time
      tabIndex={0}
      onKeyDown={onKeyDown}
      aria-label={[summaryOf(market, interval, bars), ownText(market, lines)].join(' ').trim()}
      aria-roledescription="chart"
      className="absolute inset-0 focus-visible:-outline-offset-2"
    />
  )
}

const KEYS: Readonly<Record<string, (chart: MarketChart) => void>> = {
  ArrowLeft: chart => chart.scroll(-10),
  ArrowRight: chart => chart.scroll(10),
  ArrowUp: chart => chart.zoom(0.8),
  ArrowDown: chart => chart.zoom(1.25),
  End: chart => chart.follow(),
}

/** What the picture shows, for those who do not see it. */
function summaryOf(market: Market, interval: CandleInterval, bars: readonly Bar[] | undefined): string {
  const [first, last] = [bars?.[0], bars?.at(-1)]
  if (!bars || !first || !last) return `${market.symbol}, no candles`
  let [high, low] = [first.high, first.low]
  for (const bar of bars) {
    if (bar.high > high) high = bar.high
    if (bar.low < low) low = bar.low
  }
  const change = changeOf(first.open, last.close)?.text ?? ''
  const of = (price: bigint) => priceText(market, price)
  return (
    `${market.symbol}, ${bars.length} candles of ${interval} from ${clockText(first.start)}: opened at ${of(first.open)}, ` +
    `now ${of(last.close)} ${market.quote.symbol} (${change}), high ${of(high)}, low ${of(low)}. Arrow keys move and zoom.`
  )
}
