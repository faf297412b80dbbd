import { Popover } from '@base-ui/react/popover'
import type { Market } from '@omg/sdk'
import { type KeyboardEvent, type RefObject, useContext, useId, useRef, useState } from 'react'
import { useNetwork } from '../data/network.ts'
import { fragmentOf } from '../route.ts'
import { changeOf, priceText, turnoverText } from './format.ts'
import { matching, STATES, toneOf } from './marketWords.ts'
import { lastPriceOf, TickersContext } from './tickers.ts'

interface MarketPopoverProps {
  readonly market: Market
  readonly open: boolean
  readonly onOpen: (open: boolean) => void
  /** The button below which it opens, and which has the focus again afterwards. */
  readonly button: RefObject<HTMLButtonElement | null>
}

/** Every market, to be searched. */
export default function MarketPopover({ market, open, onOpen, button }: MarketPopoverProps) {
  const search = useRef<HTMLInputElement>(null)
  return (
    <Popover.Root open={open} onOpenChange={onOpen}>
      <Popover.Portal>
        <Popover.Positioner
          anchor={button}
          align="start"
          sideOffset={6}
          collisionPadding={8}
          className="z-40"
        >
          <Popover.Popup
            initialFocus={search}
            finalFocus={button}
            className="w-[min(30rem,calc(100vw-1rem))] overflow-hidden rounded-xl border border-line bg-surface shadow-2xl"
          >
            <Popover.Title className="sr-only">Markets</Popover.Title>
            <MarketList chosen={market} search={search} onChosen={() => onOpen(false)} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

interface MarketListProps {
  readonly chosen: Market
  readonly search: RefObject<HTMLInputElement | null>
  readonly onChosen: () => void
}

function MarketList({ chosen, search, onChosen }: MarketListProps) {
  const { markets } = useNetwork()
  const [text, setText] = useState('')
  const listId = useId()
  const found = matching(markets, text)
  const [place, setPlace] = useState(() => Math.max(0, found.indexOf(chosen)))
  const active = found[Math.min(place, found.length - 1)]
  const go = (market: Market) => {
    location.hash = fragmentOf(market, markets)
    onChosen()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && active) return go(active)
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step === 0 || found.length === 0) return
    event.preventDefault()
    setPlace((Math.min(place, found.length - 1) + step + found.length) % found.length)
  }
  return (
    <>
      <div className="border-b border-line p-2">
        <input
          ref={search}
          role="combobox"
          aria-label="Search markets"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={active ? `${listId}-${active.id}` : undefined}
          value={text}
          maxLength={80}
          placeholder="Search: ETH, TBTC/TUSD, 0x…"
          autoComplete="off"
          spellCheck={false}
          onKeyDown={onKeyDown}
          onChange={event => {
            setText(event.target.value)
            setPlace(0)
          }}
          className="h-11 w-full rounded-lg border border-line bg-ground px-3 text-sm placeholder:text-quiet lg:h-9"
        />
      </div>
      <div className={`${ROW} h-8 text-xs text-quiet`} aria-hidden="true">
        <span>Market</span>
        <span className="text-right">Last price</span>
        <span className="text-right">24 h</span>
        <span className="text-right max-sm:hidden">Volume</span>
      </div>
      <div
        role="listbox"
        id={listId}
        aria-label="Markets"
        className="max-h-[min(24rem,60dvh)] overflow-y-auto pb-1"
      >
        {found.map(market => (
          <MarketRow
            key={market.id}
            id={`${listId}-${market.id}`}
            market={market}
            isActive={market === active}
            isChosen={market.id === chosen.id}
            onChoose={() => go(market)}
          />
        ))}
      </div>
      {found.length === 0 ? <p className="px-4 pb-6 pt-3 text-sm text-quiet">No market matches.</p> : null}
    </>
  )
}

const ROW = 'grid grid-cols-[1.3fr_1fr_4.5rem] sm:grid-cols-[1.3fr_1fr_4.5rem_6.5rem] items-center gap-2 px-4'

interface MarketRowProps {
  readonly id: string
  readonly market: Market
  readonly isActive: boolean
  readonly isChosen: boolean
  readonly onChoose: () => void
}

function MarketRow({ id, market, isActive, isChosen, onChoose }: MarketRowProps) {
  const ticker = useContext(TickersContext).get(market.id)
  const last = lastPriceOf(market, ticker)
  const change = changeOf(ticker?.open, ticker?.last)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the search field has the keys of the list
    // biome-ignore lint/a11y/useFocusableInteractive: the search field keeps the focus
    <div
      role="option"
      id={id}
      aria-selected={isActive}
      onClick={onChoose}
      className={`${ROW} h-11 cursor-pointer text-sm hover:bg-raised ${isActive ? 'bg-raised' : ''}`}
    >
      <span className="flex min-w-0 items-center gap-2 font-medium">
        <span className="truncate">{market.symbol}</span>
        {isChosen ? <span className="text-xs text-quiet">shown</span> : null}
        {market.state === 'active' ? null : <span className="text-xs text-wait">{STATES[market.state]}</span>}
      </span>
      <span className="text-right">{last === undefined ? '–' : priceText(market, last)}</span>
      <span className={`text-right ${toneOf(change?.sign)}`}>{change?.text ?? '–'}</span>
      <span className="truncate text-right text-quiet max-sm:hidden">
        {ticker ? `${turnoverText(market, ticker.value)} ${market.quote.symbol}` : '–'}
      </span>
    </div>
  )
}
