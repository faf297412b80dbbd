import { type Hash, parseHash } from '@omg/protocol'
import { cliError } from '../error.ts'

/** An id of an output, an exit or a payment, as a user gives it. */
export function idOf<T extends Hash>(text: string | undefined): T {
  const parsed = parseHash(text)
  if (!parsed.ok) throw cliError('request.argument', `"${text}" is not an id (0x and 64 hexadecimal digits)`)
  return parsed.value as T
}
