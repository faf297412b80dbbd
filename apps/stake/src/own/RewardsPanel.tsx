import { claimRewards } from '@omg/rootchain'
import { Amount, type Column, exact, Panel, Table } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { useStake } from '../context.ts'
import type { Earned } from '../network/read.ts'
import { ValidatorLink } from '../validator/Badge.tsx'
import { nameOf } from '../validator/name.ts'

/** What the account's stake has earned, by validator and token. */
export function RewardsPanel({ earned }: { earned: readonly Earned[] }) {
  const { stake, act, busy } = useStake()
  const named = ({ validator }: Earned) =>
    stake.validators.find(each => each.validator === validator) ?? { validator, description: '' }
  const claim = ({ validator, token, amount }: Earned) => {
    const words = { doing: 'Claiming', done: `${exact(amount, token.decimals)} ${token.symbol} are yours` }
    return act(words, rootChain => claimRewards(rootChain, { validator, token: token.address }))
  }
  const columns: Column<Earned>[] = [
    { title: 'With', cell: each => <ValidatorLink of={named(each)} /> },
    { title: 'Earned', align: 'right', cell: ({ amount, token }) => <Amount units={amount} token={token} /> },
    {
      title: 'Claim',
      align: 'right',
      cell: each => (
        <Button
          look="main"
          size="small"
          disabled={busy}
          aria-label={`Claim the ${each.token.symbol} earned with ${nameOf(named(each))}`}
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
