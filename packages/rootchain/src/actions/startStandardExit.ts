import type { OutputId } from '@omg/protocol'
import { parseEventLogs } from 'viem'
import { standardExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { getBonds } from '../reads/exits.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { type Delegation, delegationOf, inclusionOf, type Origin } from './evidence.ts'
import { type Started, startedIn } from './started.ts'

export interface StartStandardExitParameters extends SendOptions, Origin {
  /** Needed if the sender is not the owner. */
  readonly delegation?: Delegation
}

/** An exit that waits in its queue. */
export interface StandardExit extends Started {
  /** The id of the exit is the id of the output. */
  readonly exitId: OutputId
}

/** Starts the exit of an output that was deposited or that an included transaction made. Pays the bond. */
export async function startStandardExit(
  rootChain: RootChain,
  parameters: StartStandardExitParameters,
): Promise<StandardExit> {
  const { creator, inclusion, delegation } = parameters
  const { standardExit: value } = await getBonds(rootChain)
  const receipt = await writeContract(
    rootChain,
    {
      address: rootChain.deployment.standardExits,
      abi: standardExitsAbi,
      functionName: 'startExit',
      args: [creator, inclusionOf(inclusion), delegationOf(delegation)],
      value,
    },
    parameters,
  )
  const [started] = parseEventLogs({ abi: standardExitsAbi, eventName: 'ExitStarted', logs: receipt.logs })
  return { ...startedIn(receipt, started?.args), exitId: started!.args.exitId as OutputId }
}
