import { type Address, type MarketTerms, ZERO_ADDRESS } from '@omg/protocol'
import { createRootChain, type Deployment, listMarket } from '@omg/rootchain'
import { privateKeyToAccount } from 'viem/accounts'
import { demoKey } from '../account/demoAccounts.ts'

/** What a devnet trades beside ether, for test dollars. */
export const TEST_ASSETS = [
  { name: 'Test Bitcoin', symbol: 'TBTC', decimals: 8 },
  { name: 'Test Gold', symbol: 'TGLD', decimals: 18 },
] as const

/** Base units in a lot of each market: a lot costs a millionth of a dollar for each step of the price. */
const LOTS: Readonly<Record<string, bigint>> = {
  // 0.0001 ETH, so a step is a cent.
  ETH: 10n ** 14n,
  // 0.00001 TBTC, so a step is ten cents.
  TBTC: 10n ** 3n,
  // 0.0001 TGLD, so a step is a cent.
  TGLD: 10n ** 14n,
}
/** Lots: an order is worth at least some tenths of a dollar. */
const MINIMUM_SIZE = 10n

/** The markets of a devnet: ether and each test asset against the test dollar. */
export function demoMarkets({ testTokens }: Deployment): MarketTerms[] {
  if (testTokens === undefined) return []
  const assets = [{ symbol: 'ETH', token: ZERO_ADDRESS as Address }, ...(testTokens.assets ?? [])]
  return assets.flatMap(({ symbol, token }) => {
    const lot = LOTS[symbol]
    if (lot === undefined) return []
    const terms = { quote: testTokens.usd, tick: 1n, lot, tier: 'bonded', minimumSize: MINIMUM_SIZE } as const
    return [{ base: token, ...terms }]
  })
}

/** Lists the markets of a new devnet. The operator pays: it holds all OMG there is. */
export async function listDemoMarkets(deployment: Deployment, ethereumUrl: string): Promise<void> {
  const account = privateKeyToAccount(demoKey('operator'))
  const rootChain = createRootChain({ deployment, urls: [ethereumUrl], account })
  for (const terms of demoMarkets(deployment)) await listMarket(rootChain, { terms })
}
