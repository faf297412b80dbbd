import type { Hash, OmgError } from '@omg/protocol'
import { getExit as readExit } from '@omg/rootchain'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import { type ExitView, viewOf } from '../exit/exitView.ts'

export interface GetExitParameters {
  /** Id of an exit (that of its output) or of a piggyback. */
  readonly id: Hash
}

export type GetExitReturnType = ExitView | undefined

export type GetExitErrorType = SdkError | OmgError

/** Where an exit stands, in words and numbers; undefined if it was never started. */
export async function getExit(client: Client, { id }: GetExitParameters): Promise<GetExitReturnType> {
  const rootChain = await client.rootChain()
  const [exit, { timestamp }] = await Promise.all([
    readExit(rootChain, { id }),
    rootChain.ethereum.getBlock(),
  ])
  return exit && viewOf(rootChain, exit, timestamp)
}
