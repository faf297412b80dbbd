import type { OmgError } from '@omg/protocol'
import { type InFlightExit, type Origin, startInFlightExit as start } from '@omg/rootchain'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { type ExitProof, readExitProof } from '../exit/exitProof.ts'
import { type PaymentReference, readPayment } from '../exit/inFlight.ts'

export type StartInFlightExitParameters = PaymentReference & {
  /** Proofs of the inputs that were kept, in their order: need no node. */
  readonly inputProofs?: readonly ExitProof[]
}

export type StartInFlightExitReturnType = InFlightExit

export type StartInFlightExitErrorType = SdkError | OmgError

/**
 * Takes a payment to Ethereum of which nobody knows whether it was included. Its owners then piggyback on what is theirs:
 * the outputs in case it counts, the inputs in case it does not.
 */
export async function startInFlightExit(
  client: Client,
  parameters: StartInFlightExitParameters,
): Promise<StartInFlightExitReturnType> {
  const { pay, transaction, witness } = await readPayment(client, parameters)
  const proofs =
    parameters.inputProofs ?? (await Promise.all(pay.inputs.map(id => readExitProof(client, id))))
  const uncommitted = proofs.find(({ committed }) => !committed)
  if (uncommitted)
    throw sdkError('exit.uncommitted', `the checkpoint of input ${uncommitted.id} is not committed yet`)
  const origins: Origin[] = proofs.map(({ origin }) => origin)
  return start(await client.rootChain(), { transaction, witness, origins })
}
