import type { ReactNode } from 'react'

/** What stands where content could not: what happened, and what to do. */
export function Notice({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div role="alert" className="rounded-xl border border-line bg-surface px-4 py-10 text-center">
      <h1 className="text-lg font-semibold">{title}</h1>
      <div className="mx-auto mt-1 max-w-prose text-quiet">{children}</div>
    </div>
  )
}

/** Content that is on its way, as tall as it will be. */
export function Loading({ rows }: { rows: number }) {
  return (
    <div role="status" aria-label="Loading" className="rounded-xl border border-line bg-surface">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton are all alike
        <div key={row} className="flex h-11 items-center px-4">
          <div className="h-3 w-full animate-pulse rounded bg-line" />
        </div>
      ))}
    </div>
  )
}
