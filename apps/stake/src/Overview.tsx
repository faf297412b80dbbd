import { publishValidatorSet } from '@omg/rootchain'
import { Figure, grouped } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { useStake } from './context.ts'
import { lasting, wholeOmg } from './words.ts'

/** The four numbers at the head of the page. */
export function Overview() {
  const { stake, now, account, act, deed } = useStake()
  const { validators, set, nextSetAt, unbondingDelay, own } = stake
  const staked = validators.reduce((sum, { tokens }) => sum + tokens, 0n)
  const yours = own?.stakes.reduce((sum, { amount }) => sum + amount, 0n) ?? 0n
  const isDue = nextSetAt <= now
  return (
    <>
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Figure
          label="Staked, OMG"
          note={`with ${validators.length} ${validators.length === 1 ? 'validator' : 'validators'}`}
        >
          {wholeOmg(staked)}
        </Figure>
        <Figure label="Your stake, OMG" note={own ? 'all validators' : 'not signed in'}>
          {wholeOmg(yours)}
        </Figure>
        <Figure
          label="Validator set"
          note={isDue ? 'next: when stake changes' : `next: in ${lasting(nextSetAt - now)} or later`}
        >
          {grouped(set?.id ?? 0n)}
        </Figure>
        <Figure label="Leaving takes" note="after the next set">
          {lasting(unbondingDelay)}
        </Figure>
      </div>
      {account && isDue && hasChanged(stake) ? (
        <p className="flex flex-wrap items-center justify-between gap-3 rounded-xl border border-line bg-surface px-4 py-2.5 text-sm">
          Stake has changed since this set was published. Anybody may publish the next one.
          <Button
            size="small"
            disabled={deed !== undefined && deed.problem === undefined}
            onClick={() => void act('Publishing the next set', publishValidatorSet)}
          >
            Publish it
          </Button>
        </p>
      ) : null}
    </>
  )
}

function hasChanged({ validators }: ReturnType<typeof useStake>['stake']): boolean {
  return validators.some(({ standing, power, tokens }) => power !== (standing ? tokens : 0n))
}
