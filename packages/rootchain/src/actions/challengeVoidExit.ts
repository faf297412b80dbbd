import type { OutputId, TxHash } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { standardExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

export interface ChallengeVoidExitParameters extends SendOptions {
  readonly exitId: OutputId
  /** The transaction that made the output, and that was declared void. */
  readonly creator: TxHash
  readonly outputIndex: number
}

/** Removes the exit of an output whose transaction is void: it lost an input to another exit or transaction (A15). */
export function challengeVoidExit(
  rootChain: RootChain,
  parameters: ChallengeVoidExitParameters,
): Promise<TransactionReceipt> {
  const { exitId, creator, outputIndex } = parameters
  const call = {
    address: rootChain.deployment.standardExits,
    abi: standardExitsAbi,
    functionName: 'challengeVoidExit',
    args: [exitId, creator, outputIndex],
  } as const
  return writeContract(rootChain, call, parameters)
}
