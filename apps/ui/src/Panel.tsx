import type { ReactNode } from 'react'

/** A titled area of a page. */
export function Panel({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="min-w-0 overflow-hidden rounded-xl border border-line bg-surface" aria-label={title}>
      <header className="flex min-h-12 items-center justify-between gap-3 border-b border-line px-4">
        <h2 className="text-sm font-semibold">{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  )
}

/** The facts of one thing: a term on the left, what it is on the right. */
export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode] | undefined)[] }) {
  return (
    <dl className="divide-y divide-line">
      {rows.map(row =>
        row === undefined ? null : (
          <div key={row[0]} className="grid gap-x-4 px-4 py-2.5 sm:grid-cols-[11rem_1fr]">
            <dt className="text-quiet">{row[0]}</dt>
            <dd className="min-w-0">{row[1]}</dd>
          </div>
        ),
      )}
    </dl>
  )
}

/** One number at the head of a page. */
export function Figure({ label, note, children }: { label: string; note?: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0 rounded-xl border border-line bg-surface px-4 py-3">
      <p className="text-xs text-quiet">{label}</p>
      <p className="min-h-8 truncate text-xl font-semibold">{children}</p>
      <p className="min-h-5 truncate text-xs text-quiet">{note}</p>
    </div>
  )
}
