import type { Address } from '@omg/protocol'
import { type OwnStake, redelegate, sharesWorth, unbond, undelegate } from '@omg/rootchain'
import { exact } from '@omg/ui'
import { Choice } from '@omg/ui/control/Field.tsx'
import { Segments } from '@omg/ui/control/Segments.tsx'
import { Sheet } from '@omg/ui/control/Sheet.tsx'
import { useState } from 'react'
import { useStake, type Writing } from '../context.ts'
import { OMG } from '../network/read.ts'
import { nameOf, short } from '../validator/name.ts'
import { lasting, percent } from '../words.ts'
import { AmountForm } from './AmountForm.tsx'

/** Takes stake out, or moves it to another validator. */
export function StakeSheet({ own, onClose }: { own: OwnStake; onClose: () => void }) {
  const { stake, account, act } = useStake()
  const [way, setWay] = useState<'out' | 'over'>('out')
  const [to, setTo] = useState<Address>()
  const isBond = own.validator === account?.address
  // What a validator bonded herself stays with her, or leaves.
  const others = isBond
    ? []
    : stake.validators.filter(each => each.validator !== own.validator && each.jailedUntil === 0n)
  const from = stake.validators.find(({ validator }) => validator === own.validator)
  const target = others.find(({ validator }) => validator === to) ?? others[0]
  const send = async (amount: bigint) => {
    const shares = from && sharesWorth(from, own, amount)
    if (shares === undefined) return
    const { validator } = own
    const omg = `${exact(amount, OMG.decimals)} OMG`
    const takeOut = (rootChain: Writing) =>
      isBond ? unbond(rootChain, { amount }) : undelegate(rootChain, { validator, shares })
    const done =
      way === 'out'
        ? await act({ doing: 'Taking stake out', done: `${omg} on the way out` }, takeOut)
        : await act({ doing: 'Moving stake', done: `${omg} moved to ${nameOf(target!)}` }, rootChain =>
            redelegate(rootChain, { from: validator, to: target!.validator, shares }),
          )
    if (done) onClose()
  }
  const delay = lasting(stake.unbondingDelay)
  return (
    <Sheet
      title="Change your stake"
      description={`With ${from ? nameOf(from) : short(own.validator)}`}
      open
      onClose={onClose}
    >
      {target ? (
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
      {way === 'over' && target ? (
        <Choice
          label="To"
          value={target.validator}
          onChange={setTo}
          note={`she keeps ${percent(target.commissionBps)}`}
          options={others.map(each => [each.validator, nameOf(each)] as const)}
        />
      ) : null}
      <AmountForm
        key={way}
        most={own.amount}
        verb={way === 'out' ? 'Take out' : 'Move'}
        onSubmit={amount => void send(amount)}
        rows={
          way === 'out'
            ? [
                ['Earns', 'Until the next validator set.'],
                ['Free', `${delay} after that set is published; withdraw it then.`],
                ['At risk', 'Until it is free, for what she signed before.'],
              ]
            : [
                ['Earns', 'With her until the next set, there from then on.'],
                ['At risk', `Until ${delay} after the next set, for both validators.`],
                ['Bound', 'As long it moves no further.'],
              ]
        }
      />
    </Sheet>
  )
}
