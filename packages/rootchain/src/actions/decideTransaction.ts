import type { TxHash } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { exitQueueAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

export interface DecideTransactionParameters extends SendOptions {
  readonly txHash: TxHash
}

/** Writes down the verdict on an in-flight transaction whose exit is exitable, where nobody piggybacked on it. */
export function decideTransaction(
  rootChain: RootChain,
  parameters: DecideTransactionParameters,
): Promise<TransactionReceipt> {
  const call = {
    address: rootChain.deployment.exitQueue,
    abi: exitQueueAbi,
    functionName: 'decide',
    args: [parameters.txHash],
  } as const
  return writeContract(rootChain, call, parameters)
}
