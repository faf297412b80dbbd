import type { LedgerParameters } from '@omg/ledger'
import { type Address, fail, type OmgError, ok, type Result } from '@omg/protocol'
import { z } from 'zod'
import { indexerError } from '../errors.ts'
import type { Nodes } from './node.ts'

const decimal = z
  .string()
  .regex(/^\d{1,39}$/)
  .transform(BigInt)
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform(text => text.toLowerCase() as Address)
const bps = z.int().min(0).max(10_000)

/** What all nodes of one chain agree on, as `omg_getParameters` tells it and as the database keeps it. */
const parametersSchema = z.object({
  domain: z.object({ chainId: decimal, verifyingContract: address }),
  feeTokens: z
    .array(
      z.object({
        lane: z.int().min(0).max(3),
        token: address,
        unit: decimal,
        dust: decimal,
        fees: z.object({ payment: decimal, item: decimal }),
      }),
    )
    .min(1)
    .max(4),
  feeRecipients: z
    .array(z.object({ owner: address, weight: decimal }))
    .min(1)
    .max(4),
  exchange: z
    .object({
      makerBps: bps,
      takerBps: bps,
      moveBudget: z.object({
        steps: z.int().min(0),
        unitsPerStep: decimal,
        cancels: z.int().min(0),
      }),
    })
    .optional(),
  deployment: z.object({ parameters: z.object({ maxSeasoning: z.int().min(0) }) }),
})

/** What an indexer must know of its chain. */
export interface ChainParameters {
  readonly ledger: LedgerParameters
  /** The longest seasoning that the contracts allow, in seconds: the tiers follow from it (`seasoningOf`). */
  readonly maxSeasoning: number
}

/** The parameters in JSON. Errors: `node.malformed`. */
export function readParameters(value: unknown): Result<ChainParameters, OmgError> {
  const parsed = parametersSchema.safeParse(value)
  if (!parsed.success) {
    return fail(indexerError('node.malformed', `omg_getParameters: ${z.prettifyError(parsed.error)}`))
  }
  const { exchange, deployment, ...parameters } = parsed.data
  const ledger = exchange ? { ...parameters, exchange } : parameters
  return ok({ ledger, maxSeasoning: deployment.parameters.maxSeasoning })
}

/** The parameters as JSON, integers as decimal strings. */
export function writeParameters({ ledger, maxSeasoning }: ChainParameters): string {
  const parameters = { ...ledger, deployment: { parameters: { maxSeasoning } } }
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
