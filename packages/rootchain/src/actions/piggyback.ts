import type { Hash, OutputId } from '@omg/protocol'
import { parseEventLogs, type TransactionReceipt } from 'viem'
import { inFlightExitsAbi } from '../abi.ts'
import { type Started, startedIn } from './started.ts'

/** A claim on an input or an output of an in-flight transaction. */
export interface Piggyback extends Started {
  readonly exitId: Hash
  readonly outputId: OutputId
}

/** The piggyback that a transaction entered. */
export function piggybackIn(receipt: TransactionReceipt): Piggyback {
  const [event] = parseEventLogs({ abi: inFlightExitsAbi, eventName: 'Piggybacked', logs: receipt.logs })
  const { exitId, outputId } = event!.args
  return { ...startedIn(receipt, event?.args), exitId: exitId as Hash, outputId: outputId as OutputId }
}
