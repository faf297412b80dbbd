import type { Address } from '@omg/protocol'
import type { ValidatorStanding } from '@omg/rootchain'
import { Facts, Figure, grouped, Hash, Notice, Panel } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { useState } from 'react'
import { useStake } from '../context.ts'
import { deedsOf } from '../history/deeds.ts'
import { PastTable } from '../history/PastTable.tsx'
import { LOOKED_AT } from '../network/signing.ts'
import { DelegateSheet } from '../own/DelegateSheet.tsx'
import { fieldsOfVote, rowsOfVote } from '../vote/fields.ts'
import { partOf, percent, wholeOmg } from '../words.ts'
import { Portrait, State } from './Badge.tsx'
import { nameOf, spoken } from './name.ts'
import { OwnerPanel } from './OwnerPanel.tsx'
import { ProfileSheet } from './ProfileSheet.tsx'
import { Strokes, uptimeOf } from './Uptime.tsx'

/** All about one validator. */
export default function ValidatorView({ validator }: { validator: Address }) {
  const { stake } = useStake()
  const found = stake.validators.find(each => each.validator === validator)
  if (found === undefined) {
    return (
      <Notice title="Nobody validates with this account">
        <a href="#/">To the validators</a>
      </Notice>
    )
  }
  const past = deedsOf(stake.events).filter(each => each.validator === validator)
  return (
    <>
      <p className="text-sm">
        <a href="#/">‹ All validators</a>
      </p>
      <Heading of={found} />
      <OwnerPanel of={found} />
      <Figures of={found} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <SigningPanel of={found} />
        <WishPanel of={found} />
      </div>
      <Panel title="Slashes and jail">
        <PastTable label="Slashes and jail" past={past} empty="She was never slashed or jailed." />
      </Panel>
    </>
  )
}

type Of = { readonly of: ValidatorStanding }

function Heading({ of }: Of) {
  const { now, account } = useStake()
  const [sheet, open] = useState<'delegate' | 'profile'>()
  const isOwn = account?.address === of.validator
  const [name, said] = [nameOf(of), spoken(of.description)]
  return (
    <section
      aria-label="Validator"
      className="flex flex-wrap items-center justify-between gap-4 rounded-xl border border-line bg-surface p-4"
    >
      <div className="flex min-w-0 items-center gap-4">
        <Portrait of={of.validator} large />
        <div className="min-w-0">
          <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1 text-lg font-semibold">
            <span className="truncate">{name}</span>
            <State of={of} now={now} />
          </h1>
          <p className="text-sm wrap-anywhere text-quiet">
            {said === name ? <Hash value={of.validator} /> : said || 'Says nothing of herself.'}
          </p>
        </div>
      </div>
      <div className="flex flex-wrap gap-2">
        {isOwn ? <Button onClick={() => open('profile')}>Name and commission</Button> : null}
        <Button look="main" disabled={of.state === 'jailed'} onClick={() => open('delegate')}>
          Delegate
        </Button>
      </div>
      {sheet === 'delegate' ? <DelegateSheet validator={of} onClose={() => open(undefined)} /> : null}
      {sheet === 'profile' ? <ProfileSheet of={of} onClose={() => open(undefined)} /> : null}
    </section>
  )
}

function Figures({ of }: Of) {
  const { stake } = useStake()
  const whole = stake.validators.reduce((sum, { power }) => sum + power, 0n)
  const delegators = stake.votes.at(stake.head).pools.get(of.validator)?.held
  const others = [...(delegators?.keys() ?? [])].filter(holder => holder !== of.validator).length
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Figure label="Power" note={`${partOf(of.power, whole)} of the set`}>
        {wholeOmg(of.power)} OMG
      </Figure>
      <Figure
        label="Staked"
        note={`by her and ${grouped(others)} ${others === 1 ? 'delegator' : 'delegators'}`}
      >
        {wholeOmg(of.tokens)} OMG
      </Figure>
      <Figure label="Own bond" note={`${partOf(of.own, of.tokens)} of the stake`}>
        {wholeOmg(of.own)} OMG
      </Figure>
      <Figure label="Commission" note="of her delegators' rewards">
        {percent(of.commissionBps)}
      </Figure>
    </div>
  )
}

function SigningPanel({ of }: Of) {
  const signings = useStake().stake.signings.get(of.signer) ?? []
  return (
    <Panel title="Uptime" aside={<span className="font-semibold">{uptimeOf(signings)}</span>}>
      <div className="px-4 pt-4 pb-3">
        <Strokes signings={signings} count={LOOKED_AT} />
        <p className="mt-2 text-xs text-quiet">
          The last {LOOKED_AT} checkpoints, the newest on the right; pale where she was not in the set. Who
          signs fewer earns less.
        </p>
      </div>
      <Facts
        rows={[
          ['Account', <Hash key="account" value={of.validator} />],
          ['Signing key', <Hash key="key" value={of.signer} />],
        ]}
      />
    </Panel>
  )
}

/** What she wants the fees to be: her whole pool speaks so, but for delegators who have a vote of their own. */
function WishPanel({ of }: Of) {
  const { stake } = useStake()
  const wanted = stake.votes.at(stake.head).preferences.get(of.validator)
  if (wanted === undefined) {
    return (
      <Panel title="Fees she votes for">
        <p className="px-4 py-8 text-center text-quiet">Fees as they are.</p>
      </Panel>
    )
  }
  const fields = fieldsOfVote(stake.feeTokens)
  const rows = rowsOfVote(fields, wanted)
  const now = rowsOfVote(fields, stake.fees.voted)
  return (
    <Panel title="Fees she votes for">
      <dl className="grid divide-y divide-line text-sm">
        {rows.map(({ name, text, unit }, place) => (
          <div key={name} className="flex items-baseline justify-between gap-3 px-4 py-1.5">
            <dt className="text-quiet">{name}</dt>
            <dd className={text === now[place]!.text ? '' : 'font-semibold text-accent'}>
              {text} {unit}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
