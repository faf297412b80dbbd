import { OmgError } from '@omg/protocol'

/** Every error code that the explorer itself makes, and what to do about it. Codes of node and indexer pass through. */
export const EXPLORER_ERRORS = {
  'indexer.unreachable':
    'Wait: it is asked again until it answers. Without one in place.json there are no markets.',
  'request.not_found': 'Check the height, hash or id; a node that prunes may have forgotten it.',
} as const

/** An error of the explorer, with the action that belongs to its code. */
export function explorerError(
  code: keyof typeof EXPLORER_ERRORS,
  message: string,
  cause?: unknown,
): OmgError {
  return new OmgError(code, message, EXPLORER_ERRORS[code], cause === undefined ? undefined : { cause })
}
