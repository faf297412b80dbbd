import { Dialog } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'
import { Icon } from '../Icon.tsx'

interface SheetProps {
  readonly title: string
  readonly description?: string
  readonly open: boolean
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A dialog: in the middle of a desktop, from below on a phone. Escape and the cross close it; nothing in it is lost by that. */
export function Sheet({ title, description, open, onClose, children }: SheetProps) {
  return (
    <Dialog.Root open={open} onOpenChange={next => next || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/50 transition-opacity duration-150 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0" />
        <Dialog.Popup className="fixed inset-x-0 bottom-0 z-50 flex max-h-[92dvh] flex-col rounded-t-2xl border border-line bg-surface text-ink shadow-2xl transition duration-150 outline-none! data-[ending-style]:translate-y-4 data-[ending-style]:opacity-0 data-[starting-style]:translate-y-4 data-[starting-style]:opacity-0 sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:w-[30rem] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-2xl">
          <header className="flex items-start justify-between gap-4 border-b border-line px-5 py-4">
            <div className="min-w-0">
              <Dialog.Title className="text-lg leading-6 font-semibold">{title}</Dialog.Title>
              {description === undefined ? null : (
                <Dialog.Description className="mt-0.5 text-sm text-quiet">{description}</Dialog.Description>
              )}
            </div>
            <Dialog.Close
              aria-label="Close"
              className="-mr-2 grid size-8 shrink-0 place-items-center rounded-lg text-quiet hover:bg-ground hover:text-ink"
            >
              <Icon name="close" />
            </Dialog.Close>
          </header>
          <div className="grid gap-4 overflow-y-auto overscroll-contain px-5 py-4">{children}</div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
