import type { Market } from '@omg/sdk'
import { useChannel, useStreamState } from '../data/channel.ts'
import { useNetwork } from '../data/network.ts'
import type { Trade } from '../data/read.ts'
import { clockText, priceText, sizeText } from './format.ts'
import { TAPE, takersSide } from './tape.ts'

/** Trades that are shown. */
const SHOWN = 60

/** The tape: one row for each batch that traded. Its colour is that of the takers' majority. */
export function TapePanel({ market }: { market: Market }) {
  const trades = useChannel(`trades:${market.id}`, TAPE)
  const { indexer } = useNetwork()
  const stale = useStreamState() === 'reconnecting'
  return (
    <section
      aria-label="Trades"
      className="flex h-full min-h-0 flex-col overflow-hidden rounded-lg bg-surface"
    >
      <header className="flex h-12 shrink-0 items-center justify-between border-b border-line px-3 lg:h-9">
        <h2 className="text-sm font-semibold lg:text-xs">Trades</h2>
        <p className="text-[11px] text-quiet">one for each batch</p>
      </header>
      <section
        aria-label="Last trades"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className={`min-h-0 flex-1 overflow-y-auto focus-visible:-outline-offset-2 ${stale ? 'opacity-50' : ''}`}
      >
        <table className="w-full table-fixed text-sm lg:text-xs">
          <thead className="sticky top-0 bg-surface text-[11px] text-quiet">
            <tr className="h-6">
              <th scope="col" className="pl-3 text-left font-normal">
                Price ({market.quote.symbol})
              </th>
              <th scope="col" className="text-right font-normal">
                Size ({market.base.symbol})
              </th>
              <th scope="col" className="pr-3 text-right font-normal">
                Time
              </th>
            </tr>
          </thead>
          <tbody>
            {trades?.slice(0, SHOWN).map(trade => (
              <TradeRow key={String(trade.height)} market={market} trade={trade} />
            ))}
          </tbody>
        </table>
        {trades?.length === 0 || !indexer ? (
          <p className="px-3 py-6 text-center text-xs text-quiet">
            {indexer
              ? 'No trades yet.'
              : 'This network has no indexer: trades of the past are not known here.'}
          </p>
        ) : null}
      </section>
    </section>
  )
}

const TONES = { buy: 'text-up', sell: 'text-down' } as const
const WORDS = { buy: 'buyers came', sell: 'sellers came' } as const

function TradeRow({ market, trade }: { market: Market; trade: Trade }) {
  const side = takersSide(trade)
  return (
    <tr
      className="h-7 lg:h-[21px]"
      title={side ? `Batch ${trade.height}: ${WORDS[side]}` : `Batch ${trade.height}`}
    >
      <td className={`pl-3 font-medium ${side ? TONES[side] : ''}`}>
        {priceText(market, trade.price)}
        {side ? <span className="sr-only"> {WORDS[side]}</span> : null}
      </td>
      <td className="text-right">{sizeText(market, trade.lots)}</td>
      <td className="pr-3 text-right text-quiet">{clockText(trade.time)}</td>
    </tr>
  )
}
