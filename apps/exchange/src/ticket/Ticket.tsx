import type { Market } from '@omg/sdk'
import { Button } from '@omg/ui/control/Button.tsx'
import { Choice, Field } from '@omg/ui/control/Field.tsx'
import { Segments } from '@omg/ui/control/Segments.tsx'
import type { ReactNode } from 'react'
import { useAccount } from '../account/context.ts'
import { FirstSteps } from '../account/FirstSteps.tsx'
import { LastDeed } from '../order/LastDeed.tsx'
import { percent } from './amount.ts'
import { Conditions } from './Conditions.tsx'
import type { Draft, Kind } from './draft.ts'
import { Summary } from './Summary.tsx'
import { type Ticket as TicketState, useTicket } from './useTicket.ts'

const KIND_NAMES: readonly (readonly [Kind, string])[] = [
  ['limit', 'Limit'],
  ['market', 'Market'],
  ['stop', 'Stop'],
  ['takeProfit', 'Take profit'],
  ['oneCancelsOther', 'Take profit and stop in one'],
]
const SLIPPAGES = [10, 50, 100, 300] as const
const PARTS = [25n, 50n, 75n, 100n] as const

/** Where orders are written. `priceHint` is a price that somebody clicked in the book. */
export function Ticket({ market, priceHint }: { market: Market; priceHint?: bigint | undefined }) {
  const ticket = useTicket(market, priceHint)
  const { draft, change } = ticket
  const { base } = market
  return (
    <section aria-label="Place an order" data-testid="ticket">
      <form
        className="grid grid-cols-[minmax(0,1fr)] gap-3 p-3.5"
        aria-label={`Order of ${market.symbol}`}
        onSubmit={event => {
          event.preventDefault()
          void ticket.send()
        }}
      >
        <Segments
          label="Side"
          value={draft.side}
          onChange={side => change({ side })}
          options={[
            ['buy', `Buy ${base.symbol}`, 'has-checked:bg-good has-checked:text-ground'],
            ['sell', `Sell ${base.symbol}`, 'has-checked:bg-bad has-checked:text-ground'],
          ]}
        />
        <Choice
          label="Type"
          value={draft.kind}
          options={KIND_NAMES}
          onChange={kind => change(ofKind(kind, draft))}
        />
        <PriceFields ticket={ticket} market={market} />
        <AmountField ticket={ticket} />
        <Conditions ticket={ticket} />
        <Summary ticket={ticket} />
        <FirstSteps />
        <Submit ticket={ticket} baseSymbol={base.symbol} />
        <LastDeed />
      </form>
    </section>
  )
}

/** What a type of order cannot be is taken back when it is chosen. */
function ofKind(kind: Kind, draft: Draft): Partial<Draft> {
  if (kind === 'market')
    return { kind, lasts: draft.lasts === 'allOrNothing' ? 'allOrNothing' : 'once', postOnly: false }
  return { kind, ...(draft.kind === 'market' && { lasts: 'untilCancelled' }) }
}

function PriceFields({ ticket, market }: { ticket: TicketState; market: Market }) {
  const { draft, change, reading, facts, step } = ticket
  const { problems } = reading
  const unit = market.quote.symbol
  const best = draft.side === 'buy' ? facts.ask : facts.bid
  const pick =
    best === undefined ? undefined : (
      <button
        type="button"
        className="text-accent hover:underline"
        onClick={() => change({ price: market.priceText(best) })}
      >
        best {draft.side === 'buy' ? 'offer' : 'bid'} {market.priceText(best)}
      </button>
    )
  if (draft.kind === 'market') {
    return (
      <>
        <Choice
          label="Protection from a bad price"
          value={String(draft.slippageBps)}
          options={SLIPPAGES.map(
            bps => [String(bps), `at most ${percent(bps)} worse than the best`] as const,
          )}
          onChange={bps => change({ slippageBps: Number(bps) })}
        />
        {problems.price === undefined ? null : <p className="text-xs text-bad">{problems.price}</p>}
      </>
    )
  }
  const field = (name: 'price' | 'trigger' | 'second', label: string, note?: ReactNode) => (
    <Field
      label={label}
      value={draft[name]}
      unit={unit}
      note={note}
      problem={problems[name]}
      onChange={value => change({ [name]: value })}
      onStep={(up, large) => step(name, up, large)}
      testId={`ticket-${name}`}
    />
  )
  const isBuy = draft.side === 'buy'
  switch (draft.kind) {
    case 'limit':
      return field('price', isBuy ? 'Highest price' : 'Lowest price', pick)
    case 'stop':
    case 'takeProfit': {
      const isAbove = (draft.kind === 'takeProfit') !== isBuy
      return (
        <>
          {field('trigger', `Sleeps until the price ${isAbove ? 'rises' : 'falls'} to`)}
          {field('price', isBuy ? 'Then pays at most' : 'Then takes at least', pick)}
        </>
      )
    }
    case 'oneCancelsOther':
      return (
        <>
          {field('price', isBuy ? 'Buys at most at' : 'Sells at least at', pick)}
          {field('trigger', `If the price ${isBuy ? 'rises' : 'falls'} to`)}
          {field('second', isBuy ? 'it then buys up to' : 'it then sells down to')}
        </>
      )
  }
}

function AmountField({ ticket }: { ticket: TicketState }) {
  const { draft, change, reading, facts, take } = ticket
  const { base, quote } = facts.market
  const units = [
    ['base', base.symbol],
    ['quote', quote.symbol],
  ] as const
  return (
    <div className="grid gap-2">
      <Field
        label="Amount"
        value={draft.amount}
        onChange={amount => change({ amount })}
        problem={reading.problems.amount}
        testId="ticket-amount"
        unit={
          <select
            aria-label="Unit of the amount"
            value={draft.unit}
            onChange={event => change({ unit: event.target.value as Draft['unit'], amount: '' })}
            className="h-7 rounded-md bg-transparent text-sm text-ink"
          >
            {units.map(([value, symbol]) => (
              <option key={value} value={value}>
                {symbol}
              </option>
            ))}
          </select>
        }
      />
      <div className="grid grid-cols-4 gap-1.5">
        {PARTS.map(part => (
          <Button key={String(part)} size="small" onClick={() => take(part)}>
            {part === 100n ? 'All' : `${part} %`}
          </Button>
        ))}
      </div>
    </div>
  )
}

function Submit({ ticket, baseSymbol }: { ticket: TicketState; baseSymbol: string }) {
  const { account, trader, money } = useAccount()
  const { draft, reading, sending, facts } = ticket
  if (!account || !trader || !money) return null
  const { state } = facts.market
  const isHalted = state === 'cancelOnly' || state === 'closed' || (state === 'postOnly' && !draft.postOnly)
  const verb = draft.side === 'buy' ? 'Buy' : 'Sell'
  return (
    <>
      {isHalted ? <p className="text-sm text-wait">{HALTED[state]}</p> : null}
      <Button
        type="submit"
        look={draft.side}
        size="large"
        wide
        busy={sending}
        disabled={reading.order === undefined || isHalted}
        data-testid="ticket-send"
      >
        {verb} {reading.preview ? `${facts.market.sizeText(reading.preview.lots)} ` : ''}
        {baseSymbol}
      </Button>
    </>
  )
}

const HALTED: Readonly<Record<string, string>> = {
  postOnly: 'This market takes only post-only orders at the moment.',
  cancelOnly: 'This market is halted: you can cancel, and nothing trades.',
  closed: 'This market is closed.',
}
