import { type Address, address, ZERO_ADDRESS } from '@omg/protocol'
import { erc20VaultAbi, erc721VaultAbi, ethVaultAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'

/** What `owner` can withdraw of ETH (the zero token) or of an ERC-20 token, in token units. */
export function getCredit(
  { ethereum, deployment }: RootChain,
  { owner, token }: { owner: Address; token: Address },
): Promise<bigint> {
  const call = { functionName: 'creditOf', args: [owner, token] } as const
  return token === ZERO_ADDRESS
    ? ethereum.readContract({ address: deployment.ethVault, abi: ethVaultAbi, ...call })
    : ethereum.readContract({ address: deployment.erc20Vault, abi: erc20VaultAbi, ...call })
}

/** The Permit2 contract that the ERC-20 vault accepts signatures of; undefined where there is none. */
export async function getPermit2({ ethereum, deployment }: RootChain): Promise<Address | undefined> {
  const vault = { address: deployment.erc20Vault, abi: erc20VaultAbi } as const
  const permit2 = await ethereum.readContract({ ...vault, functionName: 'permit2' })
  return permit2 === ZERO_ADDRESS ? undefined : address(permit2)
}

/** Who can withdraw an item, undefined if nobody can. */
export async function getItemCredit(
  { ethereum, deployment }: RootChain,
  { token, tokenId }: { token: Address; tokenId: bigint },
): Promise<Address | undefined> {
  const vault = { address: deployment.erc721Vault, abi: erc721VaultAbi } as const
  const owner = await ethereum.readContract({ ...vault, functionName: 'creditOf', args: [token, tokenId] })
  return owner === ZERO_ADDRESS ? undefined : address(owner)
}
