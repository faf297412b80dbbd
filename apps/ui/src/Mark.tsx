/** The sign of the network. */
export function Mark() {
  return (
    <svg
      viewBox="0 0 20 20"
      className="size-5 shrink-0 text-accent"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.5"
      aria-hidden="true"
    >
      <circle cx="10" cy="10" r="7" />
      <path d="M6 10h8" />
    </svg>
  )
}
