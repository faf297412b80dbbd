import type { TxHash } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { inFlightExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

export interface ChallengeVoidPiggybackParameters extends SendOptions {
  /** The in-flight transaction, and which of its inputs is claimed. */
  readonly txHash: TxHash
  readonly inputIndex: number
  /** The transaction that should have made the input, and that is void. */
  readonly parent: { readonly txHash: TxHash; readonly outputIndex: number }
}

/** Removes a piggyback on an input that was never made (I2). Its bond goes to the sender. */
export function challengeVoidPiggyback(
  rootChain: RootChain,
  parameters: ChallengeVoidPiggybackParameters,
): Promise<TransactionReceipt> {
  const { txHash, inputIndex, parent } = parameters
  const call = {
    address: rootChain.deployment.inFlightExits,
    abi: inFlightExitsAbi,
    functionName: 'challengeVoidPiggyback',
    args: [txHash, inputIndex, parent.txHash, parent.outputIndex],
  } as const
  return writeContract(rootChain, call, parameters)
}
