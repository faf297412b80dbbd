import type { Hex } from '@omg/protocol'
import { decodeFunctionData } from 'viem'
import { standardExitsAbi } from '../abi.ts'
import type { Creator } from '../actions/evidence.ts'
import type { RootChain } from '../client.ts'

/** The creator shown in a transaction that started a standard exit directly; undefined for any other. */
export async function getShownCreator(
  { ethereum, deployment }: RootChain,
  { transactionHash }: { transactionHash: Hex },
): Promise<Creator | undefined> {
  const { to, input } = await ethereum.getTransaction({ hash: transactionHash })
  if (to?.toLowerCase() !== deployment.standardExits) return undefined
  try {
    const { functionName, args } = decodeFunctionData({ abi: standardExitsAbi, data: input })
    return functionName === 'startExit' ? args[0] : undefined
  } catch {
    return undefined
  }
}
