import type { ReactNode } from 'react'

/** One way to an account. */
export function Way({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <section
      className="grid gap-2.5 border-b border-line pb-4 last-of-type:border-0 last-of-type:pb-0"
      aria-label={title}
    >
      <div>
        <h3 className="text-sm font-semibold">{title}</h3>
        <p className="text-sm text-quiet">{text}</p>
      </div>
      {children}
    </section>
  )
}
