import { Figure, grouped, Panel } from '@omg/ui'
import { useStake } from '../context.ts'
import { wholeOmg } from '../words.ts'
import { deedsOf } from './deeds.ts'
import { PastTable } from './PastTable.tsx'

/** What validators were punished for or accused of, since the network began. */
export default function HistoryView() {
  const { stake } = useStake()
  const slashed = stake.events.flatMap(({ eventName, args }) =>
    eventName === 'Slashed' ? [args.amount] : [],
  )
  const jailed = stake.validators.filter(({ jailedUntil }) => jailedUntil > 0n).length
  return (
    <>
      <h1 className="sr-only">Slashes</h1>
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-3">
        <Figure
          label="Slashed so far"
          note={`in ${grouped(slashed.length)} ${slashed.length === 1 ? 'case' : 'cases'}`}
        >
          {wholeOmg(slashed.reduce((sum, amount) => sum + amount, 0n))} OMG
        </Figure>
        <Figure label="In jail" note={`of ${grouped(stake.validators.length)} validators`}>
          {grouped(jailed)}
        </Figure>
        <div className="col-span-2 rounded-xl border border-line bg-surface px-4 py-3 text-sm text-quiet lg:col-span-1">
          Who signs two chains or votes twice is slashed, and so is all that is staked with her. Who does not
          sign is jailed and loses nothing.
        </div>
      </div>
      <Panel title="Slashes and jail">
        <PastTable
          label="Slashes and jail"
          past={deedsOf(stake.events)}
          named
          empty="No validator was ever slashed or jailed."
        />
      </Panel>
    </>
  )
}
