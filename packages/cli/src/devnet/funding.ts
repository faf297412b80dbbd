import type { Address } from '@omg/protocol'
import { createRootChain, type Deployment, depositErc20, depositEth, type RootChain } from '@omg/rootchain'
import { createClient, type OmgClient } from '@omg/sdk'
import { privateKeyToAccount } from 'viem/accounts'
import { type DemoRole, demoAccounts, demoAddress, demoKey } from '../account/demoAccounts.ts'
import { ETHER } from '../terminal/amount.ts'
import type { RunningNetwork } from './network.ts'
import { mintTestMoney, mintTestToken, sendOmg, testMoney } from './testMoney.ts'

/** What each demo account gets: on Ethereum, and for the first two also on the network. */
export const FUNDS = {
  /** Test dollars on Ethereum, in units of 10^-6. Ether comes with anvil: 10,000 each. */
  dollars: 10_000_000_000n,
  /** Whole test assets of each kind on Ethereum. */
  assets: 100n,
  /** OMG wei to delegate: fewer than a market costs. */
  omg: 500n * 10n ** 18n,
  deposits: { ether: 10n * 10n ** 18n, dollars: 1_000_000_000n },
} as const

/** The contracts as a demo account uses them. */
export function rootChainFor(name: string, deployment: Deployment, ethereumUrl: string): RootChain {
  return createRootChain({ deployment, urls: [ethereumUrl], account: privateKeyToAccount(demoKey(name)) })
}

/** Gives test dollars to an account. */
export async function mintDollars(rootChain: RootChain, to: Address, amount: bigint): Promise<void> {
  const usd = rootChain.deployment.testTokens?.usd
  if (usd !== undefined) await mintTestToken(rootChain, to, { token: usd, amount })
}

/** Gives test assets to an account, 100 whole ones of each kind. */
export async function mintAssets(rootChain: RootChain, to: Address): Promise<void> {
  for (const { token, decimals } of rootChain.deployment.testTokens?.assets ?? []) {
    await mintTestToken(rootChain, to, { token, amount: FUNDS.assets * 10n ** BigInt(decimals) })
  }
}

/** What the treasuries of a devnet deposit at its first start: what the faucet gives away, and what the crowd trades with. */
const TREASURIES = {
  faucet: { ETH: '400', TUSD: '2000000', TBTC: '20', TGLD: '1000' },
  crowd: { ETH: '2000', TUSD: '20000000', TBTC: '80', TGLD: '2500' },
} as const

/**
 * Gives the accounts of a new devnet their money. Each account sends its own transactions, all at once, before there is a node: a burst
 * of blocks would make the origin of its first checkpoint too old (R4).
 */
export async function fundAccounts(deployment: Deployment, ethereumUrl: string): Promise<void> {
  const treasuries = Object.entries(TREASURIES).map(async ([name, amounts]) => {
    const rootChain = rootChainFor(name, deployment, ethereumUrl)
    const money = testMoney(deployment, amounts)
    await mintTestMoney(rootChain, demoAddress(name as DemoRole), money)
    await Promise.all(
      money.map(({ token, amount }) =>
        token === ETHER.address
          ? depositEth(rootChain, { amount })
          : depositErc20(rootChain, { token, amount }),
      ),
    )
  })
  await Promise.all([
    ...treasuries,
    giveOmg(deployment, ethereumUrl),
    fundDemoAccounts(deployment, ethereumUrl),
  ])
}

/** OMG wei that the faucet of a new devnet has: the rest stays with whoever deployed it. */
const FAUCET_OMG = 10_000_000n * 10n ** 18n

/** Whoever deployed the contracts has all OMG of a devnet, and shares some. */
async function giveOmg(deployment: Deployment, ethereumUrl: string): Promise<void> {
  const operator = rootChainFor('operator', deployment, ethereumUrl)
  await sendOmg(operator, demoAddress('faucet'), FAUCET_OMG)
  for (const { address } of demoAccounts()) await sendOmg(operator, address, FUNDS.omg)
}

/** A client of the account of a demo role. */
export function demoClient(
  name: DemoRole,
  { deployment, nodeUrl, ethereumUrl }: Pick<RunningNetwork, 'deployment' | 'nodeUrl' | 'ethereumUrl'>,
): OmgClient {
  const account = privateKeyToAccount(demoKey(name))
  return createClient({ node: nodeUrl, ethereum: ethereumUrl, deployment, account })
}

async function fundDemoAccounts(deployment: Deployment, ethereumUrl: string): Promise<void> {
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
