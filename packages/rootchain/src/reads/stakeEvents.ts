import { type ParseEventLogsReturnType, parseEventLogs } from 'viem'
import { bondingAbi, feeVotesAbi, slashingAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'

/** Blocks of one question for logs: what public endpoints allow. */
export const STAKE_EVENT_BLOCKS = 10_000n

const ABI = [...bondingAbi, ...feeVotesAbi, ...slashingAbi] as const

/** Something that Bonding, FeeVotes or Slashing said, with its place on Ethereum. */
export type StakeEvent = ParseEventLogsReturnType<typeof ABI, undefined, true>[number]

/**
 * The events of stake, fee votes and offences in a range of blocks, both ends included, in the order of Ethereum. They tell which accounts
 * there are; what they have now is read from the contracts.
 */
export async function getStakeEvents(
  { ethereum, deployment }: Pick<RootChain, 'ethereum' | 'deployment'>,
  { from = deployment.deployedAtBlock, to }: { readonly from?: bigint; readonly to: bigint },
): Promise<StakeEvent[]> {
  const address = [deployment.bonding, deployment.feeVotes, deployment.slashing]
  const events: StakeEvent[] = []
  for (let fromBlock = from; fromBlock <= to; fromBlock += STAKE_EVENT_BLOCKS) {
    const last = fromBlock + STAKE_EVENT_BLOCKS - 1n
    const logs = await ethereum.getLogs({ address, fromBlock, toBlock: last < to ? last : to })
    events.push(...parseEventLogs({ abi: ABI, logs }))
  }
  return events
}
