import type { OutputId } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { standardExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { type Spend, spendOf } from './evidence.ts'

export interface ChallengeStandardExitParameters extends SendOptions {
  readonly exitId: OutputId
  readonly spend: Spend
}

/** Removes the exit of an output that its owner has spent (A20). The bond goes to the sender. */
export function challengeStandardExit(
  rootChain: RootChain,
  parameters: ChallengeStandardExitParameters,
): Promise<TransactionReceipt> {
  const call = {
    address: rootChain.deployment.standardExits,
    abi: standardExitsAbi,
    functionName: 'challengeExit',
    args: [parameters.exitId, spendOf(parameters.spend)],
  } as const
  return writeContract(rootChain, call, parameters)
}
