import { useAccount } from '../account/context.ts'
import { wordsFor } from './words.ts'

const LOOKS = { good: 'text-good', wait: 'text-wait', bad: 'text-bad', quiet: 'text-quiet' } as const

/** What became of the last thing that was done, under the button that did it. Its place is kept, so that nothing jumps. */
export function LastDeed() {
  const { journal, account } = useAccount()
  const entry = journal.entries[0]
  if (!account) return null
  const words = entry && wordsFor(entry)
  return (
    <div role="status" className="min-h-10 text-sm" data-testid="last-deed" data-state={entry?.state}>
      {words ? <p className={`font-medium ${LOOKS[words.look]}`}>{words.text}</p> : null}
      {entry?.problem ? <p className="text-xs text-quiet">{entry.problem.text}</p> : null}
    </div>
  )
}
