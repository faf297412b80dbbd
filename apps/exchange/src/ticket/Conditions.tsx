import { Collapsible } from '@base-ui/react/collapsible'
import { Icon } from '@omg/ui'
import { Choice, Field, Tick } from '@omg/ui/control/Field.tsx'
import type { Draft, Lasts } from './draft.ts'
import type { Ticket } from './useTicket.ts'

const LASTS: readonly (readonly [Lasts, string])[] = [
  ['untilCancelled', 'Until I cancel it'],
  ['minutes', 'For some minutes'],
  ['block', 'Until a block'],
  ['once', 'One batch, the rest comes back'],
  ['allOrNothing', 'One batch, all of it or nothing'],
]
const SELF_TRADE: readonly (readonly [Draft['selfTrade'], string])[] = [
  ['expireTaker', 'give the newer order back'],
  ['expireMaker', 'give the older order back'],
  ['expireBoth', 'give both back'],
  ['decrement', 'make both smaller'],
]

/** How long an order stands, and what few people need, folded. */
export function Conditions({ ticket }: { ticket: Ticket }) {
  const { draft, change, reading, facts } = ticket
  const { problems } = reading
  const isMarket = draft.kind === 'market'
  const stands = !isMarket && draft.lasts !== 'once' && draft.lasts !== 'allOrNothing'
  return (
    <>
      <Choice
        label="How long"
        value={draft.lasts}
        options={isMarket ? LASTS.slice(3) : LASTS}
        onChange={lasts =>
          change({ lasts, ...((lasts === 'once' || lasts === 'allOrNothing') && { postOnly: false }) })
        }
      />
      {!isMarket && draft.lasts === 'minutes' ? (
        <Field
          label="Good for"
          unit="minutes"
          value={draft.minutes}
          problem={problems.minutes}
          onChange={minutes => change({ minutes })}
        />
      ) : null}
      {!isMarket && draft.lasts === 'block' ? (
        <Field
          label="Last block"
          note={`now ${facts.height}`}
          value={draft.block}
          problem={problems.block}
          onChange={block => change({ block })}
        />
      ) : null}
      <Collapsible.Root>
        <Collapsible.Trigger className="group flex h-8 w-full items-center justify-between text-sm font-medium text-quiet hover:text-ink">
          More choices
          <Icon name="chevron" className="transition-transform group-data-[panel-open]:rotate-180" />
        </Collapsible.Trigger>
        <Collapsible.Panel className="grid gap-3 pt-2 pb-1">
          <Tick
            label="Post-only"
            note="Only ever waits in the book, for the lower fee. If it would trade at once, it comes back."
            checked={draft.postOnly}
            disabled={!stands}
            onChange={postOnly => change({ postOnly })}
          />
          {draft.lasts === 'allOrNothing' ? null : (
            <Field
              label="Smallest fill"
              note="less is refused"
              unit={facts.market.base.symbol}
              placeholder="any"
              value={draft.minimum}
              problem={problems.minimum}
              onChange={minimum => change({ minimum })}
            />
          )}
          <Choice
            label="If it meets an order of mine"
            value={draft.selfTrade}
            options={SELF_TRADE}
            onChange={selfTrade => change({ selfTrade })}
          />
          <Choice
            label="Pay with"
            value={draft.source}
            options={[
              ['trading', 'money ready to trade: no fee, no pop-up'],
              ['coins', 'coins: a payment with a fee, signed by you'],
            ]}
            onChange={source => change({ source })}
          />
          {draft.source === 'coins' ? (
            <Field
              label="Who gets what it trades"
              note="empty: you"
              number={false}
              placeholder="0x…"
              value={draft.receiver}
              problem={problems.receiver}
              onChange={receiver => change({ receiver })}
            />
          ) : null}
        </Collapsible.Panel>
      </Collapsible.Root>
    </>
  )
}
