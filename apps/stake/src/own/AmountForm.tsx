import { exact } from '@omg/ui'
import { ProblemNote } from '@omg/ui/account/ProblemNote.tsx'
import { Button } from '@omg/ui/control/Button.tsx'
import { Field } from '@omg/ui/control/Field.tsx'
import { type ReactNode, useState } from 'react'
import { useStake } from '../context.ts'
import { OMG } from '../network/read.ts'
import { unitsFrom } from '../words.ts'

/** Parts of all there is, in percent, that a button fills in. */
const PARTS = [25n, 50n, 75n, 100n] as const

interface AmountFormProps {
  /** OMG wei there are. */
  readonly most: bigint
  /** What the button says. */
  readonly verb: string
  /** What will happen, and when. */
  readonly rows: readonly (readonly [term: string, what: ReactNode])[]
  readonly onSubmit: (amount: bigint) => void
}

/** How much, what will happen, and a button that does it. */
export function AmountForm({ most, verb, rows, onSubmit }: AmountFormProps) {
  const { deed, busy } = useStake()
  const [text, setText] = useState('')
  const amount = unitsFrom(text, OMG.decimals)
  const problem = text === '' ? undefined : problemWith(amount, most)
  return (
    <form
      className="grid gap-4"
      onSubmit={event => {
        event.preventDefault()
        if (amount !== undefined && problem === undefined && !busy) onSubmit(amount)
      }}
    >
      <div className="grid gap-2">
        <Field
          label="Amount"
          value={text}
          onChange={setText}
          unit="OMG"
          problem={problem}
          note={`of ${exact(most, OMG.decimals)}`}
        />
        <div className="grid grid-cols-4 gap-2">
          {PARTS.map(part => (
            <Button
              key={String(part)}
              size="small"
              disabled={most === 0n}
              onClick={() => setText(exact((most * part) / 100n, OMG.decimals))}
            >
              {part === 100n ? 'All' : `${part} %`}
            </Button>
          ))}
        </div>
      </div>
      <dl className="grid gap-1.5 rounded-lg bg-ground px-3 py-2.5 text-sm">
        {rows.map(([term, what]) => (
          <div key={term} className="grid grid-cols-[7rem_1fr] gap-3">
            <dt className="text-quiet">{term}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      {deed?.state === 'failed' ? <ProblemNote problem={deed.problem} /> : null}
      <Button
        type="submit"
        look="main"
        size="large"
        wide
        busy={busy}
        disabled={amount === undefined || problem !== undefined}
      >
        {verb}
      </Button>
    </form>
  )
}

function problemWith(amount: bigint | undefined, most: bigint): string | undefined {
  if (amount === undefined) return 'Write a number, for example 1,000.5: a point before decimals.'
  return amount > most ? `There are ${exact(most, OMG.decimals)} OMG.` : undefined
}
