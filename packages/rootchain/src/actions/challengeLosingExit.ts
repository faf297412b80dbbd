import type { OutputId } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { standardExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import type { Origin } from './evidence.ts'

export interface ChallengeLosingExitParameters extends SendOptions, Pick<Origin, 'creator'> {
  readonly exitId: OutputId
  /** Which input of the creator was spent earlier by another transaction. */
  readonly inputIndex: number
}

/**
 * Removes the exit of an output whose transaction was included later than another spender of one of its inputs, which
 * `proveInclusion` has shown (A5).
 */
export function challengeLosingExit(
  rootChain: RootChain,
  parameters: ChallengeLosingExitParameters,
): Promise<TransactionReceipt> {
  const { exitId, creator, inputIndex } = parameters
  const call = {
    address: rootChain.deployment.standardExits,
    abi: standardExitsAbi,
    functionName: 'challengeLosingExit',
    args: [exitId, creator, inputIndex],
  } as const
  return writeContract(rootChain, call, parameters)
}
