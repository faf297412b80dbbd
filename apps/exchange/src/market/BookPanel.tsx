import type { Market } from '@omg/sdk'
import { type KeyboardEvent, memo, useRef, useState } from 'react'
import { useStreamState } from '../data/channel.ts'
import { type Book, groupings, ladder, type Rung } from './book.ts'
import { changeOf, priceText, shortSize, sizeText } from './format.ts'
import { useMeasured } from './measure.ts'
import { type OwnOrder, ownRungs } from './ownOrders.ts'
import { lastPriceOf, useTicker } from './tickers.ts'
import { useBook } from './useBook.ts'

/** Heights of a row and of the line between the sides, in pixels: on a phone, rows are made for thumbs. */
const ROW = { wide: 21, phone: 32 }
const MIDDLE = 44

interface BookPanelProps {
  readonly market: Market
  /** One's own orders in the market. */
  readonly own: readonly OwnOrder[]
  /** Told of a price in ticks that was chosen. */
  readonly onPrice: (price: bigint) => void
}

/** Price levels around the spread, with how much waits at each and up to it. */
export function BookPanel({ market, own, onPrice }: BookPanelProps) {
  const book = useBook(market)
  const stale = useStreamState() === 'reconnecting'
  const [wanted, setStep] = useState<{ market: string; step: number }>()
  const best = book?.bids[0]?.tick ?? book?.asks[0]?.tick ?? 0
  const steps = groupings(best)
  const step = wanted?.market === market.id && steps.includes(wanted.step) ? wanted.step : 1
  return (
    <section
      aria-label="Order book"
      className="flex h-full min-h-0 flex-col overflow-hidden rounded-lg bg-surface"
    >
      <header className="flex h-12 shrink-0 items-center justify-between border-b border-line px-3 lg:h-9">
        <h2 className="text-sm font-semibold lg:text-xs">Order book</h2>
        <label className="flex items-center gap-1.5 text-xs text-quiet">
          Step
          <select
            value={step}
            onChange={event => setStep({ market: market.id, step: Number(event.target.value) })}
            className="h-11 rounded border border-line bg-surface px-1 text-ink lg:h-6"
          >
            {steps.map(size => (
              <option key={size} value={size}>
                {market.priceText(BigInt(size))}
              </option>
            ))}
          </select>
        </label>
      </header>
      <div
        className="grid h-6 shrink-0 grid-cols-3 items-center px-3 text-[11px] text-quiet"
        aria-hidden="true"
      >
        <span>Price ({market.quote.symbol})</span>
        <span className="text-right">Size ({market.base.symbol})</span>
        <span className="text-right">Total</span>
      </div>
      <div className={`min-h-0 flex-1 ${stale ? 'opacity-50' : ''}`}>
        <Ladders {...{ market, own, book, step, onPrice }} />
      </div>
    </section>
  )
}

interface LaddersProps extends BookPanelProps {
  readonly book: Book | undefined
  readonly step: number
}

function Ladders({ market, own, book, step, onPrice }: LaddersProps) {
  const place = useRef<HTMLDivElement>(null)
  const { height, phone } = useMeasured(place)
  const row = phone ? ROW.phone : ROW.wide
  const rows = Math.max(1, Math.floor((height - MIDDLE) / 2 / row))
  const bids = ladder(book?.bids ?? [], 'bid', step, rows)
  const asks = ladder(book?.asks ?? [], 'ask', step, rows)
  const deepest = Math.max(bids.at(-1)?.total ?? 0, asks.at(-1)?.total ?? 0, 1)
  // One stop of the tab key; the arrows go from level to level.
  const onKeyDown = (event: KeyboardEvent) => {
    const levels = [...place.current!.querySelectorAll<HTMLElement>('[data-level]')]
    const at = levels.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: levels.length - 1 }[event.key]
    if (at < 0 || to === undefined) return
    event.preventDefault()
    levels[to]?.focus()
  }
  const side = { market, row, deepest, onPrice }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the levels in it are the buttons
    <div
      ref={place}
      onKeyDown={onKeyDown}
      className="flex h-full flex-col"
      data-height={String(book?.height ?? '')}
    >
      <div className="flex flex-1 flex-col justify-end overflow-hidden">
        <Side {...side} name="Asks" rungs={asks} own={ownRungs(own, 'sell', step)} />
      </div>
      <Middle market={market} book={book} />
      <div className="flex-1 overflow-hidden">
        <Side {...side} name="Bids" rungs={bids} own={ownRungs(own, 'buy', step)} />
      </div>
    </div>
  )
}

interface SideProps {
  readonly market: Market
  readonly name: 'Asks' | 'Bids'
  readonly rungs: readonly Rung[]
  /** One's own lots by the tick of a rung. */
  readonly own: ReadonlyMap<number, number>
  readonly row: number
  readonly deepest: number
  readonly onPrice: (price: bigint) => void
}

/** Asks stand upside down, so that the best of both sides meet in the middle. */
function Side({ market, name, rungs, own, row, deepest, onPrice }: SideProps) {
  return (
    <ul aria-label={name} className={`flex ${name === 'Asks' ? 'flex-col-reverse' : 'flex-col'}`}>
      {rungs.map((rung, i) => (
        <LevelRow
          // Rows are places, so that the focus stays when a price comes or goes.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          key={i}
          {...{ market, row, onPrice }}
          isAsk={name === 'Asks'}
          isFirst={i === 0}
          tick={rung.tick}
          lots={rung.lots}
          orders={rung.orders}
          total={rung.total}
          own={own.get(rung.tick) ?? 0}
          depth={rung.total / deepest}
        />
      ))}
    </ul>
  )
}

interface LevelRowProps extends Rung {
  readonly market: Market
  readonly isAsk: boolean
  readonly isFirst: boolean
  /** Lots of it that are one's own. */
  readonly own: number
  readonly row: number
  /** Share of the deepest total, for the bar. */
  readonly depth: number
  readonly onPrice: (price: bigint) => void
}

const LevelRow = memo(function LevelRow(props: LevelRowProps) {
  const { market, isAsk, isFirst, row, tick, lots, orders, total, own, depth, onPrice } = props
  const price = priceText(market, tick)
  return (
    <li>
      <button
        type="button"
        data-level={tick}
        tabIndex={isFirst ? 0 : -1}
        onClick={() => onPrice(BigInt(tick))}
        style={{ height: row }}
        className="relative grid w-full grid-cols-3 items-center px-3 text-left text-sm hover:bg-raised focus-visible:-outline-offset-2 lg:text-xs"
      >
        <span
          aria-hidden="true"
          style={{ transform: `scaleX(${depth.toFixed(3)})` }}
          className={`absolute inset-y-px right-0 w-full origin-right ${isAsk ? 'bg-down/14' : 'bg-up/14'}`}
        />
        <span className={`relative font-medium whitespace-nowrap ${isAsk ? 'text-down' : 'text-up'}`}>
          <span className="sr-only">{isAsk ? 'Ask ' : 'Bid '}</span>
          <span data-shown="">{price}</span>
          <span className="sr-only">, </span>
          {own > 0 ? <OwnMark market={market} own={own} /> : null}
        </span>
        <span className="relative text-right">
          <span data-shown="">{sizeText(market, lots)}</span>
          <span className="sr-only">
            {` ${market.base.symbol} in ${orders} order${orders === 1 ? '' : 's'}, `}
          </span>
        </span>
        <span className="relative text-right text-quiet">
          {totalText(market, total)}
          <span className="sr-only"> up to here; use this price</span>
        </span>
      </button>
    </li>
  )
})

/** What of a level is one's own: in a frame beside the price, and in words. */
function OwnMark({ market, own }: { market: Market; own: number }) {
  return (
    <>
      <span
        aria-hidden="true"
        title={`Yours: ${sizeText(market, own)} ${market.base.symbol}`}
        className="ml-1.5 rounded-sm border border-accent px-1 text-[10px] leading-none text-accent"
      >
        {shortSize(market, own)}
      </span>
      <span className="sr-only">{`yours ${sizeText(market, own)}, `}</span>
    </>
  )
}

/** The distance of the two sides. They may overlap for a moment: orders that came with the last block meet in the next batch. */
function Middle({ market, book }: { market: Market; book: Book | undefined }) {
  const last = lastPriceOf(market, useTicker(market))
  return (
    <div
      style={{ height: MIDDLE }}
      className="flex shrink-0 items-center justify-between gap-2 border-y border-line bg-ground/60 px-3 text-[11px] text-quiet"
    >
      <span className="text-base font-semibold text-ink">
        {last === undefined ? '–' : priceText(market, last)}
      </span>
      <span className="truncate" data-testid="spread">
        {spreadText(market, book)}
      </span>
    </div>
  )
}

function spreadText(market: Market, book: Book | undefined): string {
  if (!book) return 'Loading the book'
  const [bid, ask] = [book.bids[0]?.tick, book.asks[0]?.tick]
  if (bid === undefined && ask === undefined) return 'The book is empty'
  if (bid === undefined || ask === undefined) return `No ${bid === undefined ? 'bids' : 'asks'}`
  if (bid >= ask) return 'Trades in the next batch'
  const share = changeOf(BigInt(bid), BigInt(ask))?.text.replace('+', '')
  return `Spread ${priceText(market, ask - bid)} (${share})`
}

/** Longest total that stands in its column with all digits. */
const TOTAL_CHARACTERS = 9

function totalText(market: Market, lots: number): string {
  const text = sizeText(market, lots)
  return text.length > TOTAL_CHARACTERS ? shortSize(market, lots) : text
}
