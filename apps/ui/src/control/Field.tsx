import { type ReactNode, useId } from 'react'
import { Icon } from '../Icon.tsx'

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** The unit behind the number, or a control in its place. */
  readonly unit?: ReactNode
  /** What is wrong, in words; shown under the field. */
  readonly problem?: string | undefined
  /** Beside the label: what there is, or what it does. */
  readonly note?: ReactNode
  readonly placeholder?: string
  /** A number: the right keyboard on a phone, and digits under each other. Default true. */
  readonly number?: boolean
  /** Hidden while it is typed: a new secret, or one that was chosen earlier. */
  readonly secret?: 'new' | 'current'
  readonly disabled?: boolean
  /** What the arrow keys change it to. */
  readonly onStep?: (up: boolean, large: boolean) => void
  readonly testId?: string
}

/** Most characters of an input: no number of any market is longer. */
const MAX_CHARACTERS = 100

/** An input with its label, unit, and what is wrong with it. */
export function Field(props: FieldProps) {
  const {
    label,
    value,
    onChange,
    unit,
    problem,
    note,
    placeholder,
    number = true,
    secret,
    disabled,
    onStep,
    testId,
  } = props
  const id = useId()
  return (
    <div className="min-w-0">
      <Heading id={id} label={label} note={note} />
      <div
        className={`flex h-10 items-center rounded-lg border bg-ground pointer-coarse:h-11 focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-accent ${problem ? 'border-bad' : 'border-line'} ${disabled ? 'opacity-60' : ''}`}
      >
        <input
          id={id}
          data-testid={testId}
          type={secret ? 'password' : 'text'}
          value={value}
          onChange={event => onChange(event.target.value)}
          onKeyDown={event => {
            if (!onStep || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
            event.preventDefault()
            onStep(event.key === 'ArrowUp', event.shiftKey)
          }}
          inputMode={number ? 'decimal' : 'text'}
          autoComplete={secret ? `${secret}-password` : 'off'}
          spellCheck={false}
          maxLength={MAX_CHARACTERS}
          placeholder={placeholder}
          disabled={disabled}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : `${id}-problem`}
          className={`h-full min-w-0 flex-1 bg-transparent px-3 outline-none! placeholder:text-quiet/80 ${number ? 'text-right tabular-nums' : ''}`}
        />
        {unit === undefined ? null : (
          <span className="pr-3 text-sm whitespace-nowrap text-quiet">{unit}</span>
        )}
      </div>
      {problem === undefined ? null : (
        <p id={`${id}-problem`} className="mt-1 text-xs text-bad">
          {problem}
        </p>
      )}
    </div>
  )
}

/** What stands over a control: its label, and at the other end a word about it. */
function Heading({ id, label, note }: { id: string; label: string; note: ReactNode }) {
  return (
    <div className="mb-1 flex min-h-5 items-baseline justify-between gap-2 text-xs">
      <label htmlFor={id} className="font-medium text-quiet">
        {label}
      </label>
      {note === undefined ? null : <span className="min-w-0 truncate text-quiet">{note}</span>}
    </div>
  )
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [value: T, name: string])[]
  readonly onChange: (value: T) => void
  readonly note?: ReactNode
  readonly disabled?: boolean
}

/** One of several, in the list that the device has for it. */
export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
  note,
  disabled,
}: ChoiceProps<T>) {
  const id = useId()
  return (
    <div className="min-w-0">
      <Heading id={id} label={label} note={note} />
      <div className="relative">
        <select
          id={id}
          value={value}
          disabled={disabled}
          onChange={event => onChange(event.target.value as T)}
          className="h-10 w-full appearance-none pointer-coarse:h-11 truncate rounded-lg border border-line bg-ground pr-8 pl-3 text-sm text-ink"
        >
          {options.map(([option, name]) => (
            <option key={option} value={option}>
              {name}
            </option>
          ))}
        </select>
        <Icon
          name="chevron"
          className="pointer-events-none absolute inset-y-0 right-2.5 my-auto text-quiet"
        />
      </div>
    </div>
  )
}

/** A box to tick, with what it means. */
export function Tick({
  label,
  note,
  checked,
  onChange,
  disabled = false,
}: {
  label: string
  note?: string
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
}) {
  const id = useId()
  return (
    <div className={`flex items-start gap-2.5 text-sm ${disabled ? 'text-quiet' : ''}`}>
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={event => onChange(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <label htmlFor={id}>
        {label}
        {note === undefined ? null : <span className="block text-xs text-quiet">{note}</span>}
      </label>
    </div>
  )
}
