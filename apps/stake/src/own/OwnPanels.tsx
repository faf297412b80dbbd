import { claimRewards, type OwnStake, type OwnUnbonding, withdrawStake } from '@omg/rootchain'
import { Amount, type Column, Hash, Panel, Table } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { useState } from 'react'
import { useStake } from '../context.ts'
import { type Earned, OMG } from '../network/read.ts'
import { nameOf } from '../validator/ValidatorsPanel.tsx'
import { lasting } from '../words.ts'
import { StakeSheet } from './StakeSheet.tsx'

const NOTHING = { stakes: [], unbondings: [], earned: [] }

/** What the account has staked, what is on its way out, and what was earned. */
export function OwnPanels() {
  const { stake } = useStake()
  // There before somebody signs in, so that nothing below jumps then.
  const { stakes, unbondings, earned } = stake.own ?? NOTHING
  return (
    <>
      <StakesPanel stakes={stakes} />
      <div className="grid gap-4 lg:grid-cols-2">
        <LeavingPanel unbondings={unbondings} />
        <RewardsPanel earned={earned} />
      </div>
    </>
  )
}

function StakesPanel({ stakes }: { stakes: readonly OwnStake[] }) {
  const { stake, now } = useStake()
  const [chosen, choose] = useState<OwnStake>()
  const known = (own: OwnStake) => stake.validators.find(({ validator }) => validator === own.validator)
  const columns: Column<OwnStake>[] = [
    { title: 'With', cell: own => <Hash value={own.validator} /> },
    { title: 'Worth', align: 'right', cell: ({ amount }) => <Amount units={amount} token={OMG} /> },
    {
      title: 'Bound',
      align: 'right',
      wide: true,
      cell: ({ moved }) => {
        if (!moved) return 'free to move'
        if (moved.freeAt === undefined) return 'until after the next set'
        return moved.freeAt > now ? `for ${lasting(moved.freeAt - now)}` : 'free to move'
      },
    },
    {
      title: 'Change',
      align: 'right',
      cell: own => {
        const found = known(own)
        const name = found ? nameOf(found) : own.validator
        return (
          <Button size="small" aria-label={`Change the stake with ${name}`} onClick={() => choose(own)}>
            Change
          </Button>
        )
      },
    },
  ]
  return (
    <Panel title="Your stake">
      <Table
        label="Your stake"
        rows={stakes}
        keyOf={({ validator }) => validator}
        columns={columns}
        empty="Nothing is staked. Choose a validator below."
      />
      {chosen ? <StakeSheet own={chosen} onClose={() => choose(undefined)} /> : null}
    </Panel>
  )
}

function LeavingPanel({ unbondings }: { unbondings: readonly OwnUnbonding[] }) {
  const { now, act, deed } = useStake()
  const isBusy = deed !== undefined && deed.problem === undefined
  const isFree = ({ withdrawableAt }: OwnUnbonding) => withdrawableAt !== undefined && withdrawableAt <= now
  const columns: Column<OwnUnbonding>[] = [
    { title: 'Worth', cell: ({ amount }) => <Amount units={amount} token={OMG} /> },
    {
      title: 'Free',
      align: 'right',
      cell: each => {
        if (each.withdrawableAt === undefined) return 'after the next set'
        return isFree(each) ? 'now' : `in ${lasting(each.withdrawableAt - now)}`
      },
    },
    {
      title: 'Withdraw',
      align: 'right',
      cell: each => (
        <Button
          size="small"
          disabled={isBusy || !isFree(each)}
          onClick={() => void act('Withdrawing', rootChain => withdrawStake(rootChain, each))}
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

function RewardsPanel({ earned }: { earned: readonly Earned[] }) {
  const { act, deed } = useStake()
  const claim = ({ validator, token }: Earned) =>
    act('Claiming', rootChain => claimRewards(rootChain, { validator, token: token.address }))
  const columns: Column<Earned>[] = [
    { title: 'With', cell: ({ validator }) => <Hash value={validator} /> },
    { title: 'Earned', align: 'right', cell: ({ amount, token }) => <Amount units={amount} token={token} /> },
    {
      title: 'Claim',
      align: 'right',
      cell: each => (
        <Button
          size="small"
          disabled={deed !== undefined && deed.problem === undefined}
          onClick={() => void claim(each)}
        >
          Claim
        </Button>
      ),
    },
  ]
  return (
    <Panel title="Rewards">
      <Table
        label="Rewards"
        rows={earned}
        keyOf={({ validator, token }) => `${validator} ${token.address}`}
        columns={columns}
        empty="Nothing to claim: a set's fees are divided after it has ended."
      />
    </Panel>
  )
}
