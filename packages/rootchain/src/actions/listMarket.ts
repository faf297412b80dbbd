import { type Hash, type MarketTerms, marketId } from '@omg/protocol'
import { marketsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { getListingFee, TIERS } from '../reads/markets.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { type Writer, writeContract } from '../send/writeContract.ts'
import { approve } from './approve.ts'

export interface ListMarketParameters extends SendOptions {
  readonly terms: MarketTerms
}

/**
 * Lists a market. The sender pays the listing fee in OMG, which is burnt; a missing allowance is approved first, in its own
 * transaction. The chain takes orders once its origin has passed the transaction. Returns the market's id.
 *
 * @throws RevertedError `AlreadyListed`, `SameToken`, `QuoteNotAccepted`, `SizeOutOfRange`.
 */
export async function listMarket(
  rootChain: Writer & Pick<RootChain, 'deployment'>,
  { terms, ...options }: ListMarketParameters,
): Promise<Hash> {
  const { markets, omgToken } = rootChain.deployment
  const fee = await getListingFee(rootChain)
  if (fee > 0n) await approve(rootChain, { token: omgToken, spender: markets, amount: fee }, options)
  const args = [{ ...terms, tier: TIERS.indexOf(terms.tier) }] as const
  await writeContract(rootChain, { address: markets, abi: marketsAbi, functionName: 'list', args }, options)
  return marketId(terms)
}
