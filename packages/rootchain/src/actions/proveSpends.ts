import type { Hex } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { inFlightExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { type Inclusion, inclusionOf } from './evidence.ts'

export interface ProveSpendsParameters extends SendOptions {
  /** The encoded PAY. */
  readonly transaction: Hex
  /** The owners' signatures of the inputs in question. */
  readonly signatures: readonly { readonly inputIndex: number; readonly signature: Hex }[]
  readonly inclusion: Inclusion
}

/**
 * Shows that a PAY is included. This answers a rival that is younger or not included, revives an expired in-flight
 * transaction, and records its spends for all exit games.
 */
export function proveSpends(
  rootChain: RootChain,
  parameters: ProveSpendsParameters,
): Promise<TransactionReceipt> {
  const { transaction, signatures, inclusion } = parameters
  const call = {
    address: rootChain.deployment.inFlightExits,
    abi: inFlightExitsAbi,
    functionName: 'proveSpends',
    args: [transaction, signatures, inclusionOf(inclusion)],
  } as const
  return writeContract(rootChain, call, parameters)
}
