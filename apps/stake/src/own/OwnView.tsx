import { Panel } from '@omg/ui'
import { AccountPanel } from '../account/AccountPanel.tsx'
import { useStake } from '../context.ts'
import { activityOf } from '../history/deeds.ts'
import { PastTable } from '../history/PastTable.tsx'
import { OwnerPanel } from '../validator/OwnerPanel.tsx'
import { LeavingPanel } from './LeavingPanel.tsx'
import { RewardsPanel } from './RewardsPanel.tsx'
import { StakesPanel } from './StakesPanel.tsx'

const NOTHING = { stakes: [], unbondings: [], earned: [] }

/** What the account has staked, what is on its way out, what was earned, and what it did. */
export function OwnView() {
  const { stake, account } = useStake()
  // There before somebody signs in, so that nothing below jumps then.
  const { stakes, unbondings, earned } = stake.own ?? NOTHING
  const validator = stake.validators.find(each => each.validator === account?.address)
  const past = account ? activityOf(stake.events, account.address) : []
  return (
    <>
      <h1 className="sr-only">Your stake</h1>
      <AccountPanel />
      {validator ? <OwnerPanel of={validator} /> : null}
      <StakesPanel stakes={stakes} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <LeavingPanel unbondings={unbondings} />
        <RewardsPanel earned={earned} />
      </div>
      <Panel title="What you did">
        <PastTable label="What you did" past={past} named empty="Nothing yet." />
      </Panel>
    </>
  )
}
