import type { Address, Hash } from '@omg/protocol'
import { parseEventLogs } from 'viem'
import { exitQueueAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

export interface ProcessExitsParameters extends SendOptions {
  readonly token: Address
  /** Whether it is the queue of an ERC-721 token. */
  readonly items?: boolean
  /** Default 20. */
  readonly maxExits?: number
}

export interface ProcessedExits {
  /** Exits whose owners have a credit now. */
  readonly paid: readonly Hash[]
  /** Exits for which nothing was due. */
  readonly dropped: readonly Hash[]
  readonly transactionHash: Hash
}

const DEFAULT_MAX_EXITS = 20

/** Processes the exits of a queue whose time has come. Anyone may, for everyone. */
export async function processExits(
  rootChain: RootChain,
  parameters: ProcessExitsParameters,
): Promise<ProcessedExits> {
  const { token, items = false, maxExits = DEFAULT_MAX_EXITS } = parameters
  const receipt = await writeContract(
    rootChain,
    {
      address: rootChain.deployment.exitQueue,
      abi: exitQueueAbi,
      functionName: 'processExits',
      args: [token, items, BigInt(maxExits)],
    },
    parameters,
  )
  const { logs, transactionHash } = receipt
  const paid = parseEventLogs({ abi: exitQueueAbi, eventName: 'ExitPaid', logs })
  const dropped = parseEventLogs({ abi: exitQueueAbi, eventName: 'ExitDropped', logs })
  return {
    paid: paid.map(({ args }) => args.exitId as Hash),
    dropped: dropped.map(({ args }) => args.exitId as Hash),
    transactionHash: transactionHash as Hash,
  }
}
