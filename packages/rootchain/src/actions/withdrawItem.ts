import type { Address } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { erc721VaultAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

export interface WithdrawItemParameters extends SendOptions {
  readonly token: Address
  readonly tokenId: bigint
}

/** Sends an item to the owner whom an exit credited it to. Anyone may. */
export function withdrawItem(
  rootChain: RootChain,
  parameters: WithdrawItemParameters,
): Promise<TransactionReceipt> {
  const call = {
    address: rootChain.deployment.erc721Vault,
    abi: erc721VaultAbi,
    functionName: 'withdraw',
    args: [parameters.token, parameters.tokenId],
  } as const
  return writeContract(rootChain, call, parameters)
}
