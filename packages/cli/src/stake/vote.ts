/** What an account has said the fees should be, and with how much stake it says so. */
import type { Address } from '@omg/protocol'
import type { RootChain } from '@omg/rootchain'
import { type FeeSchedule, Stakes, stakeFactsOf, weightOf } from '@omg/stake'
import { stakeEvents } from './network.ts'

/** Amounts in OMG wei. */
export interface OwnVote {
  readonly account: Address
  /** Undefined: the stake follows its validator. */
  readonly preference: FeeSchedule | undefined
  /** The stake for which the account speaks, of all there is. */
  readonly weight: bigint
  readonly allStake: bigint
}

/** As of the newest block of Ethereum. */
export async function ownVote(rootChain: RootChain, account: Address): Promise<OwnVote> {
  const head = await rootChain.ethereum.getBlockNumber({ cacheTime: 0 })
  const events = await stakeEvents(rootChain)
  const facts = events.flatMap(({ eventName, args, blockNumber }) =>
    stakeFactsOf(eventName, args, blockNumber),
  )
  const view = new Stakes(facts).at(head)
  const { own, all } = weightOf(view, account)
  return { account, preference: view.preferences.get(account), weight: own, allStake: all }
}
