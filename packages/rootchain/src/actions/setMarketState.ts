import type { Hash } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { marketsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { MARKET_STATES, type MarketState } from '../reads/markets.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { type Writer, writeContract } from '../send/writeContract.ts'

export interface SetMarketStateParameters extends SendOptions {
  readonly market: Hash
  /** `closed` is final. */
  readonly state: MarketState
}

/**
 * Halts, resumes or closes a market; only the governor may. Orders can be cancelled in every state.
 *
 * @throws RevertedError `NotGovernor`, `UnknownMarket`, `MarketIsClosed`.
 */
export async function setMarketState(
  rootChain: Writer & Pick<RootChain, 'deployment'>,
  { market, state, ...options }: SetMarketStateParameters,
): Promise<TransactionReceipt> {
  const contract = { address: rootChain.deployment.markets, abi: marketsAbi } as const
  const args = [market, MARKET_STATES.indexOf(state) + 1] as const
  return writeContract(rootChain, { ...contract, functionName: 'setState', args }, options)
}
