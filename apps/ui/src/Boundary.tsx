import { Component, type ReactNode } from 'react'

interface BoundaryProps {
  /** What stands there instead. */
  readonly instead: ReactNode
  readonly children: ReactNode
}

/** A part that could not be loaded or drawn does not take the rest of the page with it. */
export class Boundary extends Component<BoundaryProps, { readonly failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    return this.state.failed ? this.props.instead : this.props.children
  }
}

/** Says that a part is missing, and offers the one thing that helps. */
export function Missing({ what }: { what: string }) {
  return (
    <div role="alert" className="flex items-center justify-center gap-3 p-4 text-sm text-quiet">
      {what} could not be loaded.
      <button
        type="button"
        onClick={() => location.reload()}
        className="h-11 rounded-lg border border-line px-3 font-medium text-ink hover:bg-raised lg:h-8"
      >
        Load again
      </button>
    </div>
  )
}
