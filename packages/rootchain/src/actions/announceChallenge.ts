import type { Address, Hash, Hex } from '@omg/protocol'
import { encodeAbiParameters, keccak256 } from 'viem'
import { inFlightExitsAbi, standardExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { rootChainError } from '../error.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

/** The contracts that hold bonds. */
export type ExitGame = 'standardExits' | 'inFlightExits'

/** The challenge of an exit, before it is made. */
export interface PlannedChallenge {
  /** The exit or piggyback; or the in-flight transaction, for challenges of its canonicity. */
  readonly exitId: Hash
  /** The hash of the transaction that the challenge will show. */
  readonly evidence: Hash
  /** 32 random bytes, kept until the reward is safe. */
  readonly salt: Hash
}

export interface AnnounceChallengeParameters extends SendOptions, PlannedChallenge {
  readonly game: ExitGame
}

/** An announcement that is in a block. */
export interface AnnouncedChallenge {
  readonly announcement: Hex
  /** Seconds of Ethereum time. The challenge must be made in a later block, within {@link ANNOUNCEMENT_LIFE_SECONDS}. */
  readonly announcedAt: bigint
  readonly transactionHash: Hash
}

/** How long before its challenge an announcement may have been made: contracts/src/exits/ChallengeRewards.sol. */
export const ANNOUNCEMENT_LIFE_SECONDS = 600n

/** What is announced: it tells nobody which exit is meant, nor what is wrong with it. */
export function announcementOf({ exitId, evidence, salt }: PlannedChallenge, challenger: Address): Hex {
  const types = [{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'address' }, { type: 'bytes32' }] as const
  return keccak256(encodeAbiParameters(types, [exitId, evidence, challenger, salt]))
}

/** Announces a challenge, so that whoever copies it out of the mempool does not get its reward (A39). */
export async function announceChallenge(
  rootChain: RootChain,
  parameters: AnnounceChallengeParameters,
): Promise<AnnouncedChallenge> {
  const { ethereum, sender, deployment } = rootChain
  if (!sender) throw rootChainError('ethereum.no_account', 'an announcement needs an account')
  const announcement = announcementOf(parameters, sender.address as Address)
  const call = { functionName: 'announceChallenge', args: [announcement] } as const
  const address = deployment[parameters.game]
  const receipt = await (parameters.game === 'standardExits'
    ? writeContract(rootChain, { address, abi: standardExitsAbi, ...call }, parameters)
    : writeContract(rootChain, { address, abi: inFlightExitsAbi, ...call }, parameters))
  const { timestamp } = await ethereum.getBlock({ blockNumber: receipt.blockNumber })
  return { announcement, announcedAt: timestamp, transactionHash: receipt.transactionHash as Hash }
}
