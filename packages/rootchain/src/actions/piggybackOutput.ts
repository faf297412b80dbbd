import type { Hex } from '@omg/protocol'
import { inFlightExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { getBonds } from '../reads/exits.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { type Delegation, delegationOf } from './evidence.ts'
import { type Piggyback, piggybackIn } from './piggyback.ts'

export interface PiggybackOutputParameters extends SendOptions {
  /** The encoded in-flight PAY. */
  readonly transaction: Hex
  readonly outputIndex: number
  /** Needed if the sender is not the owner. */
  readonly delegation?: Delegation
}

/** Claims an output, for the case that the in-flight transaction is canonical. First half only. Pays the bond. */
export async function piggybackOutput(
  rootChain: RootChain,
  parameters: PiggybackOutputParameters,
): Promise<Piggyback> {
  const { transaction, outputIndex, delegation } = parameters
  const { piggyback: value } = await getBonds(rootChain)
  const call = {
    address: rootChain.deployment.inFlightExits,
    abi: inFlightExitsAbi,
    functionName: 'piggybackOutput',
    args: [transaction, outputIndex, delegationOf(delegation)],
    value,
  } as const
  return piggybackIn(await writeContract(rootChain, call, parameters))
}
