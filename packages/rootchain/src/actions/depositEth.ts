import type { Address } from '@omg/protocol'
import { ethVaultAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { type Deposit, depositIn, ownerOr } from './deposit.ts'

export interface DepositEthParameters extends SendOptions {
  /** Wei. */
  readonly amount: bigint
  /** Whose coin it becomes; default the sender's. */
  readonly owner?: Address
}

/** Deposits ETH as a coin of `owner`. */
export async function depositEth(rootChain: RootChain, parameters: DepositEthParameters): Promise<Deposit> {
  const receipt = await writeContract(
    rootChain,
    {
      address: rootChain.deployment.ethVault,
      abi: ethVaultAbi,
      functionName: 'deposit',
      args: [ownerOr(rootChain, parameters.owner)],
      value: parameters.amount,
    },
    parameters,
  )
  return depositIn(rootChain, receipt)
}
