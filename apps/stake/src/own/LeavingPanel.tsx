import { type OwnUnbonding, withdrawStake } from '@omg/rootchain'
import { Amount, type Column, exact, Panel, Table } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { useStake } from '../context.ts'
import { OMG } from '../network/read.ts'
import { lasting } from '../words.ts'

/** What is on its way out: how long it takes yet, and then the button that ends it. */
export function LeavingPanel({ unbondings }: { unbondings: readonly OwnUnbonding[] }) {
  const { now, act, busy } = useStake()
  const isFree = ({ withdrawableAt }: OwnUnbonding) => withdrawableAt !== undefined && withdrawableAt <= now
  const withdraw = (each: OwnUnbonding) => {
    const words = { doing: 'Withdrawing', done: `${exact(each.amount, OMG.decimals)} OMG are yours again` }
    return act(words, rootChain => withdrawStake(rootChain, each))
  }
  const columns: Column<OwnUnbonding>[] = [
    { title: 'Worth', cell: ({ amount }) => <Amount units={amount} token={OMG} /> },
    { title: 'Free', cell: each => <Countdown of={each} /> },
    {
      title: 'Withdraw',
      align: 'right',
      cell: each => (
        <Button
          look={isFree(each) ? 'main' : 'plain'}
          size="small"
          disabled={busy || !isFree(each)}
          onClick={() => void withdraw(each)}
        >
          Withdraw
        </Button>
      ),
    },
  ]
  return (
    <Panel title="Leaving">
      <Table
        label="Leaving"
        rows={unbondings}
        keyOf={({ unbondingId }) => String(unbondingId)}
        columns={columns}
        empty="Nothing is on its way out."
      />
    </Panel>
  )
}

/** The time that is left, and a line that grows with what has passed. */
function Countdown({ of: { withdrawableAt } }: { of: OwnUnbonding }) {
  const { now, stake } = useStake()
  if (withdrawableAt === undefined) return 'after the next set'
  if (withdrawableAt <= now) return <span className="font-medium text-good">now</span>
  const left = withdrawableAt - now
  const passed = stake.unbondingDelay > left ? stake.unbondingDelay - left : 0n
  const moment = new Date(Number(withdrawableAt) * 1_000).toISOString()
  return (
    <span className="inline-grid gap-1">
      <time dateTime={moment} title={moment.replace('T', ' ').replace('.000Z', ' UTC')}>
        in {lasting(left)}
      </time>
      <svg viewBox="0 0 100 4" preserveAspectRatio="none" className="h-1 w-24" aria-hidden="true">
        <rect width="100" height="4" className="fill-line" />
        <rect width={Number((passed * 100n) / stake.unbondingDelay)} height="4" className="fill-accent" />
      </svg>
    </span>
  )
}
