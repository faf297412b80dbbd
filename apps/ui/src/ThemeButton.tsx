import { useTheme } from './theme.ts'

/** Switches between dark and light. */
export function ThemeButton() {
  const [theme, toggle] = useTheme()
  return (
    <button
      type="button"
      onClick={toggle}
      aria-label={theme === 'dark' ? 'Use light colours' : 'Use dark colours'}
      className="grid size-11 shrink-0 place-items-center rounded-lg border border-line text-quiet hover:text-ink sm:size-8"
    >
      <svg viewBox="0 0 16 16" className="size-4" fill="currentColor" aria-hidden="true">
        <path d="M8 2a6 6 0 1 0 0 12V2Z" />
        <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" />
      </svg>
    </button>
  )
}
