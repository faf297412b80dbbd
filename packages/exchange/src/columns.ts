/** Columns of numbers with the same number of rows. */
type Columns = Record<string, Uint32Array | Uint16Array | Float64Array>

/** Longer copies of columns, where they have fewer rows than needed. */
export function grown<T extends Columns>(columns: T, rows: number): T {
  const longer = Object.entries(columns).map(([name, column]) => {
    if (column.length >= rows) return [name, column]
    const Column = column.constructor as new (length: number) => typeof column
    const copy = new Column(rows)
    copy.set(column)
    return [name, copy]
  })
  return Object.fromEntries(longer) as T
}

/** Bytes of memory of columns. */
export function bytesOf(columns: Columns): number {
  return Object.values(columns).reduce((sum, column) => sum + column.byteLength, 0)
}
