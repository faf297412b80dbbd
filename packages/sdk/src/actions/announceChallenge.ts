import { type Hash, hash, type OmgError, type OutputId, type TxHash, toHex } from '@omg/protocol'
import {
  ANNOUNCEMENT_LIFE_SECONDS,
  type AnnouncedChallenge,
  announceChallenge as announce,
  type PlannedChallenge,
} from '@omg/rootchain'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { gameOf, readExit } from '../exit/game.ts'
import { readSpend } from '../exit/spend.ts'

export interface AnnounceChallengeParameters {
  /** Id of the wrong exit or piggyback. */
  readonly id: Hash
  /** Hash of the payment that spends its output. Default, for standard exits: the one that the node knows. */
  readonly evidence?: TxHash
}

/** Keep it: `claimReward` needs it if somebody copies the challenge. Until that is made it must stay secret. */
export interface AnnounceChallengeReturnType extends PlannedChallenge, AnnouncedChallenge {
  /** A challenge after this time, in seconds of Ethereum time, is no longer the announced one. */
  readonly challengeUntil: bigint
}

export type AnnounceChallengeErrorType = SdkError | OmgError

/**
 * Announces the challenge of an exit by a hash that tells nothing about it. Whoever copies the challenge out of Ethereum's
 * mempool still stops the exit, and has to give the reward back (A39). Worth its transaction for large bonds only.
 *
 * @example
 * ```ts
 * const announcement = await client.announceChallenge({ id })
 * await client.challengeExit({ id, announcement })
 * ```
 */
export async function announceChallenge(
  client: Client,
  parameters: AnnounceChallengeParameters,
): Promise<AnnounceChallengeReturnType> {
  const { id } = parameters
  const rootChain = await client.rootChain()
  const exit = await readExit(rootChain, id)
  const standard = exit.kind === 'standard'
  if (!standard && parameters.evidence === undefined)
    throw sdkError(
      'payment.invalid',
      'name the evidence against a piggyback: a payment that spends its output',
    )
  const evidence = parameters.evidence ?? (await readSpend(client, id as OutputId)).hash
  const game = gameOf(exit)
  const salt = hash(toHex(crypto.getRandomValues(new Uint8Array(32))))
  const planned = { exitId: id, evidence, salt }
  const announced = await announce(rootChain, { game, ...planned })
  const challengeUntil = announced.announcedAt + ANNOUNCEMENT_LIFE_SECONDS
  return { ...planned, ...announced, challengeUntil }
}
