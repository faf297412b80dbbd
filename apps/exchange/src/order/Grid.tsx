import type { ReactNode } from 'react'

export interface GridColumn<T> {
  readonly title: string
  readonly cell: (row: T) => ReactNode
  readonly align?: 'right'
  /** From which width on it is there. */
  readonly from?: 'sm' | 'md' | 'xl'
}

interface GridProps<T> {
  readonly label: string
  readonly columns: readonly GridColumn<T>[]
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
  /** Under a row, as wide as the table: what is edited of it. */
  readonly under?: (row: T) => ReactNode
  readonly more?: (() => void) | undefined
}

const FROM = { sm: 'max-sm:hidden', md: 'max-md:hidden', xl: 'max-xl:hidden' } as const

/** A dense table that scrolls in its panel, with its head in sight. Rows have one height, so nothing jumps. */
export function Grid<T>({ label, columns, rows, keyOf, under, more }: GridProps<T>) {
  const look = ({ align, from }: GridColumn<T>) =>
    `px-2 ${align === 'right' ? 'text-right' : 'text-left'} ${from ? FROM[from] : ''}`
  return (
    <div className="px-2">
      <table className="w-full border-collapse text-[0.8125rem] tabular-nums" aria-label={label}>
        <thead className="sticky top-0 z-10 bg-surface">
          <tr className="text-xs text-quiet">
            {columns.map((column, index) => (
              <th
                key={column.title || index}
                scope="col"
                className={`${look(column)} h-8 font-medium whitespace-nowrap`}
              >
                {column.title === '' ? <span className="sr-only">What to do</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        {rows.map(row => {
          const more = under?.(row)
          return (
            <tbody key={keyOf(row)} className="border-t border-line">
              <tr className="hover:bg-ground">
                {columns.map((column, index) => (
                  <td key={column.title || index} className={`${look(column)} h-10 pointer-coarse:h-13`}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
              {more ? (
                <tr>
                  <td colSpan={columns.length} className="px-2 pb-3">
                    {more}
                  </td>
                </tr>
              ) : null}
            </tbody>
          )
        })}
      </table>
      {more ? (
        <button type="button" onClick={more} className="h-10 w-full text-sm text-accent hover:underline">
          Show older ones
        </button>
      ) : null}
    </div>
  )
}

/** What stands where rows would. */
export function Empty({ children }: { children: ReactNode }) {
  return (
    <p className="grid min-h-32 place-items-center px-6 py-8 text-center text-sm text-quiet">{children}</p>
  )
}

/** Buying and selling, in their words and colours. */
export function Side({
  side,
  base,
}: {
  side: 'buy' | 'sell' /** Named on a phone, which has no column of markets. */
  base?: string
}) {
  return (
    <span className={`whitespace-nowrap ${side === 'buy' ? 'text-good' : 'text-bad'}`}>
      {side === 'buy' ? 'Buy' : 'Sell'}
      {base === undefined ? null : <span className="sm:hidden"> {base}</span>}
    </span>
  )
}
