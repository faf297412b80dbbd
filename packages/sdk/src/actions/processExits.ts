import { type Address, type OmgError, ZERO_ADDRESS } from '@omg/protocol'
import { type ProcessedExits, processExits as processQueue } from '@omg/rootchain'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'

export interface ProcessExitsParameters {
  /** Default ETH. */
  readonly token?: Address
  /** Whether it is the queue of an ERC-721 token. */
  readonly items?: boolean
  /** Default 20. */
  readonly maxExits?: number
}

export type ProcessExitsReturnType = ProcessedExits

export type ProcessExitsErrorType = SdkError | OmgError

/** Processes the exits of a token whose time has come, oldest first, whoever they belong to. Anyone may. */
export async function processExits(
  client: Client,
  parameters: ProcessExitsParameters = {},
): Promise<ProcessExitsReturnType> {
  const { token = ZERO_ADDRESS, ...rest } = parameters
  return processQueue(await client.rootChain(), { token, ...rest })
}
