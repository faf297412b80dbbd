import { Boundary, Mark, Missing, ThemeButton } from '@omg/ui'
import { lazy, Suspense, useEffect, useState } from 'react'
import { createPortal } from 'react-dom'
import { ConnectionMark, ConnectionNotice } from './ConnectionMark.tsx'
import { useNetwork } from './data/network.ts'
import { BookPanel } from './market/BookPanel.tsx'
import { ChartPanel } from './market/ChartPanel.tsx'
import { MarketBar } from './market/MarketBar.tsx'
import { NO_ORDERS } from './market/ownOrders.ts'
import { TapePanel } from './market/TapePanel.tsx'
import { TickersContext, useTickers } from './market/tickers.ts'
import { marketFrom, useFragment } from './route.ts'

/** What a phone shows one at a time, and a desk all at once. */
const TABS = ['Chart', 'Book', 'Trade', 'Orders'] as const
type Tab = (typeof TABS)[number]

const AccountSide = lazy(() => import('./AccountSide.tsx'))

/** The page of one market. */
export function TradingPage() {
  const { markets } = useNetwork()
  const market = marketFrom(useFragment(), markets)
  const tickers = useTickers(markets, market)
  const [tab, setTab] = useState<Tab>('Chart')
  const [hint, setHint] = useState<bigint>()
  const [own, setOwn] = useState(NO_ORDERS)
  // A hint is given once: what somebody types afterwards stays, and the same level may be chosen again.
  useEffect(() => {
    if (hint !== undefined) setHint(undefined)
  }, [hint])
  const [menu, setMenu] = useState<Element | null>(null)
  const [ticket, setTicket] = useState<Element | null>(null)
  const [panels, setPanels] = useState<Element | null>(null)
  const on = (name: Tab) => (tab === name ? '' : 'max-lg:hidden')
  return (
    <TickersContext value={tickers}>
      <a
        href="#ticket"
        className="sr-only focus:not-sr-only focus:absolute focus:left-2 focus:top-2 focus:z-50 focus:bg-surface focus:p-2"
      >
        Skip to the order ticket
      </a>
      <div className="flex min-h-dvh flex-col lg:h-dvh lg:min-h-[46rem]">
        <Header menu={setMenu} />
        <ConnectionNotice />
        <main
          id="content"
          className="grid min-h-0 flex-1 auto-rows-min gap-1 p-1 max-lg:pb-16 lg:grid-cols-[minmax(0,1fr)_16.5rem_20rem] lg:grid-rows-[auto_minmax(0,1fr)_17rem] 2xl:grid-cols-[minmax(0,1fr)_19rem_22rem]"
        >
          {market ? (
            <>
              <div className="min-w-0 lg:col-span-2">
                <MarketBar market={market} />
              </div>
              <div
                className={`min-w-0 max-lg:h-[max(22rem,calc(100dvh-24rem))] lg:col-start-1 lg:row-start-2 ${on('Chart')}`}
              >
                <ChartPanel market={market} own={own} />
              </div>
              <div
                className={`min-w-0 max-lg:h-[calc(100dvh-15rem)] lg:col-start-2 lg:row-start-2 ${on('Book')}`}
              >
                <BookPanel
                  market={market}
                  own={own}
                  onPrice={price => {
                    setHint(price)
                    setTab(tab === 'Book' ? 'Trade' : tab)
                  }}
                />
              </div>
              <div className={`min-w-0 max-lg:h-80 lg:col-start-2 lg:row-start-3 ${on('Chart')}`}>
                <TapePanel market={market} />
              </div>
              <div
                id="ticket"
                ref={setTicket}
                tabIndex={-1}
                className={`min-w-0 overflow-y-auto rounded-lg bg-surface lg:col-start-3 lg:row-span-3 lg:row-start-1 ${on('Trade')}`}
              ></div>
              <div
                ref={setPanels}
                className={`min-w-0 overflow-hidden rounded-lg bg-surface max-lg:h-[calc(100dvh-15rem)] lg:col-start-1 lg:row-start-3 ${on('Orders')}`}
              ></div>
            </>
          ) : (
            <Skeleton />
          )}
        </main>
        <Tabs tab={tab} onTab={setTab} />
        <Boundary instead={ticket && createPortal(<Missing what="The order ticket" />, ticket)}>
          <Suspense>
            <AccountSide
              places={{ menu, ticket, panels }}
              market={market}
              priceHint={hint}
              onOwnOrders={setOwn}
            />
          </Suspense>
        </Boundary>
      </div>
    </TickersContext>
  )
}

function Header({ menu }: { menu: (place: Element | null) => void }) {
  const { place } = useNetwork()
  return (
    <header className="flex h-14 shrink-0 items-center gap-3 border-b border-line bg-surface px-3 lg:h-12 lg:px-4">
      <a href="#/" className="flex items-center gap-2 font-semibold !text-ink">
        <Mark />
        <span className="max-sm:sr-only">OMG Exchange</span>
      </a>
      {place.explorer ? (
        <a href={place.explorer} target="_blank" rel="noreferrer" className="ml-2 text-sm max-lg:hidden">
          Explorer
        </a>
      ) : null}
      <div className="ml-auto flex min-w-0 items-center gap-2">
        <ConnectionMark />
        <div ref={menu} className="flex min-h-9 min-w-16 items-center justify-end gap-2" />
        <ThemeButton />
      </div>
    </header>
  )
}

function Tabs({ tab, onTab }: { tab: Tab; onTab: (tab: Tab) => void }) {
  return (
    <nav
      aria-label="Parts of the page"
      className="fixed inset-x-0 bottom-0 z-30 grid h-14 grid-cols-4 border-t border-line bg-surface lg:hidden"
    >
      {TABS.map(name => (
        <button
          key={name}
          type="button"
          aria-current={tab === name ? 'page' : undefined}
          onClick={() => onTab(name)}
          className="border-t-2 border-transparent text-sm font-medium text-quiet focus-visible:-outline-offset-2 aria-[current]:border-accent aria-[current]:text-ink"
        >
          {name}
        </button>
      ))}
    </nav>
  )
}

/** Until the market is known, everything stands where it will be. */
function Skeleton() {
  const place = 'animate-pulse rounded-lg bg-surface'
  return (
    <>
      <div role="status" aria-label="Loading the market" className={`${place} h-28 lg:col-span-2 lg:h-16`} />
      <div className={`${place} max-lg:h-[calc(100dvh-24rem)] lg:col-start-1 lg:row-start-2`} />
      <div className={`${place} max-lg:hidden lg:col-start-2 lg:row-start-2`} />
      <div className={`${place} max-lg:h-80 lg:col-start-2 lg:row-start-3`} />
      <div className={`${place} max-lg:hidden lg:col-start-3 lg:row-span-3 lg:row-start-1`} />
      <div className={`${place} max-lg:hidden lg:col-start-1 lg:row-start-3`} />
    </>
  )
}
