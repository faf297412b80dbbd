import { followerError, type Nodes, parametersSchema } from '@omg/follower'
import type { LedgerParameters, SeasoningParameters } from '@omg/ledger'
import { fail, type OmgError, ok, type Result } from '@omg/protocol'
import { z } from 'zod'

/** The same, and what seasoning follows from; as a node tells it and as the database keeps it. */
const chainSchema = parametersSchema.extend({
  deployment: z.object({
    parameters: z.object({ maxSeasoning: z.int().min(0), blobSeasoning: z.int().min(0) }),
  }),
})

/** What an indexer must know of its chain. */
export interface ChainParameters {
  readonly ledger: LedgerParameters
  /** What the seasoning of the tiers follows from (`seasoningOf`). */
  readonly seasoning: SeasoningParameters
}

/** The parameters in JSON. Errors: `node.malformed`. */
export function readParameters(value: unknown): Result<ChainParameters, OmgError> {
  const parsed = chainSchema.safeParse(value)
  if (!parsed.success) {
    return fail(followerError('node.malformed', `omg_getParameters: ${z.prettifyError(parsed.error)}`))
  }
  const { exchange, feePolicy, deployment, ...parameters } = parsed.data
  const ledger = { ...parameters, ...(exchange && { exchange }), ...(feePolicy && { feePolicy }) }
  return ok({ ledger, seasoning: deployment.parameters })
}

/** The parameters as JSON, integers as decimal strings. */
export function writeParameters({ ledger, seasoning }: ChainParameters): string {
  const parameters = { ...ledger, deployment: { parameters: seasoning } }
  return JSON.stringify(parameters, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}

/**
 * The fee schedule of the chain, asked of a node. A node that lies about it leads to an invalid block 1, because the genesis
 * app hash commits to it. Errors: `node.*`.
 */
export async function askParameters(nodes: Nodes): Promise<Result<ChainParameters, OmgError>> {
  const asked = await nodes.call('omg_getParameters', {})
  return asked.ok ? readParameters(asked.value) : asked
}
