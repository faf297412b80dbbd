import type { Market } from '@omg/sdk'
import { Boundary } from '@omg/ui'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'

const load = () => import('./MarketPopover.tsx')
const MarketPopover = lazy(load)
/** Milliseconds until the list is loaded without being asked for. */
const LOAD_MS = 2_000

/** The market that is shown, and the way to the others. `/` opens it. */
export function MarketMenu({ market }: { market: Market }) {
  const button = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const [wanted, setWanted] = useState(false)
  // The list is there before somebody wants it, but after everything that she came to see.
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => {}), LOAD_MS)
    return () => clearTimeout(timer)
  }, [])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.closest('input,textarea,select')
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return
      event.preventDefault()
      setWanted(true)
      setOpen(true)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-haspopup="dialog"
        aria-expanded={open}
        onPointerEnter={() => void load().catch(() => {})}
        onClick={() => {
          setWanted(true)
          setOpen(!open)
        }}
        className="-ml-2 flex h-11 items-center gap-2 rounded-lg px-2 hover:bg-raised"
      >
        <h1 className="text-lg font-semibold leading-none">{market.symbol}</h1>
        <span className="sr-only">choose another market</span>
        <svg
          viewBox="0 0 12 12"
          className="size-3 text-quiet"
          fill="none"
          stroke="currentColor"
          aria-hidden="true"
        >
          <path d="m2 4 4 4 4-4" strokeWidth="1.5" />
        </svg>
      </button>
      {wanted ? (
        <Boundary instead={null}>
          <Suspense>
            <MarketPopover market={market} open={open} onOpen={setOpen} button={button} />
          </Suspense>
        </Boundary>
      ) : null}
    </>
  )
}
