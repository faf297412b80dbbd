import type { Market } from '@omg/sdk'
import { Status } from '@omg/ui'
import { type ReactNode, useEffect, useState } from 'react'
import { BatchClock } from './BatchClock.tsx'
import { changeOf, priceText, shortSize, turnoverText } from './format.ts'
import { MarketMenu } from './MarketMenu.tsx'
import { STATES, toneOf } from './marketWords.ts'
import { lastPriceOf, useTicker } from './tickers.ts'

/** The head of a market: its name, its price, its day, and the batch that comes. */
export function MarketBar({ market }: { market: Market }) {
  const ticker = useTicker(market)
  const last = lastPriceOf(market, ticker)
  const move = useMove(market.id, last)
  const change = changeOf(ticker?.open, ticker?.last)
  const price = last === undefined ? '–' : priceText(market, last)
  useEffect(() => {
    document.title = `${price} ${market.symbol} · OMG Exchange`
  }, [price, market.symbol])
  const day = (value: bigint | undefined) => (value === undefined ? '–' : priceText(market, value))
  return (
    <section
      aria-label="Market"
      className="flex min-h-16 flex-wrap items-center gap-x-6 gap-y-1 rounded-lg bg-surface px-3 py-2 lg:h-16 lg:flex-nowrap lg:px-4"
    >
      <div className="flex items-center gap-2">
        <MarketMenu market={market} />
        {market.state === 'active' ? null : <Status look="wait">{STATES[market.state]}</Status>}
      </div>
      <div className="min-w-28 max-lg:ml-auto max-lg:text-right">
        <p
          className={`text-xl font-semibold leading-6 ${move === 0 ? '' : toneOf(move)}`}
          data-testid="last-price"
        >
          {price}
        </p>
        <p className={`text-xs lg:hidden ${toneOf(change?.sign)}`}>{change?.text ?? '–'} in 24 h</p>
      </div>
      <dl className="flex min-w-0 flex-1 gap-5 overflow-hidden text-xs max-lg:hidden">
        <Fact name="24 h change">
          <span className={toneOf(change?.sign)}>{change?.text ?? '–'}</span>
        </Fact>
        <Fact name="24 h high">{day(ticker?.high)}</Fact>
        <Fact name="24 h low">{day(ticker?.low)}</Fact>
        <Fact name={`24 h vol. (${market.base.symbol})`}>
          {ticker ? shortSize(market, ticker.lots) : '–'}
        </Fact>
        <Fact name={`24 h vol. (${market.quote.symbol})`}>
          {ticker ? turnoverText(market, ticker.value) : '–'}
        </Fact>
      </dl>
      <BatchClock key={market.id} market={market} />
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="shrink-0">
      <dt className="text-quiet">{name}</dt>
      <dd className="min-w-14 font-medium">{children}</dd>
    </div>
  )
}

/** Whether the price last went up or down. */
function useMove(market: string, price: bigint | undefined): -1 | 0 | 1 {
  const [known, setKnown] = useState<{ market: string; price: bigint | undefined; move: -1 | 0 | 1 }>({
    ...{ market, price, move: 0 },
  })
  if (known.market !== market) setKnown({ market, price, move: 0 })
  else if (known.price !== price) {
    const move = known.price === undefined || price === undefined ? 0 : price > known.price ? 1 : -1
    setKnown({ market, price, move })
  }
  return known.move
}
