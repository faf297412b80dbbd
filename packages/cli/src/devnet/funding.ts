import type { Address } from '@omg/protocol'
import {
  createRootChain,
  type Deployment,
  depositErc20,
  depositEth,
  type RootChain,
  testTokenAbi,
  testUsdAbi,
  writeContract,
} from '@omg/rootchain'
import { privateKeyToAccount } from 'viem/accounts'
import { demoAccounts, demoKey } from '../account/demoAccounts.ts'

/** What each demo account gets: on Ethereum, and for the first two also on the network. */
export const FUNDS = {
  /** Test dollars on Ethereum, in units of 10^-6. Ether comes with anvil: 10,000 each. */
  dollars: 10_000_000_000n,
  /** Whole test assets of each kind on Ethereum. */
  assets: 100n,
  deposits: { ether: 10n * 10n ** 18n, dollars: 1_000_000_000n },
} as const

/** The contracts as a demo account uses them. */
export function rootChainFor(name: string, deployment: Deployment, ethereumUrl: string): RootChain {
  return createRootChain({ deployment, urls: [ethereumUrl], account: privateKeyToAccount(demoKey(name)) })
}

/** Gives test dollars to an account; anybody may mint them on a devnet. */
export async function mintDollars(rootChain: RootChain, to: Address, amount: bigint): Promise<void> {
  const usd = rootChain.deployment.testTokens?.usd
  if (usd === undefined) return
  await writeContract(rootChain, { address: usd, abi: testUsdAbi, functionName: 'mint', args: [to, amount] })
}

/** Gives test assets to an account, 100 whole ones of each kind. */
export async function mintAssets(rootChain: RootChain, to: Address): Promise<void> {
  for (const { token, decimals } of rootChain.deployment.testTokens?.assets ?? []) {
    const args = [to, FUNDS.assets * 10n ** BigInt(decimals)] as const
    await writeContract(rootChain, { address: token, abi: testTokenAbi, functionName: 'mint', args })
  }
}

/** Gives the demo accounts of a new devnet their money. Each account sends its own transactions, all at once. */
export async function fundDemoAccounts(deployment: Deployment, ethereumUrl: string): Promise<void> {
  const depositors = ['alice', 'bob']
  await Promise.all(
    demoAccounts().map(async ({ name, address }) => {
      const rootChain = rootChainFor(name, deployment, ethereumUrl)
      await mintDollars(rootChain, address, FUNDS.dollars)
      await mintAssets(rootChain, address)
      if (!depositors.includes(name)) return
      await depositEth(rootChain, { amount: FUNDS.deposits.ether })
      const token = deployment.testTokens?.usd
      if (token !== undefined) await depositErc20(rootChain, { token, amount: FUNDS.deposits.dollars })
    }),
  )
}
