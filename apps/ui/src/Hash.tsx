import { useState } from 'react'

const SHOWN_MS = 1_500

/** A hash or address in its short form, whole in its label, with a button that copies it. */
export function Hash({ value, href, whole = false }: { value: string; href?: string; whole?: boolean }) {
  const shown = whole ? value : `${value.slice(0, 8)}…${value.slice(-6)}`
  const text = (
    <span className={`font-mono text-[0.86em] ${whole ? 'break-all' : 'whitespace-nowrap'}`} title={value}>
      {shown}
    </span>
  )
  return (
    <span className={whole ? 'inline' : 'inline-flex items-center gap-1 whitespace-nowrap'}>
      {href === undefined ? text : <a href={href}>{text}</a>}
      <Copy value={value} />
    </span>
  )
}

function Copy({ value }: { value: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(value)
    setCopied(true)
    setTimeout(() => setCopied(false), SHOWN_MS)
  }
  return (
    <button
      type="button"
      onClick={() => void copy().catch(() => {})}
      aria-label={copied ? 'Copied' : `Copy ${value.slice(0, 10)}`}
      className="inline-grid size-6 place-items-center rounded text-quiet hover:text-ink"
    >
      <svg
        viewBox="0 0 16 16"
        className="size-3.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        aria-hidden="true"
      >
        {copied ? (
          <path d="m3 8.5 3.2 3.2L13 5" />
        ) : (
          <>
            <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
            <path d="M10.5 3.2v-.7h-8v8h.7" />
          </>
        )}
      </svg>
    </button>
  )
}
