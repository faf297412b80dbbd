import { delegate, type ValidatorStanding } from '@omg/rootchain'
import { Sheet } from '@omg/ui/control/Sheet.tsx'
import { useStake } from '../context.ts'
import { nameOf } from '../validator/ValidatorsPanel.tsx'
import { lasting, percent } from '../words.ts'
import { AmountForm } from './AmountForm.tsx'

/** Puts OMG behind a validator. */
export function DelegateSheet({
  validator: chosen,
  onClose,
}: {
  validator: ValidatorStanding | undefined
  onClose: () => void
}) {
  const { stake, act } = useStake()
  if (chosen === undefined) return null
  const { validator, commissionBps } = chosen
  const send = async (amount: bigint) => {
    if (await act('Delegating', rootChain => delegate(rootChain, { validator, amount }))) onClose()
  }
  return (
    <Sheet title="Delegate" description={`To ${nameOf(chosen)}`} open onClose={onClose}>
      <AmountForm most={stake.own?.omg ?? 0n} verb="Delegate" onSubmit={amount => void send(amount)}>
        <p>
          It counts from the next validator set on, and earns from then. She keeps {percent(commissionBps)} of
          that.
        </p>
        <p>If she signs two chains, 5 % of it or more is lost, also for what she signed shortly before.</p>
        <p>Taking it out again needs the next set and {lasting(stake.unbondingDelay)} more.</p>
      </AmountForm>
    </Sheet>
  )
}
