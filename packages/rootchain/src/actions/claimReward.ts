import { type Address, address, type Hash } from '@omg/protocol'
import { parseEventLogs, type TransactionReceipt } from 'viem'
import { inFlightExitsAbi, standardExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import type { ExitGame, PlannedChallenge } from './announceChallenge.ts'

export interface ClaimRewardParameters extends SendOptions, PlannedChallenge {
  readonly game: ExitGame
}

/** Who has the reward of a challenge. */
export interface Reward {
  readonly challenger: Address
  /** The hash of the transaction that was shown. */
  readonly evidence: Hash
  /** From when on `withdrawBonds` pays it; until then an earlier announcement takes it over. Seconds of Ethereum time. */
  readonly payableAt: bigint
  readonly transactionHash: Hash
}

/** Shows an announcement, and takes the reward from whoever copied the challenge (A39). */
export async function claimReward(rootChain: RootChain, parameters: ClaimRewardParameters): Promise<Reward> {
  const { game, exitId, evidence, salt } = parameters
  const call = {
    address: rootChain.deployment[game],
    functionName: 'claimReward',
    args: [exitId, evidence, salt],
  } as const
  const receipt = await (game === 'standardExits'
    ? writeContract(rootChain, { ...call, abi: standardExitsAbi }, parameters)
    : writeContract(rootChain, { ...call, abi: inFlightExitsAbi }, parameters))
  return rewardIn(receipt)!
}

/** The reward that a transaction assigned; undefined if somebody had it already. */
export function rewardIn({ logs, transactionHash }: TransactionReceipt): Reward | undefined {
  const [assigned] = parseEventLogs({ abi: standardExitsAbi, eventName: 'RewardAssigned', logs })
  if (!assigned) return undefined
  const { challenger, evidence, payableAt } = assigned.args
  return {
    challenger: address(challenger),
    evidence: evidence as Hash,
    payableAt,
    transactionHash: transactionHash as Hash,
  }
}
