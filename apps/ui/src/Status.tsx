const LOOKS = {
  good: 'text-good border-good/40',
  wait: 'text-wait border-wait/40',
  bad: 'text-bad border-bad/40',
  quiet: 'text-quiet border-line',
} as const

/** A state in a word; the colour only repeats what the word says. */
export function Status({ look, children }: { look: keyof typeof LOOKS; children: string }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full border px-2.5 py-0.5 text-xs font-medium whitespace-nowrap ${LOOKS[look]}`}
    >
      <span className="size-1.5 rounded-full bg-current" aria-hidden="true" />
      {children}
    </span>
  )
}
