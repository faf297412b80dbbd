/**
 * Every error code that this package can return. Stable: clients, documentation and vectors name them.
 * The codes of higher layers (`fee.too_low`, `mempool.full`, ...) extend the same `domain.reason` grammar.
 */
export const PROTOCOL_ERRORS = {
  'encoding.truncated': 'Send the whole encoding; bytes are missing at the end.',
  'encoding.trailing': 'Remove the bytes after the end of the encoding.',
  'encoding.range': 'Use a value or a count inside the range that docs/encoding.md gives.',
  'encoding.kind': 'Use one of the kinds, types or modes that docs/encoding.md lists.',
  'encoding.too_long': 'Split the transaction; it is longer than any valid one can be.',
  'encoding.hex': 'Write an even number of hexadecimal digits after 0x.',
  'encoding.guard': 'Write the owner as a non-zero address, left-padded with 12 zero bytes.',
  'encoding.token': 'Name the token of the item; an item is never ETH.',
  'encoding.unused': 'Set the fields that these terms do not use to zero.',
  'encoding.duplicate_input': 'Name every input once.',
  'encoding.witness': 'Send exactly the signatures, terms and preimage that this kind of transaction needs.',
  'output.type': 'Make only the output types that this kind of transaction may make.',
  'signature.invalid': 'Sign again: r ‖ s ‖ v with low s and v 27 or 28.',
  'lanes.overflow': 'Close the checkpoint earlier; a fee lane holds 64 bits.',
  'proof.empty_sibling': 'Leave out the siblings that are empty subtrees.',
} as const

/** A code of this package. */
export type ProtocolErrorCode = keyof typeof PROTOCOL_ERRORS

/**
 * The one error class of the project.
 *
 * - `code`: stable, `domain.reason`
 * - `message`: what happened, in a sentence
 * - `action`: what the caller can do about it
 * - `cause`: the underlying error, if any
 */
export class OmgError extends Error {
  readonly code: string
  readonly action: string

  constructor(code: string, message: string, action: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'OmgError'
    this.code = code
    this.action = action
  }

  /** What travels over the wire: no stack, no cause. */
  toJSON(): { code: string; message: string; action: string } {
    return { code: this.code, message: this.message, action: this.action }
  }
}

/** The outcome of something that may fail for a reason the caller can act on. */
export type Result<T, E = OmgError> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }

/** A success. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** A failure. */
export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error }
}

/** The value of a result, or its error thrown: for values that the caller made herself, where failure is a bug. */
export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw result.error
  return result.value
}

/** An error of this package, with the action that belongs to its code. */
export function protocolError(code: ProtocolErrorCode, message: string): OmgError {
  return new OmgError(code, message, PROTOCOL_ERRORS[code])
}
