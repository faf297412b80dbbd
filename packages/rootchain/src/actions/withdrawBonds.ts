import type { Hash } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { inFlightExitsAbi, standardExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import type { ExitGame } from './announceChallenge.ts'

export interface WithdrawBondsParameters extends SendOptions {
  readonly game: ExitGame
  /** Exits and piggybacks that are over. */
  readonly exitIds: readonly Hash[]
}

/** Pays out the bonds of exits that are over: to who put them up, or to who challenged. Anyone may. */
export function withdrawBonds(
  rootChain: RootChain,
  parameters: WithdrawBondsParameters,
): Promise<TransactionReceipt> {
  const { game, exitIds } = parameters
  const call = {
    address: rootChain.deployment[game],
    functionName: 'withdrawBonds',
    args: [exitIds],
  } as const
  return game === 'standardExits'
    ? writeContract(rootChain, { ...call, abi: standardExitsAbi }, parameters)
    : writeContract(rootChain, { ...call, abi: inFlightExitsAbi }, parameters)
}
