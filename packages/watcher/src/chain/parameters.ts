import { followerError, type Nodes, parametersSchema } from '@omg/follower'
import type { LedgerParameters } from '@omg/ledger'
import { type Domain, fail, type OmgError, ok, type Result } from '@omg/protocol'
import { z } from 'zod'
import { watcherError } from '../error.ts'
import type { Store } from '../store/store.ts'

const KEY = 'ledger parameters'

/**
 * The fee schedule of the chain: asked of a node once, at the first start, and kept. From then on a chain that changes it
 * breaks a rule, because the genesis app hash commits to it; a node that lies about it leads to an invalid block 1.
 * Errors: `node.*`, `watcher.chain`.
 */
export async function chainParameters(
  store: Store,
  nodes: Nodes,
  domain: Domain,
): Promise<Result<LedgerParameters, OmgError>> {
  const kept = store.read<LedgerParameters>(KEY)
  if (kept !== undefined)
    return sameChain(kept, domain) ? ok({ ...kept, domain }) : fail(otherChain('data directory'))
  const asked = await nodes.call('omg_getParameters', {})
  if (!asked.ok) return asked
  const parsed = parametersSchema.safeParse(asked.value)
  if (!parsed.success)
    return fail(followerError('node.malformed', `omg_getParameters: ${z.prettifyError(parsed.error)}`))
  const { feeTokens, feeRecipients, exchange, feePolicy } = parsed.data
  if (!sameChain(parsed.data, domain)) return fail(otherChain('node'))
  const optional = { ...(exchange && { exchange }), ...(feePolicy && { feePolicy }) }
  const parameters = { domain, feeTokens, feeRecipients, ...optional }
  await store.write(KEY, parameters)
  return ok(parameters)
}

function sameChain({ domain: a }: { domain: Domain }, b: Domain): boolean {
  return a.chainId === b.chainId && a.verifyingContract.toLowerCase() === b.verifyingContract.toLowerCase()
}

function otherChain(what: string): OmgError {
  return watcherError('watcher.chain', `the ${what} belongs to another chain than the deployment`)
}
