import { type Block, type ExchangeView, type ListingFact, Listings, NO_EXCHANGE } from '@omg/ledger'
import { type Address, fail, type Hash, type OmgError, ok, type Result } from '@omg/protocol'
import { z } from 'zod'
import { indexerError } from '../errors.ts'
import type { Nodes } from './node.ts'

/** Most facts of one answer: a market that changes daily and a checkpoint a minute for a year fit. */
const MAX_FACTS = 1_000_000

const decimal = z
  .string()
  .regex(/^\d{1,39}$/)
  .transform(BigInt)
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform(text => text.toLowerCase() as Address)
const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform(text => text.toLowerCase() as Hash)

const terms = z.object({
  base: address,
  quote: address,
  tick: decimal,
  lot: decimal,
  tier: z.enum(['bonded', 'guarded', 'safe']),
  minimumSize: decimal,
})
const fact = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('listed'), block: decimal, terms }),
  z.object({
    kind: z.literal('state'),
    block: decimal,
    market: hash,
    state: z.enum(['active', 'postOnly', 'cancelOnly', 'closed']),
  }),
  z.object({ kind: z.literal('accepted'), block: decimal, checkpoint: decimal, time: decimal }),
])
const answer = z.object({
  /** The newest final block of Ethereum that the node has read. */
  block: decimal,
  seasoning: z.object({ guarded: decimal, safe: decimal }),
  /** In the order of Ethereum. */
  facts: z.array(fact).max(MAX_FACTS),
})

/** Markets and seasoning as of the origin of a block. */
export interface ListingSource {
  /** Errors: `node.*`, also while the node has not read Ethereum up to the origin. */
  at(block: Pick<Block, 'origin' | 'originTime'>): Promise<Result<ExchangeView, OmgError>>
}

/**
 * What Ethereum says about markets, as a node tells it with `omg_getListings`. A node that lies about it serves blocks that do not
 * execute, so the worst it can do is to stop the indexer. A node without the method has no markets.
 */
export function createListingSource(nodes: Nodes): ListingSource {
  let read: { readonly block: bigint; readonly listings: Listings } | undefined
  let view: { readonly origin: bigint; readonly exchange: ExchangeView } | undefined
  return {
    async at({ origin, originTime }) {
      if (view?.origin === origin) return ok(view.exchange)
      if (read === undefined || read.block < origin) {
        const asked = await askListings(nodes)
        if (!asked.ok) return asked
        if (asked.value === undefined) return ok(NO_EXCHANGE)
        read = asked.value
      }
      if (read.block < origin) {
        return fail(
          indexerError(
            'node.malformed',
            `a block names Ethereum block ${origin}, the node read ${read.block}`,
          ),
        )
      }
      view = { origin, exchange: read.listings.at(origin, originTime) }
      return ok(view.exchange)
    },
  }
}

async function askListings(
  nodes: Nodes,
): Promise<Result<{ block: bigint; listings: Listings } | undefined, OmgError>> {
  const asked = await nodes.call('omg_getListings', {})
  if (!asked.ok || asked.value === undefined) return asked as Result<undefined, OmgError>
  const parsed = answer.safeParse(asked.value)
  if (!parsed.success) {
    return fail(indexerError('node.malformed', `omg_getListings: ${z.prettifyError(parsed.error)}`))
  }
  const { block, seasoning, facts } = parsed.data
  return ok({ block, listings: new Listings(seasoning, facts as ListingFact[]) })
}
