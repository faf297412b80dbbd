import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { erc20VaultAbi, ethVaultAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { ownerOr } from './deposit.ts'

export interface WithdrawParameters extends SendOptions {
  /** Zero is ETH. */
  readonly token: Address
  /** Whose credit to pay out, to her; default the sender's. */
  readonly owner?: Address
}

/** Pays out the whole credit of an owner in ETH or an ERC-20 token. */
export function withdraw(rootChain: RootChain, parameters: WithdrawParameters): Promise<TransactionReceipt> {
  const { token } = parameters
  const { ethVault, erc20Vault } = rootChain.deployment
  const call = { functionName: 'withdraw', args: [token, ownerOr(rootChain, parameters.owner)] } as const
  return token === ZERO_ADDRESS
    ? writeContract(rootChain, { address: ethVault, abi: ethVaultAbi, ...call }, parameters)
    : writeContract(rootChain, { address: erc20Vault, abi: erc20VaultAbi, ...call }, parameters)
}
