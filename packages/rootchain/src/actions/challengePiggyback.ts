import type { TxHash } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { inFlightExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { type Side, type Spend, sideOf, spendOf } from './evidence.ts'

export interface ChallengePiggybackParameters extends SendOptions {
  readonly txHash: TxHash
  readonly side: Side
  readonly index: number
  readonly spend: Spend
}

/** Removes a piggyback whose output is spent, in both halves. Its bond goes to the sender. */
export function challengePiggyback(
  rootChain: RootChain,
  parameters: ChallengePiggybackParameters,
): Promise<TransactionReceipt> {
  const { txHash, side, index, spend } = parameters
  const call = {
    address: rootChain.deployment.inFlightExits,
    abi: inFlightExitsAbi,
    functionName: 'challengePiggyback',
    args: [txHash, sideOf(side), index, spendOf(spend)],
  } as const
  return writeContract(rootChain, call, parameters)
}
