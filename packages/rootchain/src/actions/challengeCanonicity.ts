import type { TxHash } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { inFlightExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { type Spend, spendOf } from './evidence.ts'

export interface ChallengeCanonicityParameters extends SendOptions {
  /** The in-flight transaction. */
  readonly txHash: TxHash
  /** Another valid PAY that spends one of its inputs. */
  readonly rival: Spend
}

/** Shows a rival of an in-flight transaction. First half only. */
export function challengeCanonicity(
  rootChain: RootChain,
  parameters: ChallengeCanonicityParameters,
): Promise<TransactionReceipt> {
  const call = {
    address: rootChain.deployment.inFlightExits,
    abi: inFlightExitsAbi,
    functionName: 'challengeCanonicity',
    args: [parameters.txHash, spendOf(parameters.rival)],
  } as const
  return writeContract(rootChain, call, parameters)
}
