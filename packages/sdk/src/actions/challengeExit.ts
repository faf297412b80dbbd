import type { OmgError, OutputId } from '@omg/protocol'
import { challengeStandardExit, getExit, type Reward, rewardIn } from '@omg/rootchain'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { readSpend } from '../exit/spend.ts'
import type { Payment } from '../payment/payment.ts'
import type { AnnounceChallengeReturnType } from './announceChallenge.ts'
import { claimReward } from './claimReward.ts'

export interface ChallengeExitParameters {
  /** Id of a standard exit: that of its output. */
  readonly id: OutputId
  /** The payment that spends the output. Default: the one that the node knows. */
  readonly payment?: Pick<Payment, 'signed'>
  /** What was announced. If a copy of the challenge came first, its reward is taken over at once (A39). */
  readonly announcement?: AnnounceChallengeReturnType
}

/** Half of the bond, from `payableAt` on: `claim({ id })` sends it. */
export type ChallengeExitReturnType = Reward

export type ChallengeExitErrorType = SdkError | OmgError

/** Stops the exit of an output that its owner has spent (A20). Anyone may; a watcher does it by itself. */
export async function challengeExit(
  client: Client,
  { id, payment, announcement }: ChallengeExitParameters,
): Promise<ChallengeExitReturnType> {
  const rootChain = await client.rootChain()
  const { spend } = await readSpend(client, id, payment)
  try {
    const reward = rewardIn(await challengeStandardExit(rootChain, { exitId: id, spend }))
    if (!reward) throw sdkError('exit.nothing_to_claim', `the reward for exit ${id} belongs to somebody else`)
    return reward
  } catch (error) {
    if (!announcement || (await getExit(rootChain, { id }))?.state !== 'challenged') throw error
    return claimReward(client, { announcement })
  }
}
