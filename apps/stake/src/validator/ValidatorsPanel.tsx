import type { ValidatorStanding } from '@omg/rootchain'
import { type Column, Panel, Table } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { useState } from 'react'
import { useStake } from '../context.ts'
import { LOOKED_AT } from '../network/signing.ts'
import { DelegateSheet } from '../own/DelegateSheet.tsx'
import { partOf, percent, wholeOmg } from '../words.ts'
import { State, ValidatorLink } from './Badge.tsx'
import { nameOf } from './name.ts'
import { Strokes, uptimeOf } from './Uptime.tsx'

/** Strokes that a row has room for. */
const STROKES = 12

/** Everybody who validates: what she has at stake, what she keeps, how reliably she signs, what she votes. */
export function ValidatorsPanel() {
  const { stake } = useStake()
  const [chosen, choose] = useState<ValidatorStanding>()
  return (
    <Panel
      title="Validators"
      aside={<span className="text-xs text-quiet">uptime: the last {LOOKED_AT} checkpoints</span>}
    >
      <Table
        label="Validators"
        rows={stake.validators}
        keyOf={({ validator }) => validator}
        columns={useColumns(choose)}
        empty="There is no validator."
      />
      {chosen ? <DelegateSheet validator={chosen} onClose={() => choose(undefined)} /> : null}
    </Panel>
  )
}

function useColumns(choose: (validator: ValidatorStanding) => void): Column<ValidatorStanding>[] {
  const { stake, now } = useStake()
  const { preferences } = stake.votes.at(stake.head)
  const whole = stake.validators.reduce((sum, { power }) => sum + power, 0n)
  return [
    {
      title: 'Validator',
      cell: each => (
        <span className="grid">
          <ValidatorLink of={each} />
          <span className="pb-1.5 sm:hidden">
            <State of={each} now={now} />
          </span>
        </span>
      ),
    },
    { title: 'State', wide: true, cell: each => <State of={each} now={now} /> },
    {
      title: 'Power',
      align: 'right',
      cell: ({ power }) => (
        <span className="grid whitespace-nowrap">
          <span>
            {wholeOmg(power)}
            <span className="text-quiet max-sm:hidden"> OMG</span>
          </span>
          <span className="text-xs text-quiet">{partOf(power, whole)}</span>
        </span>
      ),
    },
    {
      title: 'Own bond',
      align: 'right',
      wide: true,
      cell: ({ own }) => (
        <span className="whitespace-nowrap">
          {wholeOmg(own)} <span className="text-quiet">OMG</span>
        </span>
      ),
    },
    { title: 'Commission', align: 'right', wide: true, cell: ({ commissionBps }) => percent(commissionBps) },
    {
      title: 'Uptime',
      align: 'right',
      wide: true,
      cell: ({ signer }) => {
        const signings = stake.signings.get(signer) ?? []
        return (
          <span className="inline-flex items-center justify-end gap-2.5 whitespace-nowrap">
            <span className="hidden lg:block">
              <Strokes signings={signings} count={STROKES} />
            </span>
            <span className="min-w-14">{uptimeOf(signings)}</span>
          </span>
        )
      },
    },
    {
      title: 'Wants: maker / taker',
      align: 'right',
      wide: true,
      cell: ({ validator }) => {
        const wanted = preferences.get(validator)
        return wanted ? `${percent(wanted.makerBps[1]!)} / ${percent(wanted.takerBps[1]!)}` : 'as it is'
      },
    },
    {
      title: 'Delegate',
      align: 'right',
      cell: each => (
        <Button
          size="small"
          disabled={each.state === 'jailed'}
          aria-label={`Delegate to ${nameOf(each)}`}
          onClick={() => choose(each)}
        >
          Delegate
        </Button>
      ),
    },
  ]
}
