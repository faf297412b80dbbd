import type { Address } from '@omg/protocol'
import { erc721Abi } from 'viem'
import { erc721VaultAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { type Deposit, depositIn, ownerOr } from './deposit.ts'

export interface DepositErc721Parameters extends SendOptions {
  readonly token: Address
  /** At most 2^128 - 1. */
  readonly tokenId: bigint
  /** Whose item it becomes; default the sender's. */
  readonly owner?: Address
}

/** Deposits an ERC-721 token as an item of `owner`; approves the vault for it first where needed. */
export async function depositErc721(
  rootChain: RootChain,
  parameters: DepositErc721Parameters,
): Promise<Deposit> {
  const { token, tokenId } = parameters
  const { ethereum, deployment } = rootChain
  const owner = ownerOr(rootChain, parameters.owner)
  const item = { address: token, abi: erc721Abi } as const
  const approved = await ethereum.readContract({ ...item, functionName: 'getApproved', args: [tokenId] })
  if (approved.toLowerCase() !== deployment.erc721Vault) {
    const call = { ...item, functionName: 'approve', args: [deployment.erc721Vault, tokenId] } as const
    await writeContract(rootChain, call, parameters)
  }
  const call = {
    address: deployment.erc721Vault,
    abi: erc721VaultAbi,
    functionName: 'deposit',
    args: [token, tokenId, owner],
  } as const
  return depositIn(rootChain, await writeContract(rootChain, call, parameters))
}
