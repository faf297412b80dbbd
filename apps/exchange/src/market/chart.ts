import {
  CandlestickSeries,
  type CandlestickSeriesOptions,
  type ChartOptions,
  ColorType,
  type CreatePriceLineOptions,
  createChart,
  type DeepPartial,
  HistogramSeries,
  type IPriceLine,
  LineStyle,
  TickMarkType,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts'
import type { Trade } from '../data/read.ts'
import { type BatchDot, BatchDots } from './batchDots.ts'
import type { Bar } from './candles.ts'
import type { OwnLine } from './ownOrders.ts'
import { takersSide } from './tape.ts'

/** Only here whole numbers become what the drawing library takes: ticks, lots and seconds, all below 2^53, so still exact. */

export interface ChartSettings {
  readonly priceText: (ticks: number) => string
  /** The bar under the pointer; undefined when it leaves. */
  readonly onPoint: (start: number | undefined) => void
  /** The oldest bars come into view. */
  readonly onOldest: () => void
}

export interface MarketChart {
  setBars(bars: readonly Bar[]): void
  /** Batches as dots at their prices; none to hide them. `seconds`: of a bar. */
  setBatches(trades: readonly Trade[], seconds: number): void
  /** One's own orders as lines at their prices, with what they are called. */
  setOrders(lines: readonly OrderLine[]): void
  /** By so many bars to the left (below 0) or right. */
  scroll(bars: number): void
  zoom(factor: number): void
  /** To the newest bar. */
  follow(): void
  /** After the colours of the page changed. */
  repaint(): void
  remove(): void
}

/** A line with its words. */
export type OrderLine = OwnLine & { readonly title: string }

/** Bars from the left end at which older ones are asked for. */
const OLDEST_BARS = 10
/** Bars that are free at the right end. */
const RIGHT_BARS = 4
/** Pixels of a bar at first, and at most where a young market has few. */
const [FIRST_BAR, WIDEST_BAR] = [9, 18]
/** Least and most bars across the chart when zooming by key. */
const [FEWEST_BARS, MOST_BARS] = [15, 2_000]

export function drawChart(container: HTMLElement, settings: ChartSettings): MarketChart {
  const chart = createChart(container, { autoSize: true, ...layout(settings) })
  const candles = chart.addSeries(CandlestickSeries, candleLook(settings.priceText))
  const volume = chart.addSeries(HistogramSeries, {
    priceFormat: { type: 'volume' },
    priceScaleId: '',
    lastValueVisible: false,
    priceLineVisible: false,
  })
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } })
  candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.24 } })
  const dots = new BatchDots()
  candles.attachPrimitive(dots)
  let drawn: readonly Bar[] = []
  let orders: { line: OrderLine; drawn: IPriceLine }[] = []
  let batches: { trades: readonly Trade[]; seconds: number } = { trades: [], seconds: 1 }

  chart.subscribeCrosshairMove(({ time }) => settings.onPoint(time as number | undefined))
  chart.timeScale().subscribeVisibleLogicalRangeChange(range => {
    if (range && range.from < OLDEST_BARS && drawn.length > 0) settings.onOldest()
  })

  const candleOf = ({ start, open, high, low, close, trades }: Bar) => ({
    time: Number(start) as UTCTimestamp,
    ...{ open: Number(open), high: Number(high), low: Number(low), close: Number(close) },
    // A quiet time is neither up nor down.
    ...(trades === 0n && { color: `${colour('quiet')}80`, wickColor: `${colour('quiet')}80` }),
  })
  const volumeOf = ({ start, open, close, lots }: Bar) => ({
    time: Number(start) as UTCTimestamp,
    value: Number(lots),
    color: `${colour(close >= open ? 'up' : 'down')}59`,
  })
  function drawAll(): void {
    candles.setData(drawn.map(candleOf))
    volume.setData(drawn.map(volumeOf))
  }
  function drawBatches(): void {
    const { trades, seconds } = batches
    const first = drawn[0]?.start ?? 0n
    const largest = Math.max(1, ...trades.map(({ lots }) => Number(lots)))
    dots.set(trades.filter(({ time }) => time >= first).map(trade => dotOf(trade, seconds, largest)))
  }

  return {
    setBars(bars) {
      if (drawn.length === 0 && bars.length > 0) {
        const room = container.clientWidth / (bars.length + RIGHT_BARS)
        chart.timeScale().applyOptions({ barSpacing: Math.min(WIDEST_BAR, Math.max(FIRST_BAR, room)) })
      }
      // A tail that grew or changed is drawn alone: the rest of the picture stays as it is.
      const same = bars.findIndex((bar, i) => !sameBar(bar, drawn[i]))
      const from = same < 0 ? bars.length : same
      const isTail = drawn.length > 0 && bars.length >= drawn.length && from >= drawn.length - 1
      drawn = bars
      if (isTail) {
        for (const bar of bars.slice(from)) {
          candles.update(candleOf(bar))
          volume.update(volumeOf(bar))
        }
      } else drawAll()
    },
    setBatches(trades, seconds) {
      batches = { trades, seconds }
      drawBatches()
    },
    setOrders(lines) {
      for (const { drawn } of orders) candles.removePriceLine(drawn)
      orders = lines.map(line => ({ line, drawn: candles.createPriceLine(lineLook(line)) }))
    },
    scroll(bars) {
      chart.timeScale().scrollToPosition(chart.timeScale().scrollPosition() + bars, false)
    },
    zoom(factor) {
      const range = chart.timeScale().getVisibleLogicalRange()
      if (!range) return
      const width = Math.min(MOST_BARS, Math.max(FEWEST_BARS, (range.to - range.from) * factor))
      chart.timeScale().setVisibleLogicalRange({ from: range.to - width, to: range.to })
    },
    follow: () => chart.timeScale().scrollToRealTime(),
    repaint() {
      chart.applyOptions(layout(settings))
      candles.applyOptions(candleLook(settings.priceText))
      for (const { line, drawn } of orders) drawn.applyOptions(lineLook(line))
      drawAll()
      drawBatches()
    },
    remove: () => chart.remove(),
  }
}

function sameBar(bar: Bar, other: Bar | undefined): boolean {
  return (
    other !== undefined &&
    bar.start === other.start &&
    bar.open === other.open &&
    bar.high === other.high &&
    bar.low === other.low &&
    bar.close === other.close &&
    bar.lots === other.lots
  )
}

function dotOf(trade: Trade, seconds: number, largest: number): BatchDot {
  const side = takersSide(trade)
  const second = Number(trade.time) % seconds
  return {
    bar: Number(trade.time) - second,
    place: seconds === 1 ? 0.5 : second / (seconds - 1),
    price: Number(trade.price),
    share: Number(trade.lots) / largest,
    color: colour(side === undefined ? 'quiet' : side === 'buy' ? 'up' : 'down'),
  }
}

/** A colour of the theme, as `#rrggbb`. */
function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

function layout({ priceText }: ChartSettings): DeepPartial<ChartOptions> {
  const [line, quiet, surface] = [colour('line'), colour('quiet'), colour('surface')]
  const crosshair = { color: quiet, labelBackgroundColor: colour('chip') }
  return {
    // The link to TradingView stands beside the chart: its own logo would need a style that the CSP forbids.
    layout: {
      attributionLogo: false,
      background: { type: ColorType.Solid, color: surface },
      textColor: quiet,
      fontSize: 11,
      fontFamily: getComputedStyle(document.body).fontFamily,
    },
    grid: { vertLines: { color: `${line}80` }, horzLines: { color: `${line}80` } },
    rightPriceScale: { borderColor: line, minimumWidth: 72 },
    timeScale: {
      borderColor: line,
      timeVisible: true,
      secondsVisible: true,
      rightOffset: RIGHT_BARS,
      tickMarkFormatter: (time: Time, type: TickMarkType) => markText(time as number, type),
    },
    crosshair: { mode: 0, vertLine: crosshair, horzLine: crosshair },
    localization: {
      priceFormatter: priceText,
      timeFormatter: (time: Time) => FULL.format(Number(time) * 1_000),
    },
  }
}

function candleLook(priceText: (ticks: number) => string): DeepPartial<CandlestickSeriesOptions> {
  const [up, down] = [colour('up'), colour('down')]
  return {
    ...{ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false },
    priceFormat: { type: 'custom', minMove: 1, formatter: priceText },
    priceLineColor: colour('quiet'),
  }
}

/** An order that sleeps is dotted: it is in no book yet. */
function lineLook({ side, price, asleep, title }: OrderLine): CreatePriceLineOptions {
  const color = colour(side === 'buy' ? 'up' : 'down')
  const lineStyle = asleep ? LineStyle.SparseDotted : LineStyle.Dashed
  const label = { axisLabelVisible: true, axisLabelColor: color, axisLabelTextColor: colour('surface') }
  return { price: Number(price), title, color, lineWidth: 1, lineStyle, ...label }
}

// Times are those of the visitor's clock.
const FULL = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'short', year: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
})
const MARKS: Readonly<Record<TickMarkType, Intl.DateTimeFormat>> = {
  [TickMarkType.Year]: new Intl.DateTimeFormat('en-GB', { year: 'numeric' }),
  [TickMarkType.Month]: new Intl.DateTimeFormat('en-GB', { month: 'short' }),
  [TickMarkType.DayOfMonth]: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }),
  [TickMarkType.Time]: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }),
  [TickMarkType.TimeWithSeconds]: new Intl.DateTimeFormat('en-GB', {
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
  }),
}
const markText = (seconds: number, type: TickMarkType) => MARKS[type].format(seconds * 1_000)
