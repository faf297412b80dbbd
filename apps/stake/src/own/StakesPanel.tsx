import type { OwnStake } from '@omg/rootchain'
import { Amount, type Column, Panel, Table } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { useState } from 'react'
import { useStake } from '../context.ts'
import { OMG } from '../network/read.ts'
import { State, ValidatorLink } from '../validator/Badge.tsx'
import { nameOf } from '../validator/name.ts'
import { lasting, percent } from '../words.ts'
import { StakeSheet } from './StakeSheet.tsx'

/** With whom the account has staked, and what of it. */
export function StakesPanel({ stakes }: { stakes: readonly OwnStake[] }) {
  const [chosen, choose] = useState<OwnStake>()
  return (
    <Panel
      title="Staked"
      aside={
        <a href="#/" className="text-sm">
          Delegate more
        </a>
      }
    >
      <Table
        label="Staked"
        rows={stakes}
        keyOf={({ validator }) => validator}
        columns={useColumns(choose)}
        empty="Nothing is staked. Choose a validator and delegate to her."
      />
      {chosen ? <StakeSheet own={chosen} onClose={() => choose(undefined)} /> : null}
    </Panel>
  )
}

function useColumns(choose: (own: OwnStake) => void): Column<OwnStake>[] {
  const { stake, now } = useStake()
  const known = ({ validator }: OwnStake) => stake.validators.find(each => each.validator === validator)
  const named = (own: OwnStake) => known(own) ?? { validator: own.validator, description: '' }
  return [
    { title: 'With', cell: own => <ValidatorLink of={named(own)} /> },
    {
      title: 'State',
      wide: true,
      cell: own => {
        const found = known(own)
        return found ? <State of={found} now={now} /> : '–'
      },
    },
    {
      title: 'Commission',
      align: 'right',
      wide: true,
      cell: own => percent(known(own)?.commissionBps ?? 0),
    },
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
      title: 'Worth',
      align: 'right',
      cell: ({ amount }) => (
        <span className="font-medium">
          <Amount units={amount} token={OMG} />
        </span>
      ),
    },
    {
      title: 'Change',
      align: 'right',
      cell: own => (
        <Button
          size="small"
          aria-label={`Change the stake with ${nameOf(named(own))}`}
          onClick={() => choose(own)}
        >
          Change
        </Button>
      ),
    },
  ]
}
