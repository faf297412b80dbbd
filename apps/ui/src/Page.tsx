import type { ReactNode } from 'react'
import { Mark } from './Mark.tsx'
import { ThemeButton } from './ThemeButton.tsx'

interface PageProps {
  readonly name: string
  readonly links: readonly { readonly title: string; readonly href: string; readonly here: boolean }[]
  readonly search?: ReactNode
  readonly connection: ReactNode
  readonly children: ReactNode
}

/** The frame of every front end: name, ways to go, search, connection, theme. */
export function Page({ name, links, search, connection, children }: PageProps) {
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
            <Mark />
            {name}
          </a>
          <nav
            aria-label="Main"
            className="flex flex-wrap gap-x-4 gap-y-1 text-sm max-sm:order-last max-sm:w-full max-sm:gap-x-2 max-sm:text-[0.8125rem]"
          >
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
            <ThemeButton />
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
