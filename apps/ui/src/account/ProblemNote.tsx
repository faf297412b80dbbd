import type { ReactNode } from 'react'
import type { Problem } from './problem.ts'

/** What went wrong, and what to do. */
export function ProblemNote({ problem, children }: { problem: Problem; children?: ReactNode }) {
  return (
    <div
      role="alert"
      className="min-w-0 rounded-lg border border-bad/40 bg-bad/5 px-3 py-2 text-sm wrap-anywhere"
    >
      <p className="font-medium text-bad">{problem.title}</p>
      <p className="text-xs text-quiet">{problem.text}</p>
      {children}
    </div>
  )
}
