import type { StakeEvent } from '@omg/rootchain'
import { grouped, Hash, Panel, Table } from '@omg/ui'
import { useStake } from '../context.ts'
import { percent, wholeOmg } from '../words.ts'

/** Newest offences that are shown. */
const SHOWN = 20

/** What a validator was punished for, or accused of. */
export function HistoryPanel() {
  const { stake } = useStake()
  const rows = stake.events.flatMap(deedOf).slice(-SHOWN).toReversed()
  return (
    <Panel title="Slashes and jail">
      <Table
        label="Slashes and jail"
        rows={rows}
        keyOf={({ key }) => key}
        empty="No validator was ever slashed or jailed."
        columns={[
          { title: 'Ethereum block', cell: ({ block }) => grouped(block) },
          { title: 'Validator', cell: ({ validator }) => <Hash value={validator} /> },
          { title: 'What', align: 'right', cell: ({ what }) => what },
        ]}
      />
    </Panel>
  )
}

interface Past {
  readonly key: string
  readonly block: bigint
  readonly validator: string
  readonly what: string
}

/** An event as a line of the history, if it belongs there. */
export function deedOf({ eventName, args, blockNumber, transactionHash, logIndex }: StakeEvent): Past[] {
  const past = (validator: string, what: string) => [
    { key: `${transactionHash} ${logIndex}`, block: blockNumber, validator: validator.toLowerCase(), what },
  ]
  switch (eventName) {
    case 'Slashed':
      return past(args.validator, `slashed by ${percent(args.bps)}: ${wholeOmg(args.amount)} OMG`)
    case 'Jailed':
      return past(args.validator, 'jailed')
    case 'Unjailed':
      return past(args.validator, 'out of jail')
    case 'Punished':
      return past(args.validator, args.offence === 0 ? 'signed two headers' : 'voted twice')
    case 'DowntimeReported':
      return past(args.validator, 'reported as not signing')
    case 'DowntimeConcluded':
      return past(args.validator, args.jailed ? 'did not answer the report' : 'answered the report')
    default:
      return []
  }
}
