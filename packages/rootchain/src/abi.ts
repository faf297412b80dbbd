import type { Abi } from 'viem'
import type { ContractName } from './deployment.ts'
import { airdropAbi } from './gen/airdrop.ts'
import { bondingAbi } from './gen/bonding.ts'
import { erc20VaultAbi } from './gen/erc20Vault.ts'
import { erc721VaultAbi } from './gen/erc721Vault.ts'
import { ethVaultAbi } from './gen/ethVault.ts'
import { exitQueueAbi } from './gen/exitQueue.ts'
import { feeVotesAbi } from './gen/feeVotes.ts'
import { inFlightExitsAbi } from './gen/inFlightExits.ts'
import { insuranceVaultAbi } from './gen/insuranceVault.ts'
import { marketsAbi } from './gen/markets.ts'
import { omgTokenAbi } from './gen/omgToken.ts'
import { rewardsAbi } from './gen/rewards.ts'
import { rootChainAbi } from './gen/rootChain.ts'
import { slashingAbi } from './gen/slashing.ts'
import { standardExitsAbi } from './gen/standardExits.ts'
import { testItemAbi } from './gen/testItem.ts'
import { testTokenAbi } from './gen/testToken.ts'
import { testUsdAbi } from './gen/testUsd.ts'

export {
  airdropAbi,
  bondingAbi,
  erc20VaultAbi,
  erc721VaultAbi,
  ethVaultAbi,
  exitQueueAbi,
  feeVotesAbi,
  inFlightExitsAbi,
  insuranceVaultAbi,
  marketsAbi,
  omgTokenAbi,
  rewardsAbi,
  rootChainAbi,
  slashingAbi,
  standardExitsAbi,
  testItemAbi,
  testTokenAbi,
  testUsdAbi,
}

/** Whose events a reader reads. */
export const eventAbis = {
  rootChain: rootChainAbi,
  bonding: bondingAbi,
  ethVault: ethVaultAbi,
  erc20Vault: erc20VaultAbi,
  erc721Vault: erc721VaultAbi,
  insuranceVault: insuranceVaultAbi,
  exitQueue: exitQueueAbi,
  standardExits: standardExitsAbi,
  inFlightExits: inFlightExitsAbi,
  markets: marketsAbi,
  slashing: slashingAbi,
  rewards: rewardsAbi,
  feeVotes: feeVotesAbi,
} as const satisfies Partial<Record<ContractName, Abi>>
