import type { Hex } from '@omg/protocol'
import { inFlightExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { getBonds } from '../reads/exits.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { type Creator, type Delegation, delegationOf } from './evidence.ts'
import { type Piggyback, piggybackIn } from './piggyback.ts'

export interface PiggybackInputParameters extends SendOptions {
  /** The encoded in-flight PAY. */
  readonly transaction: Hex
  readonly inputIndex: number
  /** Who made the input. */
  readonly creator: Creator
  /** Needed if the sender is not the owner. */
  readonly delegation?: Delegation
}

/** Claims an input, for the case that the in-flight transaction is void. First half only. Pays the bond. */
export async function piggybackInput(
  rootChain: RootChain,
  parameters: PiggybackInputParameters,
): Promise<Piggyback> {
  const { transaction, inputIndex, creator, delegation } = parameters
  const { piggyback: value } = await getBonds(rootChain)
  const call = {
    address: rootChain.deployment.inFlightExits,
    abi: inFlightExitsAbi,
    functionName: 'piggybackInput',
    args: [transaction, inputIndex, creator, delegationOf(delegation)],
    value,
  } as const
  return piggybackIn(await writeContract(rootChain, call, parameters))
}
