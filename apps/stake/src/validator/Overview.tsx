import { publishValidatorSet } from '@omg/rootchain'
import { Figure, grouped } from '@omg/ui'
import { useStake } from '../context.ts'
import { lasting, wholeOmg } from '../words.ts'

/** The four numbers of the network. */
export function Overview() {
  const { stake, now, account, act, busy } = useStake()
  const { validators, set, nextSetAt, unbondingDelay } = stake
  const staked = validators.reduce((sum, { tokens }) => sum + tokens, 0n)
  const active = validators.filter(({ power }) => power > 0n).length
  const isDue = nextSetAt <= now
  const canPublish = account !== undefined && isDue && hasChanged(stake)
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Figure label="Staked" note="with all validators">
        {wholeOmg(staked)}
        <span className="max-sm:text-sm max-sm:font-normal"> OMG</span>
      </Figure>
      <Figure label="Validators" note="sign the chain now">
        {grouped(active)}
      </Figure>
      <Figure
        label="Validator set"
        note={
          canPublish ? (
            <button
              type="button"
              className="text-accent underline"
              disabled={busy}
              onClick={() =>
                void act(
                  { doing: 'Publishing the next set', done: 'The next set is published' },
                  publishValidatorSet,
                )
              }
            >
              Stake has changed: publish the next
            </button>
          ) : isDue ? (
            'next: upon a change'
          ) : (
            `next: in ${lasting(nextSetAt - now)} or later`
          )
        }
      >
        {grouped(set?.id ?? 0n)}
      </Figure>
      <Figure label="Leaving takes" note="after the next set">
        {lasting(unbondingDelay)}
      </Figure>
    </div>
  )
}

function hasChanged({ validators }: ReturnType<typeof useStake>['stake']): boolean {
  return validators.some(({ standing, power, tokens }) => power !== (standing ? tokens : 0n))
}
