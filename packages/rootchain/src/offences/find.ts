import type { RootChain } from '../client.ts'
import { getLastCheckpoint } from '../reads/checkpoints.ts'
import { findDoubleVotes } from './doubleVotes.ts'
import { findDowntimes } from './downtimes.ts'
import type { AskNode, FoundOffence } from './offence.ts'
import { compareHeaders, findTwoHeaders } from './twoHeaders.ts'

/** Accepted checkpoints, the newest ones, whose headers are compared with those of the node. */
export const COMPARED_CHECKPOINTS = 64n

/** Everything that a node and Ethereum tell, the oldest first of each kind. */
export async function findOffences(rootChain: RootChain, ask: AskNode): Promise<FoundOffence[]> {
  const last = await getLastCheckpoint(rootChain)
  const found = [...(await findDoubleVotes(rootChain, ask)), ...(await findTwoHeaders(rootChain, ask))]
  for (let number = firstCompared(last); number <= last; number++) {
    found.push(...((await compareHeaders(rootChain, ask, { number })) ?? []))
  }
  return [...found, ...(await findDowntimes(rootChain))]
}

/** Where to begin to compare, when `last` is the newest accepted checkpoint. */
export const firstCompared = (last: bigint): bigint =>
  last > COMPARED_CHECKPOINTS ? last - COMPARED_CHECKPOINTS + 1n : 1n
