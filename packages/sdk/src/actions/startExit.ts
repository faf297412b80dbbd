import type { OmgError, OutputId } from '@omg/protocol'
import { type Delegation, type StandardExit, startStandardExit } from '@omg/rootchain'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { type ExitProof, readExitProof } from '../exit/exitProof.ts'

export type StartExitParameters = (
  | { readonly id: OutputId }
  /** A proof that was kept: needs no node. */
  | { readonly proof: ExitProof }
) & {
  /** If the client's account is not the owner. */
  readonly delegation?: Delegation
}

export type StartExitReturnType = StandardExit

export type StartExitErrorType = SdkError | OmgError

/** Starts to take an output back to Ethereum. Pays a bond, which comes back when the exit is paid. */
export async function startExit(
  client: Client,
  parameters: StartExitParameters,
): Promise<StartExitReturnType> {
  const { delegation } = parameters
  const proof = 'proof' in parameters ? parameters.proof : await readExitProof(client, parameters.id)
  if (!proof.committed)
    throw sdkError('exit.uncommitted', `the checkpoint of output ${proof.id} is not committed yet`)
  return startStandardExit(await client.rootChain(), { ...proof.origin, ...(delegation && { delegation }) })
}
