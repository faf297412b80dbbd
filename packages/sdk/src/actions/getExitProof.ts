import type { OmgError, OutputId } from '@omg/protocol'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import { type ExitProof, readExitProof } from '../exit/exitProof.ts'

export interface GetExitProofParameters {
  readonly id: OutputId
}

export type GetExitProofReturnType = ExitProof

export type GetExitProofErrorType = SdkError | OmgError

/** What is needed to exit an output. Keep it, and the exit works without any node. */
export function getExitProof(
  client: Client,
  { id }: GetExitProofParameters,
): Promise<GetExitProofReturnType> {
  return readExitProof(client, id)
}
