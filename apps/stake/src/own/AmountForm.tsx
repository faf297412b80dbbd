import { exact } from '@omg/ui'
import { ProblemNote } from '@omg/ui/account/ProblemNote.tsx'
import { Button } from '@omg/ui/control/Button.tsx'
import { Field } from '@omg/ui/control/Field.tsx'
import { type ReactNode, useState } from 'react'
import { useStake } from '../context.ts'
import { OMG } from '../network/read.ts'
import { unitsFrom } from '../words.ts'

interface AmountFormProps {
  /** OMG wei there are. */
  readonly most: bigint
  /** What the button says. */
  readonly verb: string
  /** What will happen, and when. */
  readonly children: ReactNode
  readonly onSubmit: (amount: bigint) => void
}

/** How much, what will happen, and a button that does it. */
export function AmountForm({ most, verb, children, onSubmit }: AmountFormProps) {
  const { deed } = useStake()
  const [text, setText] = useState('')
  const amount = unitsFrom(text, OMG.decimals)
  const problem =
    text === ''
      ? undefined
      : amount === undefined
        ? 'Write a number, for example 12.5.'
        : amount > most
          ? `There are ${exact(most, OMG.decimals)} OMG.`
          : undefined
  return (
    <form
      className="grid gap-4"
      onSubmit={event => {
        event.preventDefault()
        if (amount !== undefined && problem === undefined) onSubmit(amount)
      }}
    >
      <Field
        label="Amount"
        value={text}
        onChange={setText}
        unit="OMG"
        problem={problem}
        note={
          <button type="button" className="underline" onClick={() => setText(exact(most, OMG.decimals))}>
            All: {exact(most, OMG.decimals)}
          </button>
        }
      />
      <div className="grid gap-1 text-sm text-quiet">{children}</div>
      {deed?.problem ? <ProblemNote problem={deed.problem} /> : null}
      <Button
        type="submit"
        look="main"
        size="large"
        wide
        busy={deed !== undefined && deed.problem === undefined}
        disabled={amount === undefined || problem !== undefined}
      >
        {verb}
      </Button>
    </form>
  )
}
