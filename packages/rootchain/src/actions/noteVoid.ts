import type { TxHash } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { exitQueueAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

export interface NoteVoidParameters extends SendOptions {
  readonly txHash: TxHash
}

/**
 * Has Ethereum say that a payment in flight is void by time, so that chains release what it locked (R6). Anyone may, once, from
 * `exitableAt` on.
 * @throws RevertedError: `NotVoid` if it is not, or not yet; `AlreadyDecided` if Ethereum has said so before.
 */
export function noteVoid(rootChain: RootChain, parameters: NoteVoidParameters): Promise<TransactionReceipt> {
  const contract = { address: rootChain.deployment.exitQueue, abi: exitQueueAbi } as const
  const args = [parameters.txHash] as const
  return writeContract(rootChain, { ...contract, functionName: 'noteVoid', args }, parameters)
}
