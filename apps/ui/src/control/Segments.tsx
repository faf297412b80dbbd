import { useId } from 'react'

interface SegmentsProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [value: T, name: string, look?: string])[]
  readonly onChange: (value: T) => void
}

/** A few choices side by side: radio buttons, so arrow keys move between them. */
export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
  const name = useId()
  return (
    <fieldset className="flex rounded-lg border border-line bg-ground p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map(
        ([option, text, look = 'has-checked:bg-surface has-checked:text-ink has-checked:shadow-sm']) => (
          <label
            key={option}
            className={`relative flex h-8 flex-1 pointer-coarse:h-10 cursor-pointer items-center justify-center rounded-md px-2 text-sm font-medium text-quiet hover:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent ${look}`}
          >
            <input
              type="radio"
              name={name}
              value={option}
              checked={value === option}
              onChange={() => onChange(option)}
              className="absolute inset-0 size-full cursor-pointer appearance-none rounded-md outline-none!"
            />
            {text}
          </label>
        ),
      )}
    </fieldset>
  )
}
