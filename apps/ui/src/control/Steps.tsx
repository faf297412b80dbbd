import type { ReactNode } from 'react'
import { Spinner } from './Button.tsx'

export interface Step {
  readonly name: string
  readonly state: 'done' | 'now' | 'later' | 'failed'
  /** What is known of it: a block, a time that is left, a transaction. */
  readonly note?: ReactNode
}

/** What happens one after the other, and where it is. */
export function Steps({ label, steps }: { label: string; steps: readonly Step[] }) {
  return (
    <ol aria-label={label} className="grid">
      {steps.map(({ name, state, note }, index) => (
        <li
          key={name}
          aria-current={state === 'now' ? 'step' : undefined}
          data-state={state}
          className="relative grid grid-cols-[1.25rem_1fr] gap-x-3 pb-3 last:pb-0"
        >
          {index < steps.length - 1 ? (
            <span className="absolute top-5 bottom-0 left-[0.6rem] w-px bg-line" aria-hidden="true" />
          ) : null}
          <Mark state={state} />
          <div className="min-w-0">
            <p
              className={`text-sm leading-5 ${state === 'later' ? 'text-quiet' : state === 'failed' ? 'font-medium text-bad' : 'font-medium'}`}
            >
              {name}
              <span className="sr-only">{WORDS[state]}</span>
            </p>
            {note === undefined ? null : <div className="text-xs text-quiet">{note}</div>}
          </div>
        </li>
      ))}
    </ol>
  )
}

const WORDS: Record<Step['state'], string> = {
  done: ', done',
  now: ', now',
  later: ', later',
  failed: ', failed',
}

function Mark({ state }: { state: Step['state'] }) {
  if (state === 'now') {
    return (
      <span className="grid size-5 place-items-center text-accent">
        <Spinner />
      </span>
    )
  }
  const look = { done: 'text-good', failed: 'text-bad', later: 'text-line', now: '' }[state]
  return (
    <svg
      viewBox="0 0 20 20"
      className={`size-5 ${look}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      aria-hidden="true"
    >
      <circle cx="10" cy="10" r="7.5" />
      {state === 'done' ? <path d="m6.8 10.2 2.2 2.2 4.2-4.6" /> : null}
      {state === 'failed' ? <path d="M10 6.2v4.6m0 2.4v.6" /> : null}
    </svg>
  )
}
