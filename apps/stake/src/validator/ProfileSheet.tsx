import {
  describeValidator,
  MAX_COMMISSION_BPS,
  MAX_COMMISSION_RISE_BPS,
  MAX_DESCRIPTION_BYTES,
  setCommission,
  type ValidatorStanding,
} from '@omg/rootchain'
import { exact } from '@omg/ui'
import { ProblemNote } from '@omg/ui/account/ProblemNote.tsx'
import { Button } from '@omg/ui/control/Button.tsx'
import { Field } from '@omg/ui/control/Field.tsx'
import { Sheet } from '@omg/ui/control/Sheet.tsx'
import { useState } from 'react'
import { useStake, type Writing } from '../context.ts'
import { bpsFrom } from '../words.ts'

const UTF8 = new TextEncoder()

/** What the owner of a validator says of it, and what it keeps. */
export function ProfileSheet({ of, onClose }: { of: ValidatorStanding; onClose: () => void }) {
  const { act, busy, deed } = useStake()
  const [description, setDescription] = useState(of.description)
  const [commission, setText] = useState(exact(BigInt(of.commissionBps), 2))
  const bps = bpsFrom(commission)
  const isDelegated = of.tokens > of.own
  const problems = {
    description: UTF8.encode(description).length > MAX_DESCRIPTION_BYTES ? 'That is too long.' : undefined,
    commission: commissionProblem(bps, of.commissionBps, isDelegated),
  }
  const isSame = description === of.description && bps === of.commissionBps
  const isReady = !isSame && problems.description === undefined && problems.commission === undefined
  const save = async () => {
    const saved = await act({ doing: 'Saving', done: 'Saved' }, async (rootChain: Writing) => {
      if (description !== of.description) await describeValidator(rootChain, { description })
      if (bps !== undefined && bps !== of.commissionBps) await setCommission(rootChain, { bps })
    })
    if (saved) onClose()
  }
  return (
    <Sheet title="Your validator" description="Everybody sees this who chooses one." open onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          if (isReady && !busy) void save()
        }}
      >
        <Field
          label="Name, address, contact"
          number={false}
          value={description}
          onChange={setDescription}
          problem={problems.description}
        />
        <Field
          label="Commission"
          unit="%"
          value={commission}
          onChange={setText}
          note={isDelegated ? 'up by at most 1 % an epoch' : 'at most 50 %'}
          problem={problems.commission}
        />
        <p className="text-xs text-quiet">A new commission counts from the next validator set on.</p>
        {deed?.state === 'failed' ? <ProblemNote problem={deed.problem} /> : null}
        <Button type="submit" look="main" size="large" wide busy={busy} disabled={!isReady}>
          Save
        </Button>
      </form>
    </Sheet>
  )
}

function commissionProblem(bps: number | undefined, now: number, isDelegated: boolean): string | undefined {
  if (bps === undefined) return 'Write a percentage, for example 2.5, with a point.'
  if (bps > MAX_COMMISSION_BPS) return 'At most 50 %.'
  return isDelegated && bps > now + MAX_COMMISSION_RISE_BPS
    ? `At most ${exact(BigInt(now + MAX_COMMISSION_RISE_BPS), 2)} % now.`
    : undefined
}
