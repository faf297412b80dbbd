import type { ReactNode } from 'react'

export interface Column<T> {
  readonly title: string
  readonly cell: (row: T) => ReactNode
  readonly align?: 'right'
  /** Left out on a phone. */
  readonly wide?: boolean
}

interface TableProps<T> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
  /** What to say when there is no row. */
  readonly empty: string
}

/** Rows of the same height, so that nothing jumps when one is added. */
export function Table<T>({ label, columns, rows, keyOf, empty }: TableProps<T>) {
  if (rows.length === 0) return <p className="px-4 py-8 text-center text-quiet">{empty}</p>
  const look = ({ align, wide }: Column<T>) =>
    `h-11 px-3 first:pl-4 last:pr-4 ${align === 'right' ? 'text-right' : 'text-left'} ${wide ? 'max-sm:hidden' : ''}`
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="overflow-x-auto" aria-label={`${label}, table`} tabIndex={0}>
      <table className="w-full border-collapse">
        <thead>
          <tr className="border-b border-line text-xs text-quiet">
            {columns.map(column => (
              <th key={column.title} scope="col" className={`${look(column)} h-9 font-medium`}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map(row => (
            <tr key={keyOf(row)} className="hover:bg-ground">
              {columns.map(column => (
                <td key={column.title} className={look(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
