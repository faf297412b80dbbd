import { dim, widthOf } from './style.ts'

export interface Column {
  title: string
  align?: 'left' | 'right'
}

/** A plain table: columns as wide as their widest cell, two spaces apart, a title line when there are titles. */
export function table(columns: readonly (string | Column)[], rows: readonly (readonly string[])[]): string {
  const heads = columns.map(column => (typeof column === 'string' ? { title: column } : column))
  const widths = heads.map((head, index) =>
    Math.max(widthOf(head.title), ...rows.map(row => widthOf(row[index] ?? ''))),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => {
        const space = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell)))
        return heads[index]?.align === 'right' ? space + cell : cell + space
      })
      .join('  ')
      .trimEnd()
  const body = rows.map(row => `  ${line(row)}`)
  const titled = heads.some(head => head.title !== '')
  return [...(titled ? [`  ${dim(line(heads.map(head => head.title)))}`] : []), ...body].join('\n')
}
