import type { LedgerParameters } from '@omg/ledger'
import { type Address, type Domain, fail, type OmgError, ok, type Result } from '@omg/protocol'
import { z } from 'zod'
import { watcherError } from '../error.ts'
import type { Store } from '../store/store.ts'
import type { Nodes } from './node.ts'

const KEY = 'ledger parameters'
const decimal = z
  .string()
  .regex(/^\d{1,39}$/)
  .transform(BigInt)
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform(text => text.toLowerCase() as Address)

const basisPoints = z.int().min(0).max(10_000)
const budget = z.int().min(0).max(0xffff_ffff)

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
      makerBps: basisPoints,
      takerBps: basisPoints,
      moveBudget: z.object({ steps: budget, unitsPerStep: decimal, cancels: budget }),
    })
    .optional(),
})

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
    return fail(watcherError('node.malformed', `omg_getParameters: ${z.prettifyError(parsed.error)}`))
  const { feeTokens, feeRecipients, exchange } = parsed.data
  if (!sameChain(parsed.data, domain)) return fail(otherChain('node'))
  const parameters = { domain, feeTokens, feeRecipients, ...(exchange && { exchange }) }
  await store.write(KEY, parameters)
  return ok(parameters)
}

function sameChain({ domain: a }: { domain: Domain }, b: Domain): boolean {
  return a.chainId === b.chainId && a.verifyingContract.toLowerCase() === b.verifyingContract.toLowerCase()
}

function otherChain(what: string): OmgError {
  return watcherError('watcher.chain', `the ${what} belongs to another chain than the deployment`)
}
