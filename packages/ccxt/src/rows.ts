import { BadResponse, type Dict } from 'ccxt'

// Answers of the indexer, read strictly: an integer is a decimal string, whatever its size, and nothing becomes a float on the way.

/** Longest integer that is read, in digits. */
const MAX_DIGITS = 80

/** An integer of an answer. @throws BadResponse */
export function integerIn(row: Dict, key: string): bigint {
  const value: unknown = row?.[key]
  if (typeof value === 'string' && value.length <= MAX_DIGITS && /^-?\d+$/.test(value)) return BigInt(value)
  throw new BadResponse(`omg ${key} of an answer is no integer`)
}

/** An integer of an answer; undefined where it has none. @throws BadResponse */
export function integerOrNone(row: Dict, key: string): bigint | undefined {
  return row?.[key] === null || row?.[key] === undefined ? undefined : integerIn(row, key)
}

/** A time in seconds as CCXT's milliseconds. @throws BadResponse */
export function timestampIn(row: Dict, key = 'time'): number {
  return Number(integerIn(row, key)) * 1000
}

/** A list of an answer. @throws BadResponse */
export function listIn(row: Dict, key: string): Dict[] {
  const value: unknown = row?.[key]
  if (Array.isArray(value)) return value as Dict[]
  throw new BadResponse(`omg ${key} of an answer is no list`)
}

/** A text of an answer. @throws BadResponse */
export function textIn(row: Dict, key: string): string {
  const value: unknown = row?.[key]
  if (typeof value === 'string') return value
  throw new BadResponse(`omg ${key} of an answer is no text`)
}
