import type { OmgError } from '@omg/protocol'
import { type PlannedChallenge, type Reward, claimReward as take } from '@omg/rootchain'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import { gameOf, readExit } from '../exit/game.ts'

export interface ClaimRewardParameters {
  /** What `announceChallenge` returned; made with the same account. */
  readonly announcement: PlannedChallenge
}

export type ClaimRewardReturnType = Reward

export type ClaimRewardErrorType = SdkError | OmgError

/**
 * Shows an announcement, and takes the reward for a challenge from whoever copied it (A39). In the hour (on mainnet) after
 * the challenge; `claim` sends the reward when that is over.
 */
export async function claimReward(
  client: Client,
  { announcement }: ClaimRewardParameters,
): Promise<ClaimRewardReturnType> {
  const { exitId, evidence, salt } = announcement
  const rootChain = await client.rootChain()
  const game = gameOf(await readExit(rootChain, exitId))
  return take(rootChain, { game, exitId, evidence, salt })
}
