import type { Hash, MarketTerms } from '@omg/protocol'
import { marketsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'

/** The tiers as the contract counts them. */
export const TIERS = ['bonded', 'guarded', 'safe'] as const satisfies readonly MarketTerms['tier'][]

/** What the chain does with the orders of a listed market; the contract counts from 1, its 0 is a market that was never listed. */
export const MARKET_STATES = ['active', 'postOnly', 'cancelOnly', 'closed'] as const
export type MarketState = (typeof MARKET_STATES)[number]

type Reader = Pick<RootChain, 'ethereum' | 'deployment'>

/** OMG wei that a listing costs. */
export function getListingFee({ ethereum, deployment }: Reader): Promise<bigint> {
  return ethereum.readContract({
    address: deployment.markets,
    abi: marketsAbi,
    functionName: 'listingFee',
  })
}

/** The state of a market; undefined if it was never listed. */
export async function getMarketState(
  { ethereum, deployment }: Reader,
  { market }: { readonly market: Hash },
): Promise<MarketState | undefined> {
  const contract = { address: deployment.markets, abi: marketsAbi } as const
  const state = await ethereum.readContract({ ...contract, functionName: 'stateOf', args: [market] })
  return MARKET_STATES[state - 1]
}
