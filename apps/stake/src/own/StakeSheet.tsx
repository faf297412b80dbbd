import type { Address } from '@omg/protocol'
import { type OwnStake, redelegate, sharesWorth, undelegate } from '@omg/rootchain'
import { Choice } from '@omg/ui/control/Field.tsx'
import { Segments } from '@omg/ui/control/Segments.tsx'
import { Sheet } from '@omg/ui/control/Sheet.tsx'
import { useState } from 'react'
import { useStake } from '../context.ts'
import { nameOf } from '../validator/ValidatorsPanel.tsx'
import { lasting } from '../words.ts'
import { AmountForm } from './AmountForm.tsx'

/** Takes stake out, or moves it to another validator. */
export function StakeSheet({ own, onClose }: { own: OwnStake | undefined; onClose: () => void }) {
  const { stake, act } = useStake()
  const [way, setWay] = useState<'out' | 'over'>('out')
  const others = stake.validators.filter(each => each.validator !== own?.validator && each.jailedUntil === 0n)
  const [to, setTo] = useState<Address>()
  if (own === undefined) return null
  const from = stake.validators.find(({ validator }) => validator === own.validator)
  const target = to ?? others[0]?.validator
  const send = async (amount: bigint) => {
    const shares = from && sharesWorth(from, own, amount)
    if (shares === undefined) return
    const { validator } = own
    const done =
      way === 'out'
        ? await act('Taking stake out', rootChain => undelegate(rootChain, { validator, shares }))
        : await act('Moving stake', rootChain =>
            redelegate(rootChain, { from: validator, to: target!, shares }),
          )
    if (done) onClose()
  }
  const delay = lasting(stake.unbondingDelay)
  return (
    <Sheet
      title="Your stake"
      description={`With ${from ? nameOf(from) : own.validator}`}
      open
      onClose={onClose}
    >
      {others.length > 0 ? (
        <Segments
          label="What to do"
          value={way}
          onChange={setWay}
          options={[
            ['out', 'Take out'],
            ['over', 'Move'],
          ]}
        />
      ) : null}
      {way === 'over' && target !== undefined ? (
        <Choice
          label="To"
          value={target}
          onChange={setTo}
          options={others.map(each => [each.validator, nameOf(each)] as const)}
        />
      ) : null}
      <AmountForm
        key={way}
        most={own.amount}
        verb={way === 'out' ? 'Take out' : 'Move'}
        onSubmit={amount => void send(amount)}
      >
        {way === 'out' ? (
          <p>
            It earns until the next set. From then it takes {delay} until you can withdraw it; meanwhile it
            answers for what she signed before.
          </p>
        ) : (
          <p>
            It counts there from the next set on. Until {delay} after that it answers for both, and moves no
            further.
          </p>
        )}
      </AmountForm>
    </Sheet>
  )
}
