import { Popover } from '@base-ui/react/popover'
import type { Market, Token } from '@omg/sdk'
import { exact } from '@omg/ui'
import { useNetwork } from '../data/network.ts'
import { priceText } from '../market/format.ts'
import { percent, shortly } from './amount.ts'
import type { Preview } from './draft.ts'
import { protectionOf } from './protection.ts'
import type { Ticket } from './useTicket.ts'

/** A text, or an amount of a token. */
type Value = string | readonly [units: bigint, token: Token]

/** What an order costs and gives, before it is sent. */
export function Summary({ ticket: { draft, facts, reading } }: { ticket: Ticket }) {
  const { market, base, quote } = facts
  const { preview, warnings } = reading
  const isBuy = draft.side === 'buy'
  const free = isBuy ? quote : base
  const paid = isBuy ? market.quote : market.base
  // Until there is an amount, a market order is one that takes.
  const takes = preview?.tradesNow ?? draft.kind === 'market'
  const inQuote = (units: bigint): Value => [units, market.quote]
  const rows: [string, Value | undefined][] = [
    ['You have', free === undefined ? undefined : [free, paid]],
    [
      takes ? 'Next batch, at about' : 'Waits in the book at',
      preview && `${priceText(market, preview.expected)} ${market.quote.symbol}`,
    ],
    ['Trades at once', preview && atOnce(preview, market)],
    [
      `Fee (${percent(takes ? market.takerBps : market.makerBps)})`,
      preview && inQuote(preview.tradesNow ? preview.takerFee : preview.makerFee),
    ],
    ['You get about', preview && [preview.gets, isBuy ? market.base : market.quote]],
    ['Worst price', preview && `${priceText(market, preview.worst)} ${market.quote.symbol}`],
    [isBuy ? 'You pay at most' : 'All of it gives at least', preview && inQuote(preview.bound)],
  ]
  return (
    <div className="grid gap-2 border-t border-line pt-3 text-sm">
      <dl className="grid gap-1" data-testid="summary">
        {rows.map(([name, value]) => (
          <div key={name} className="flex min-h-5 justify-between gap-3">
            <dt className="text-quiet">{name}</dt>
            <dd className="text-right tabular-nums">
              <Shown value={value} />
            </dd>
          </div>
        ))}
        <Tier ticket={{ facts }} />
      </dl>
      {warnings.map(warning => (
        <p key={warning} role="status" className="rounded-lg bg-wait/10 px-3 py-2 text-xs text-wait">
          {warning}
        </p>
      ))}
    </div>
  )
}

/** How much of an order its first batch takes, as the book is now. */
function atOnce({ fills, lots }: Preview, market: Market): string | undefined {
  if (fills === undefined) return undefined
  if (fills === 0n) return 'nothing'
  return `${market.sizeText(fills)} of ${market.sizeText(lots)} ${market.base.symbol}`
}

function Tier({ ticket: { facts } }: { ticket: Pick<Ticket, 'facts'> }) {
  const { parameters } = useNetwork()
  const { name, text } = protectionOf(facts.market, parameters)
  return (
    <div className="flex min-h-5 justify-between gap-3">
      <dt className="text-quiet">Protection</dt>
      <dd>
        <Popover.Root>
          <Popover.Trigger className="underline decoration-dotted underline-offset-4 hover:text-accent">
            {name}
          </Popover.Trigger>
          <Popover.Portal>
            <Popover.Positioner sideOffset={6} className="z-30">
              <Popover.Popup className="max-w-72 rounded-xl border border-line bg-surface p-3.5 text-sm text-ink shadow-xl outline-none!">
                <Popover.Title className="font-semibold">{name}</Popover.Title>
                <Popover.Description className="mt-1 text-quiet">{text}</Popover.Description>
              </Popover.Popup>
            </Popover.Positioner>
          </Popover.Portal>
        </Popover.Root>
      </dd>
    </div>
  )
}

/** An amount that is short enough to read; the whole of it is in its title. */
export function Short({ units, token }: { units: bigint; token: { symbol: string; decimals: number } }) {
  return (
    <span className="whitespace-nowrap" title={`${exact(units, token.decimals)} ${token.symbol}`}>
      {shortly(units, token.decimals)} <span className="text-quiet">{token.symbol}</span>
    </span>
  )
}

function Shown({ value }: { value: Value | undefined }) {
  if (value === undefined) return <span className="text-quiet">–</span>
  return typeof value === 'string' ? value : <Short units={value[0]} token={value[1]} />
}
