import { Icon } from '@omg/ui'
import { Spinner } from '@omg/ui/control/Button.tsx'
import { useEffect } from 'react'
import { useStake } from '../context.ts'

/** How long it is said that something was done, in milliseconds. */
const DONE_MS = 8_000

/** What is being done, was done or went wrong, and whether what is shown is old: over the page, so that nothing moves for it. */
export function DeedNote({ lost }: { lost: boolean }) {
  const { deed, account, dismiss } = useStake()
  const state = deed?.state
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time begins with each deed
  useEffect(() => {
    if (state !== 'done') return
    const timer = setTimeout(dismiss, DONE_MS)
    return () => clearTimeout(timer)
  }, [state, deed])
  const isWallet = account?.kind === 'wallet'
  return (
    <div
      role="status"
      data-testid="deed"
      className="pointer-events-none fixed inset-x-0 bottom-0 z-30 grid justify-items-center gap-2 p-4"
    >
      {lost ? (
        <p className={NOTE}>Ethereum does not answer. What you see is as it was; your stake is safe.</p>
      ) : null}
      {deed === undefined ? null : (
        <div className={NOTE}>
          <Mark state={deed.state} />
          <div className="min-w-0">
            <p className="font-medium">
              {deed.state === 'failed' ? deed.problem.title : deed.name}
              {deed.state === 'busy' ? ' …' : ''}
            </p>
            {deed.state === 'failed' ? <p className="text-xs text-quiet">{deed.problem.text}</p> : null}
            {deed.state === 'busy' && isWallet ? (
              <p className="text-xs text-quiet">Your wallet asks you for each step.</p>
            ) : null}
          </div>
          {deed.state === 'busy' ? null : (
            <button
              type="button"
              aria-label="Close"
              onClick={dismiss}
              className="-mr-1 ml-auto grid size-7 shrink-0 place-items-center rounded-lg text-quiet hover:text-ink pointer-coarse:size-11"
            >
              <Icon name="close" />
            </button>
          )}
        </div>
      )}
    </div>
  )
}

const NOTE =
  'pointer-events-auto flex max-w-md min-w-0 items-center gap-3 rounded-xl border border-line bg-raised px-4 py-2.5 text-sm shadow-lg'

function Mark({ state }: { state: 'busy' | 'done' | 'failed' }) {
  if (state === 'busy') return <Spinner />
  return (
    <svg
      viewBox="0 0 20 20"
      className={`size-5 shrink-0 ${state === 'done' ? 'text-good' : 'text-bad'}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      aria-hidden="true"
    >
      <circle cx="10" cy="10" r="7.5" />
      <path d={state === 'done' ? 'm6.8 10.2 2.2 2.2 4.2-4.6' : 'M10 6.2v4.6m0 2.4v.6'} />
    </svg>
  )
}
