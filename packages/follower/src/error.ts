import { OmgError } from '@omg/protocol'

/** The error codes of everything that follows a chain, with what the caller can do. */
export const FOLLOWER_ERRORS = {
  'configuration.invalid': 'Correct the setting named in the message; --help lists all of them.',
  'node.unreachable': 'Check the address of the node and the network.',
  'node.malformed': 'Check that the address is a node of this chain and of this version.',
} as const

export type FollowerErrorCode = keyof typeof FOLLOWER_ERRORS

/** An error with the action that belongs to its code. */
export function followerError(code: FollowerErrorCode, message: string, cause?: unknown): OmgError {
  return new OmgError(code, message, FOLLOWER_ERRORS[code], cause === undefined ? undefined : { cause })
}
