import { indexerError } from '../errors.ts'

/** Rows of a page that names no limit, and most rows of any page. */
export const DEFAULT_PAGE_ROWS = 50
export const MAX_PAGE_ROWS = 500
/** Longest cursor, in characters. */
export const MAX_CURSOR_CHARACTERS = 512

/** A part of a list, with where to go on. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Give it back for the next page; null at the end. */
  readonly next: string | null
}

/** What a caller wants of a list. */
export interface PageRequest {
  readonly limit: number
  readonly cursor?: string | undefined
}

type Key = readonly (bigint | string)[]

/** Where a page ended: the key of its last row. Opaque to callers, so it may change. */
export function encodeCursor(list: string, key: Key): string {
  return Buffer.from(JSON.stringify([list, ...key.map(String)])).toString('base64url')
}

/**
 * The key that a cursor of `list` holds, whose parts have these kinds. Errors (thrown): `request.cursor`.
 */
export function decodeCursor<const Kinds extends readonly ('integer' | 'hex')[]>(
  list: string,
  cursor: string,
  kinds: Kinds,
): { [I in keyof Kinds]: Kinds[I] extends 'integer' ? bigint : string } {
  const refuse = () => indexerError('request.cursor', 'this is not a cursor of this list')
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw refuse()
  }
  if (!Array.isArray(value) || value.length !== kinds.length + 1 || value[0] !== list) throw refuse()
  return kinds.map((kind, i) => {
    const part: unknown = value[i + 1]
    const form = kind === 'integer' ? /^\d{1,40}$/ : /^0x[0-9a-f]{40,64}$/
    if (typeof part !== 'string' || !form.test(part)) throw refuse()
    return kind === 'integer' ? BigInt(part) : part
  }) as never
}

/** A page of rows of which one more than `limit` was asked for. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => string,
  show: (row: Row) => T,
): Page<T> {
  const items = rows.slice(0, limit)
  const next = rows.length > limit ? cursorOf(items.at(-1)!) : null
  return { items: items.map(show), next }
}
