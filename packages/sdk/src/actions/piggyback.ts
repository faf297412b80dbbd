import type { OmgError } from '@omg/protocol'
import { type Delegation, type Piggyback, piggybackInput, piggybackOutput, type Side } from '@omg/rootchain'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import { type ExitProof, readExitProof } from '../exit/exitProof.ts'
import { type PaymentReference, readPayment } from '../exit/inFlight.ts'

export type PiggybackParameters = PaymentReference & {
  readonly side: Side
  /** Which input or output of the payment. */
  readonly index: number
  /** A proof of the input that was kept: needs no node. */
  readonly inputProof?: ExitProof
  /** If the client's account is not the owner. */
  readonly delegation?: Delegation
}

export type PiggybackReturnType = Piggyback

export type PiggybackErrorType = SdkError | OmgError

/** Claims an input or an output of a payment whose in-flight exit was started. In the first half of its time only. */
export async function piggyback(
  client: Client,
  parameters: PiggybackParameters,
): Promise<PiggybackReturnType> {
  const { side, index, delegation } = parameters
  const { pay, transaction } = await readPayment(client, parameters)
  const rootChain = await client.rootChain()
  const acting = delegation && { delegation }
  if (side === 'output') return piggybackOutput(rootChain, { transaction, outputIndex: index, ...acting })
  const { origin } = parameters.inputProof ?? (await readExitProof(client, pay.inputs[index]!))
  return piggybackInput(rootChain, { transaction, inputIndex: index, creator: origin.creator, ...acting })
}
