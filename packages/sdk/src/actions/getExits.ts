import type { Address, OmgError } from '@omg/protocol'
import { getExitsOf } from '@omg/rootchain'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import { type ExitView, viewOf } from '../exit/exitView.ts'

export interface GetExitsParameters {
  /** Default: the client's account. */
  readonly owner?: Address
}

export type GetExitsReturnType = ExitView[]

export type GetExitsErrorType = SdkError | OmgError

/** All exits and piggybacks that an owner ever started, the oldest first. */
export async function getExits(
  client: Client,
  parameters: GetExitsParameters = {},
): Promise<GetExitsReturnType> {
  const { owner = client.address() } = parameters
  const rootChain = await client.rootChain()
  const [exits, { timestamp }] = await Promise.all([
    getExitsOf(rootChain, { owner }),
    rootChain.ethereum.getBlock(),
  ])
  return Promise.all(exits.map(exit => viewOf(rootChain, exit, timestamp)))
}
