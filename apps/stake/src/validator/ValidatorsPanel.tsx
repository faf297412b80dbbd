import type { ValidatorStanding } from '@omg/rootchain'
import { type Column, Hash, Panel, Status, Table } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { useState } from 'react'
import { useStake } from '../context.ts'
import { DelegateSheet } from '../own/DelegateSheet.tsx'
import { lasting, percent, wholeOmg } from '../words.ts'

const STATES = {
  active: ['good', 'active'],
  joining: ['wait', 'in the next set'],
  leaving: ['wait', 'leaving'],
  jailed: ['bad', 'jailed'],
  waiting: ['quiet', 'waiting'],
} as const

/** Longest description that is shown: it is somebody's text. */
const MAX_NAME_CHARACTERS = 40

/** What a validator calls herself, or the short form of her account. */
export function nameOf({
  validator,
  description,
}: Pick<ValidatorStanding, 'validator' | 'description'>): string {
  const said = description.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').trim()
  return said === '' ? `${validator.slice(0, 8)}…${validator.slice(-6)}` : said.slice(0, MAX_NAME_CHARACTERS)
}

/** Everybody who validates: what she has at stake, what she keeps, how reliably she signs, what she votes. */
export function ValidatorsPanel() {
  const { stake, account, now } = useStake()
  const [chosen, choose] = useState<ValidatorStanding>()
  const { preferences } = stake.votes.at(stake.head)
  const columns: Column<ValidatorStanding>[] = [
    {
      title: 'Validator',
      cell: each => (
        <span className="grid">
          {each.description === '' ? null : <span className="truncate font-medium">{nameOf(each)}</span>}
          <Hash value={each.validator} />
          <span className="py-1 sm:hidden">
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
        <span className="whitespace-nowrap">
          {wholeOmg(power)}
          <span className="max-sm:hidden"> OMG</span>
        </span>
      ),
    },
    { title: 'Stake', align: 'right', wide: true, cell: ({ tokens }) => `${wholeOmg(tokens)} OMG` },
    { title: 'Own bond', align: 'right', wide: true, cell: ({ own }) => `${wholeOmg(own)} OMG` },
    { title: 'Commission', align: 'right', wide: true, cell: ({ commissionBps }) => percent(commissionBps) },
    {
      title: 'Signed',
      align: 'right',
      wide: true,
      cell: ({ signer }) => {
        const found = stake.participation.get(signer)
        return found ? `${found.signed} of ${found.of}` : '–'
      },
    },
    {
      title: 'Maker / taker vote',
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
          disabled={account === undefined || each.state === 'jailed'}
          aria-label={`Delegate to ${nameOf(each)}`}
          onClick={() => choose(each)}
        >
          Delegate
        </Button>
      ),
    },
  ]
  return (
    <Panel
      title="Validators"
      aside={<span className="text-xs text-quiet">signed: of the last checkpoints</span>}
    >
      <Table
        label="Validators"
        rows={stake.validators}
        keyOf={({ validator }) => validator}
        columns={columns}
        empty="There is no validator."
      />
      <DelegateSheet validator={chosen} onClose={() => choose(undefined)} />
    </Panel>
  )
}

function State({ of: { state, jailedUntil }, now }: { of: ValidatorStanding; now: bigint }) {
  const [look, word] = STATES[state]
  const term = state === 'jailed' && jailedUntil > now ? `, ${lasting(jailedUntil - now)} left` : ''
  return <Status look={look}>{`${word}${term}`}</Status>
}
