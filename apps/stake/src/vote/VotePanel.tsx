import { setFeePreference } from '@omg/rootchain'
import { fieldsOf } from '@omg/stake'
import { type Column, Panel, Table } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { useState } from 'react'
import { useStake } from '../context.ts'
import { lasting } from '../words.ts'
import { preferenceOf, previewOf, type VoteField, voteFields } from './preview.ts'

/** What fees are, what the stakers move them to, and one's own vote with what would come of it. */
export function VotePanel() {
  const { stake, account, now, act, deed } = useStake()
  const [typed, setTyped] = useState<ReadonlyMap<number, string>>(new Map())
  const { fees } = stake
  const fields = voteFields(stake.feeTokens)
  const standing = account && stake.votes.at(stake.head).preferences.get(account.address)
  const base = standing ?? fees.voted
  const preference = preferenceOf(base, fields, typed)
  const preview =
    account && preference && typed.size > 0 ? previewOf(stake, account.address, preference) : undefined
  const [voted, next, wished, outcome] = [fees.voted, fees.nextEpoch, base, preview].map(
    schedule => schedule && fieldsOf(schedule),
  )
  const show = (numbers: readonly bigint[] | undefined) => (field: VoteField) =>
    numbers ? (
      <span className="whitespace-nowrap">
        {field.format(numbers[field.place]!)} <span className="max-sm:hidden">{field.unit}</span>
      </span>
    ) : (
      '–'
    )
  const columns: Column<VoteField>[] = [
    { title: 'Fee', cell: ({ name }) => name },
    { title: 'Now', align: 'right', cell: show(voted) },
    { title: 'Next epoch', align: 'right', wide: true, cell: show(next) },
    {
      title: 'Your vote',
      align: 'right',
      cell: field => (
        <input
          aria-label={`Your vote: ${field.name}`}
          aria-invalid={isWrong(field, typed)}
          value={typed.get(field.place) ?? field.format(wished![field.place]!)}
          disabled={account === undefined}
          inputMode="decimal"
          autoComplete="off"
          maxLength={20}
          onChange={event => setTyped(new Map([...typed, [field.place, event.target.value]]))}
          className={`h-9 w-22 rounded-lg sm:w-28 border bg-ground px-2 text-right disabled:text-quiet pointer-coarse:h-11 ${isWrong(field, typed) ? 'border-bad' : 'border-line'}`}
        />
      ),
    },
    { title: 'With it', align: 'right', cell: show(outcome) },
  ]
  const isBusy = deed !== undefined && deed.problem === undefined
  const send = async (vote: typeof preference) => {
    if (await act('Voting', rootChain => setFeePreference(rootChain, { preference: vote })))
      setTyped(new Map())
  }
  return (
    <Panel
      title="Fees"
      aside={
        <span className="text-xs text-quiet">
          {fees.epoch ? `votes are counted in ${lasting(fees.epoch.endsAt - now)}` : 'fees never move'}
        </span>
      }
    >
      <Table
        label="Fees"
        rows={fields}
        keyOf={({ place }) => String(place)}
        columns={columns}
        empty="Waiting for the node."
      />
      <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line px-4 py-3">
        <p className="min-w-60 flex-1 text-sm text-quiet">
          {preference === undefined
            ? 'A number in red is none, or no fee that may be voted for.'
            : standing
              ? 'Your vote stands, with your own stake.'
              : 'Your stake follows its validator. A vote of yours counts with your own stake, in steps of at most a quarter an epoch.'}
        </p>
        {standing ? (
          <Button disabled={isBusy} onClick={() => void send(undefined)}>
            Follow the validator
          </Button>
        ) : null}
        <Button
          look="main"
          busy={isBusy}
          disabled={account === undefined || preference === undefined || typed.size === 0}
          onClick={() => void send(preference)}
        >
          Vote
        </Button>
      </div>
    </Panel>
  )
}

function isWrong(field: VoteField, typed: ReadonlyMap<number, string>): boolean {
  const text = typed.get(field.place)
  return text !== undefined && field.parse(text) === undefined
}
