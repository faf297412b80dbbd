import { consensusChainId, decodeHeader, fromHex, type Header, unwrap } from '@omg/protocol'
import { decidingHeight } from '../actions/relayDoubleVote.ts'
import type { RootChain } from '../client.ts'
import { domainOf } from '../deployment.ts'
import { getCheckpoint } from '../reads/checkpoints.ts'
import { readDoubleVote } from '../votes/read.ts'
import { recoverVoter } from '../votes/vote.ts'
import { type AskNode, type ClosedCheckpoint, type FoundOffence, offenceId, standingOf } from './offence.ts'

interface Evidence {
  readonly evidence: readonly { readonly items: readonly unknown[] }[]
}

export interface DoubleVotesQuery {
  /** Ids that need not be looked at again. */
  readonly known?: ReadonlySet<string>
}

/** The double votes that blocks of the chain hold, as a node tells of them. Several blocks may hold one. What cannot be read is no evidence. */
export async function findDoubleVotes(
  rootChain: RootChain,
  ask: AskNode,
  { known = new Set() }: DoubleVotesQuery = {},
): Promise<FoundOffence[]> {
  const chainId = consensusChainId(domainOf(rootChain.deployment))
  const { evidence } = await ask<Evidence>('omg_getEvidence', {})
  const found = new Map<string, FoundOffence>()
  for (const item of evidence.flatMap(({ items }) => items)) {
    const votes = readDoubleVote(item)
    // Of evidence against light clients Ethereum knows nothing.
    if (!votes.ok || votes.value === undefined) continue
    const [{ height }] = votes.value
    const signer = recoverVoter(votes.value[0], chainId)
    if (!signer.ok) continue
    const id = offenceId('doubleVote', height, signer.value)
    if (known.has(id) || found.has(id)) continue
    const header = await acceptedHeader(rootChain, ask, decidingHeight(height))
    const offence = header && ({ kind: 'doubleVote', votes: votes.value, header } as const)
    const { value } = signer
    found.set(id, await standingOf(rootChain, { kind: 'doubleVote', signer: value, at: height, offence }))
  }
  return [...found.values()]
}

/** The header of the accepted checkpoint with a block, undefined while there is none. */
async function acceptedHeader(
  rootChain: RootChain,
  ask: AskNode,
  height: bigint,
): Promise<Header | undefined> {
  // A node that began later has no block of that height: others have.
  const block = await ask<{ checkpoint: string }>('omg_getBlock', { height: String(height) }).catch(
    () => undefined,
  )
  if (block === undefined) return undefined
  const { checkpoint } = block
  const accepted = await getCheckpoint(rootChain, { number: BigInt(checkpoint) })
  if (accepted === undefined) return undefined
  const closed = await ask<ClosedCheckpoint>('omg_getCheckpoint', { number: checkpoint })
  return closed.headerHash === accepted.headerHash ? unwrap(decodeHeader(fromHex(closed.header))) : undefined
}
