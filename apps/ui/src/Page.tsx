import type { ReactNode } from 'react'
import { useTheme } from './theme.ts'

interface PageProps {
  readonly name: string
  readonly links: readonly { readonly title: string; readonly href: string; readonly here: boolean }[]
  readonly search?: ReactNode
  readonly connection: ReactNode
  readonly children: ReactNode
}

/** The frame of every front end: name, ways to go, search, connection, theme. */
export function Page({ name, links, search, connection, children }: PageProps) {
  const [theme, toggle] = useTheme()
  return (
    <>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:left-2 focus:top-2 focus:bg-surface focus:p-2"
      >
        Skip to content
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-5 gap-y-2 px-4 py-3">
          <a href="#/" className="flex items-center gap-2 font-semibold !text-ink">
            <svg
              viewBox="0 0 20 20"
              className="size-5 text-accent"
              fill="none"
              stroke="currentColor"
              strokeWidth="2.5"
              aria-hidden="true"
            >
              <circle cx="10" cy="10" r="7" />
              <path d="M6 10h8" />
            </svg>
            {name}
          </a>
          <nav aria-label="Main" className="flex gap-4 text-sm">
            {links.map(({ title, href, here }) => (
              <a
                key={href}
                href={href}
                aria-current={here ? 'page' : undefined}
                className={here ? 'underline' : ''}
              >
                {title}
              </a>
            ))}
          </nav>
          <div className="ml-auto flex items-center gap-3">
            {connection}
            <button
              type="button"
              onClick={toggle}
              aria-label={theme === 'dark' ? 'Use light colours' : 'Use dark colours'}
              className="grid size-8 place-items-center rounded-lg border border-line text-quiet hover:text-ink"
            >
              <svg viewBox="0 0 16 16" className="size-4" fill="currentColor" aria-hidden="true">
                <path d="M8 2a6 6 0 1 0 0 12V2Z" />
                <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" />
              </svg>
            </button>
          </div>
          {search === undefined ? null : <div className="w-full">{search}</div>}
        </div>
      </header>
      <main id="content" tabIndex={-1} className="mx-auto grid max-w-6xl gap-4 px-4 py-5">
        {children}
      </main>
    </>
  )
}
