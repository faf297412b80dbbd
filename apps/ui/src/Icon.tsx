/** Strokes of the icons, on a field of 16 by 16. */
const PATHS = {
  chevron: 'm4 6 4 4 4-4',
  close: 'm3.5 3.5 9 9m0-9-9 9',
  person: 'M8 8.3a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6M2.8 14c.5-2.9 2.5-4.5 5.2-4.5s4.7 1.6 5.2 4.5',
} as const

/** A small drawing beside words, or on a button that has a name. */
export function Icon({ name, className = '' }: { name: keyof typeof PATHS; className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      className={`size-4 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
