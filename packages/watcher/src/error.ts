import { OmgError } from '@omg/protocol'

/** Every error code that the watcher adds, with what the caller can do. */
export const WATCHER_ERRORS = {
  'configuration.invalid': 'Correct the setting named in the message; --help lists all of them.',
  'request.invalid': 'Correct the field named in the message; GET /openapi.json describes every request.',
  'request.limit': 'Ask for less at once; the limit is in the message.',
  'request.unknown': 'Ask for a live output; GET /customers/{address}/exit-data lists those of a customer.',
  'request.uncommitted':
    'Wait until the checkpoint of the output is on Ethereum, or start an in-flight exit.',
  'customer.unknown':
    'Configure the address as a customer, or delegate to this watcher with POST /delegations.',
  'delegation.signer': 'Sign the ExitDelegate message with the key of the owner.',
  'delegation.delegate': 'Name the address of this watcher, shown by GET /status, as the delegate.',
  'delegation.expired': 'Sign a delegation that is valid for longer.',
  'delegation.customers': 'Ask another watcher; this one takes no more customers.',
  'evidence.useless': 'Send a signed payment that spends an output of this chain.',
  'evidence.full': 'Send it again later, or to another watcher; the store of uncommitted evidence is full.',
  'ethereum.unavailable': 'Check the Ethereum providers; GET /status shows what is wrong with each.',
  'block.unexpected': 'Serve the block of the height that was asked for.',
  'block.deposits': 'Take deposits in the order of the inbox, exactly as Ethereum recorded them.',
  'block.origin': 'Name a block of this Ethereum as the origin, with its own hash and time.',
  'watcher.store':
    'Check the disk and the permissions of the data directory; the watcher resumes where it was.',
  'watcher.version':
    'Delete the data directory: both chains are read again. Delegations and evidence that were posted must be sent again.',
  'watcher.chain': 'Use another data directory, or the deployment that this one was made with.',
} as const

export type WatcherErrorCode = keyof typeof WATCHER_ERRORS

/** An error of the watcher, with the action that belongs to its code. */
export function watcherError(code: WatcherErrorCode, message: string, cause?: unknown): OmgError {
  return new OmgError(code, message, WATCHER_ERRORS[code], cause === undefined ? undefined : { cause })
}
