import { type ParseEventLogsReturnType, parseEventLogs } from 'viem'
import { bondingAbi, feeVotesAbi, slashingAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { type BlockRange, getContractLogs } from './logs.ts'

const ABI = [...bondingAbi, ...feeVotesAbi, ...slashingAbi] as const

/** Something that Bonding, FeeVotes or Slashing said, with its place on Ethereum. */
export type StakeEvent = ParseEventLogsReturnType<typeof ABI, undefined, true>[number]

/**
 * The events of stake, fee votes and offences in a range of blocks, both ends included, in the order of Ethereum. They tell which accounts
 * there are; what they have now is read from the contracts.
 */
export async function getStakeEvents(
  reader: Pick<RootChain, 'ethereum' | 'deployment'>,
  range: BlockRange,
): Promise<StakeEvent[]> {
  const { bonding, feeVotes, slashing } = reader.deployment
  const logs = await getContractLogs(reader, [bonding, feeVotes, slashing], range)
  return parseEventLogs({ abi: ABI, logs })
}
