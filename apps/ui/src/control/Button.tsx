import { Button as Base } from '@base-ui/react/button'
import type { ComponentProps } from 'react'

const LOOKS = {
  main: 'bg-accent text-ground font-semibold hover:brightness-110',
  buy: 'bg-good text-ground font-semibold hover:brightness-110',
  sell: 'bg-bad text-ground font-semibold hover:brightness-110',
  plain: 'border border-line font-medium hover:bg-ground',
  danger: 'border border-bad/50 text-bad font-medium hover:bg-bad/10',
  quiet: 'text-quiet font-medium hover:text-ink',
} as const

const SIZES = {
  large: 'h-11 px-4 text-[0.9375rem]',
  normal: 'h-9 px-3.5 text-sm pointer-coarse:h-11',
  small: 'h-7 px-2 text-xs pointer-coarse:h-11',
} as const

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'className'> {
  readonly look?: keyof typeof LOOKS
  readonly size?: keyof typeof SIZES
  /** As wide as what it stands in. */
  readonly wide?: boolean
  /** Busy: it says so, keeps its width and its place in the order of keys, and does nothing when pressed. */
  readonly busy?: boolean
}

export function Button({
  look = 'plain',
  size = 'normal',
  wide,
  busy = false,
  disabled,
  children,
  ...rest
}: ButtonProps) {
  return (
    <Base
      type="button"
      {...rest}
      disabled={disabled || busy}
      focusableWhenDisabled
      aria-busy={busy || undefined}
      className={`relative inline-flex shrink-0 items-center justify-center gap-2 rounded-lg whitespace-nowrap transition-[filter,background-color,color] select-none data-[disabled]:cursor-default data-[disabled]:saturate-50 ${busy ? '' : 'data-[disabled]:opacity-60'} ${LOOKS[look]} ${SIZES[size]} ${wide ? 'w-full' : ''}`}
    >
      {busy ? <Spinner /> : null}
      {children}
    </Base>
  )
}

/** Something is on its way; the words beside it say what. */
export function Spinner() {
  return (
    <svg viewBox="0 0 16 16" className="size-4 animate-spin" fill="none" strokeWidth="2" aria-hidden="true">
      <circle cx="8" cy="8" r="6" stroke="currentColor" opacity="0.3" />
      <path d="M14 8a6 6 0 0 0-6-6" stroke="currentColor" />
    </svg>
  )
}
