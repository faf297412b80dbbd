import { delegate, type ValidatorStanding } from '@omg/rootchain'
import { exact } from '@omg/ui'
import { ProblemNote } from '@omg/ui/account/ProblemNote.tsx'
import { Spinner } from '@omg/ui/control/Button.tsx'
import { Sheet } from '@omg/ui/control/Sheet.tsx'
import { useWaysWords, Ways } from '../account/Ways.tsx'
import { useStake } from '../context.ts'
import { OMG } from '../network/read.ts'
import { nameOf } from '../validator/name.ts'
import { lasting, percent } from '../words.ts'
import { AmountForm } from './AmountForm.tsx'

interface DelegateSheetProps {
  readonly validator: ValidatorStanding
  readonly onClose: () => void
}

/** Puts OMG behind a validator; whoever has no account yet gets one first. */
export function DelegateSheet({ validator: chosen, onClose }: DelegateSheetProps) {
  const { stake, account, act } = useStake()
  const { validator, commissionBps } = chosen
  const send = async (amount: bigint) => {
    const words = {
      doing: 'Delegating',
      done: `${exact(amount, OMG.decimals)} OMG delegated to ${nameOf(chosen)}`,
    }
    if (await act(words, rootChain => delegate(rootChain, { validator, amount }))) onClose()
  }
  return (
    <Sheet title="Delegate" description={`To ${nameOf(chosen)}`} open onClose={onClose}>
      {account === undefined || stake.own === undefined ? (
        <First />
      ) : (
        <AmountForm
          most={stake.own.omg}
          verb="Delegate"
          onSubmit={amount => void send(amount)}
          rows={[
            ['Earns', 'From the next validator set on.'],
            ['She keeps', `${percent(commissionBps)} of what it earns.`],
            [
              'At risk',
              'If she signs two chains or votes twice, 5 % of it or more, also for what she did shortly before.',
            ],
            ['Leaving', `Needs the next set and ${lasting(stake.unbondingDelay)} more.`],
          ]}
        />
      )}
    </Sheet>
  )
}

function First() {
  const { deed } = useStake()
  const words = useWaysWords()
  return (
    <div className="grid gap-4">
      <p className="text-sm text-quiet">First, an account. {words}</p>
      <Ways />
      {deed?.state === 'busy' ? (
        <p className="flex items-center gap-2 text-sm" role="status">
          <Spinner /> {deed.name} …
        </p>
      ) : null}
      {deed?.state === 'failed' ? <ProblemNote problem={deed.problem} /> : null}
    </div>
  )
}
