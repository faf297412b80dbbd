import {
  decodeTransaction,
  fromHex,
  type OmgError,
  type OutputId,
  transactionHash,
  unwrap,
} from '@omg/protocol'
import {
  type Delegation,
  type Origin,
  proveInclusion,
  RevertedError,
  type StandardExit,
  startStandardExit,
} from '@omg/rootchain'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import { checkExitable, type ExitProof, readExitProof } from '../exit/exitProof.ts'
import { readPayment } from '../exit/inFlight.ts'

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
  checkExitable(proof)
  const rootChain = await client.rootChain()
  const exit = { ...proof.origin, ...(delegation && { delegation }) }
  try {
    return await startStandardExit(rootChain, exit)
  } catch (error) {
    if (!(error instanceof RevertedError && error.reason === 'SpendNotProven')) throw error
  }
  await showInclusion(client, proof.origin)
  return startStandardExit(rootChain, exit)
}

/** I2: Ethereum knows another claim to what the output was made of, and wants to see first that this payment was included. */
async function showInclusion(client: Client, { creator, inclusion }: Origin): Promise<void> {
  const { domain } = await client.network()
  const hash = transactionHash(unwrap(decodeTransaction(fromHex(creator.transaction))), domain)
  const { pay, transaction, witness } = await readPayment(client, { hash })
  const inputs = await Promise.all(pay.inputs.map(id => readExitProof(client, id)))
  const creators = inputs.map(({ origin }) => origin.creator)
  await proveInclusion(await client.rootChain(), { transaction, witness, creators, inclusion: inclusion! })
}
