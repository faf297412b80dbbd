import type { Hex, TxHash } from '@omg/protocol'
import { parseEventLogs } from 'viem'
import { inFlightExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { getBonds } from '../reads/exits.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'
import { inclusionOf, type Origin } from './evidence.ts'
import { type Started, startedIn } from './started.ts'

export interface StartInFlightExitParameters extends SendOptions {
  /** The encoded PAY. */
  readonly transaction: Hex
  /** Its encoded witness: the signatures of all owners. */
  readonly witness: Hex
  /** Where the inputs come from, in their order. */
  readonly origins: readonly Origin[]
}

export interface InFlightExit extends Started {
  readonly txHash: TxHash
  /** Until when owners piggyback and rivals are shown, in seconds of Ethereum time. */
  readonly piggybackUntil: bigint
}

/** Starts the in-flight exit of a PAY of which nobody knows whether it was included. Pays the bond. */
export async function startInFlightExit(
  rootChain: RootChain,
  parameters: StartInFlightExitParameters,
): Promise<InFlightExit> {
  const { transaction, witness, origins } = parameters
  const creators = origins.map(({ creator }) => creator)
  const inclusions = origins.map(({ inclusion }) => inclusionOf(inclusion))
  const { inFlightExit: value } = await getBonds(rootChain)
  const receipt = await writeContract(
    rootChain,
    {
      address: rootChain.deployment.inFlightExits,
      abi: inFlightExitsAbi,
      functionName: 'startInFlightExit',
      args: [transaction, witness, creators, inclusions],
      value,
    },
    parameters,
  )
  const [started] = parseEventLogs({
    abi: inFlightExitsAbi,
    eventName: 'InFlightExitStarted',
    logs: receipt.logs,
  })
  const { transactionHash, piggybackUntil } = started!.args
  return { ...startedIn(receipt, started?.args), txHash: transactionHash as TxHash, piggybackUntil }
}
