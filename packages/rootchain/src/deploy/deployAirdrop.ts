import { type Address, address } from '@omg/protocol'
import { encodeDeployData, erc20Abi } from 'viem'
import type { AllocationTable } from '../airdrop/table.ts'
import type { RootChain } from '../client.ts'
import { rootChainError } from '../error.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { ARTIFACTS, readArtifact } from './artifacts.ts'

export interface DeployAirdropParameters extends SendOptions {
  readonly table: Pick<AllocationTable, 'root' | 'total'>
  /** Seconds: the first in which nothing can be claimed any more. */
  readonly endsAt: bigint
  /** Who gets what is left; default the sender. */
  readonly giver?: Address
  /** Where `forge build` wrote, default contracts/out. */
  readonly artifacts?: string
}

/** Deploys the distributor of a table of OMG, and pays the total of it in. Returns its address. */
export async function deployAirdrop(
  rootChain: RootChain,
  { table, endsAt, giver, artifacts = ARTIFACTS, ...options }: DeployAirdropParameters,
): Promise<Address> {
  const { deployment, sender, ethereum } = rootChain
  if (!sender) throw rootChainError('ethereum.no_account', 'an airdrop needs an account that gives')
  const token = { address: deployment.omgToken, abi: erc20Abi } as const
  const held = await ethereum.readContract({ ...token, functionName: 'balanceOf', args: [sender.address] })
  if (held < table.total)
    throw rootChainError('ethereum.funds', `the giver has ${held} OMG wei of ${table.total}`)
  const { abi, bytecode } = await readArtifact('Airdrop', artifacts)
  const { omgToken, bonding } = deployment
  const args = [omgToken, bonding, table.root, table.total, endsAt, giver ?? sender.address]
  const receipt = await sender.send({ data: encodeDeployData({ abi, bytecode, args }) }, options)
  if (receipt.status !== 'success' || !receipt.contractAddress) {
    throw rootChainError('ethereum.reverted', 'the constructor of Airdrop failed: has its end passed?')
  }
  const airdrop = address(receipt.contractAddress)
  await writeContract(
    rootChain,
    { ...token, functionName: 'transfer', args: [airdrop, table.total] },
    options,
  )
  return airdrop
}
