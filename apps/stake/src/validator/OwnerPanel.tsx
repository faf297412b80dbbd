import { joinValidators, unjail, type ValidatorStanding } from '@omg/rootchain'
import { Button } from '@omg/ui/control/Button.tsx'
import { useStake } from '../context.ts'
import { lasting, wholeOmg } from '../words.ts'
import { FOREVER } from './Badge.tsx'

/** What the owner of a validator can do when it is not in the next set; nothing for everybody else. */
export function OwnerPanel({ of }: { of: ValidatorStanding }) {
  const { account, stake, now, act, busy } = useStake()
  if (account?.address !== of.validator || of.standing) return null
  const { jailedUntil } = of
  const isJailed = jailedUntil > 0n
  const isFree = jailedUntil !== FOREVER && jailedUntil <= now
  const leave = { doing: 'Leaving jail', done: 'Your validator is out of jail' }
  const stand = { doing: 'Joining the next set', done: 'Your validator is in the next set' }
  return (
    <section
      aria-label="Your validator"
      className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 rounded-xl border border-wait/50 bg-surface px-4 py-3"
    >
      <div className="min-w-60 flex-1">
        <p className="font-semibold">
          {isJailed ? 'Your validator is in jail' : 'Your validator is not in the next set'}
        </p>
        <p className="text-sm text-quiet">{wordsOf(of, stake.minBond, now)}</p>
      </div>
      {isJailed ? (
        <Button look="main" disabled={busy || !isFree} onClick={() => void act(leave, unjail)}>
          Leave jail
        </Button>
      ) : (
        <Button
          look="main"
          disabled={busy || of.own < stake.minBond}
          onClick={() => void act(stand, rootChain => joinValidators(rootChain, { validator: of.validator }))}
        >
          Stand again
        </Button>
      )}
    </section>
  )
}

function wordsOf({ jailedUntil, own }: ValidatorStanding, minBond: bigint, now: bigint): string {
  const bond =
    own < minBond
      ? ` Its own bond of ${wholeOmg(own)} OMG is below the smallest, ${wholeOmg(minBond)} OMG: add to it to be in the next set.`
      : ''
  if (jailedUntil === FOREVER) return 'It signed two chains, and does not come back with this account.'
  if (jailedUntil > now) return `It can leave in ${lasting(jailedUntil - now)}.${bond}`
  if (jailedUntil > 0n) return `Its term is over. Make sure that it runs and signs before it leaves.${bond}`
  return bond === '' ? 'It was displaced, or has just been bonded again.' : bond.trim()
}
