import type { TransactionReceipt } from 'viem'
import { inFlightExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { type Inclusion, inclusionOf, type SignedPay } from './evidence.ts'

export interface ProveInclusionParameters extends SendOptions, SignedPay {
  readonly inclusion: Inclusion
}

/**
 * Shows that a PAY is included. This answers a rival that is younger or not included, revives an expired in-flight
 * transaction, and records its spends for all exit games.
 */
export function proveInclusion(
  rootChain: RootChain,
  parameters: ProveInclusionParameters,
): Promise<TransactionReceipt> {
  const { transaction, witness, creators, inclusion } = parameters
  const call = {
    address: rootChain.deployment.inFlightExits,
    abi: inFlightExitsAbi,
    functionName: 'proveInclusion',
    args: [transaction, witness, creators, inclusionOf(inclusion)],
  } as const
  return writeContract(rootChain, call, parameters)
}
