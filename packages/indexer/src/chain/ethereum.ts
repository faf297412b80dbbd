import { followerError, type Nodes } from '@omg/follower'
import {
  type Block,
  type ExchangeView,
  type ListingFact,
  Listings,
  type LockedOutputs,
  type LockFact,
  Locks,
  type Seasoning,
} from '@omg/ledger'
import {
  type Address,
  fail,
  type Hash,
  type OmgError,
  type OutputId,
  ok,
  type Result,
  type TxHash,
} from '@omg/protocol'
import { isPreference } from '@omg/stake'
import { z } from 'zod'

/** Facts that a node may tell in all; more would be no chain of ours, and would fill the memory. */
export const MAX_FACTS = 10_000_000

const decimal = z
  .string()
  .regex(/^\d{1,39}$/)
  .transform(BigInt)
const hexOf = <T extends string>(bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`))
    .transform(text => text.toLowerCase() as T)
const hash = hexOf<Hash>(32)
const outputId = hexOf<OutputId>(32)
const txHash = hexOf<TxHash>(32)
const address = hexOf<Address>(20)

const terms = z.object({
  ...{ base: address, quote: address, tick: decimal, lot: decimal, minimumSize: decimal },
  tier: z.enum(['bonded', 'guarded', 'safe']),
})
const state = z.enum(['active', 'postOnly', 'cancelOnly', 'closed'])
const amounts = z.array(decimal).length(4)
const rates = z.array(z.int().min(0).max(100)).length(3)
const counts = z.int().min(0).max(0xffff_ffff)
const preference = z
  .object({
    ...{ payment: amounts, item: amounts, accepted: z.array(z.boolean()).length(4) },
    ...{ makerBps: rates, takerBps: rates, steps: counts, unitsPerStep: decimal, cancels: counts },
  })
  .refine(isPreference)
const listingFact = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['staked', 'unstaked']),
    ...{ block: decimal, validator: address, holder: address, amount: decimal, shares: decimal },
  }),
  z.object({ kind: z.literal('slashed'), block: decimal, validator: address, amount: decimal }),
  z.object({ kind: z.literal('jailed'), block: decimal, validator: address, until: decimal }),
  z
    .object({
      ...{ kind: z.literal('preferred'), block: decimal, account: address },
      preference: preference.optional(),
    })
    .transform(({ preference, ...fact }) => (preference === undefined ? fact : { ...fact, preference })),
  z.object({ kind: z.literal('listed'), block: decimal, terms }),
  z.object({ kind: z.literal('state'), block: decimal, market: hash, state }),
  z
    .object({
      ...{ kind: z.literal('accepted'), block: decimal, checkpoint: decimal, time: decimal },
      lastNonDA: decimal.optional(),
    })
    .transform(({ lastNonDA, ...fact }) => (lastNonDA === undefined ? fact : { ...fact, lastNonDA })),
])
const lockFact = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exit'), block: decimal, outputId }),
  z.object({ kind: z.literal('contest'), block: decimal, outputId }),
  z.object({ kind: z.literal('flight'), block: decimal, txHash, inputs: z.array(outputId).max(16) }),
  z.object({ kind: z.literal('void'), block: decimal, txHash }),
])

/** What the ledger must know of Ethereum to execute a block. */
export interface EthereumView {
  readonly exchange: ExchangeView
  readonly locked: LockedOutputs
}

export interface EthereumSource {
  /** As of the origin of a block that a node served, and so has judged itself. Errors: `node.*`. */
  at(block: Pick<Block, 'origin' | 'originTime'>): Promise<Result<EthereumView, OmgError>>
  /** Reads everything anew next time: Ethereum may have undone what the node took for final. */
  forget(): void
}

/**
 * What Ethereum says about markets, seasoning (R9), votes on fees and exits (R6), as a node tells it: `omg_getListings` and `omg_getLocks`. A node
 * that lies about it serves blocks that do not execute, so the worst it can do is to stop the indexer. Who needs more than that runs
 * a watcher. A node without one of the methods has nothing to tell.
 */
export function createEthereumSource(nodes: Nodes, seasoning: Seasoning): EthereumSource {
  const listings = new Facts<ListingFact>(nodes, 'omg_getListings', listingFact)
  const locks = new Facts<LockFact>(nodes, 'omg_getLocks', lockFact)
  let last: { readonly origin: bigint; readonly view: EthereumView } | undefined
  return {
    async at({ origin, originTime }) {
      if (last?.origin === origin) return ok(last.view)
      for (const facts of [listings, locks]) {
        const read = await facts.readOn()
        if (!read.ok) return read
      }
      const exchange = new Listings(seasoning, listings.all()).at(origin, originTime)
      last = { origin, view: { exchange, locked: new Locks(locks.all()).at(origin) } }
      return ok(last.view)
    },
    forget() {
      last = undefined
      listings.forget()
      locks.forget()
    },
  }
}

/** A list of a node that only grows, read page by page. */
class Facts<Fact> {
  readonly #nodes: Nodes
  readonly #method: string
  readonly #page: z.ZodType<{ facts: Fact[]; cursor: string | null }>
  #settled: Fact[] = []
  /** Of the last page, which grows until it is full. */
  #open: readonly Fact[] = []
  #cursor: string | null = null

  constructor(nodes: Nodes, method: string, fact: z.ZodType<Fact>) {
    this.#nodes = nodes
    this.#method = method
    this.#page = z.object({ facts: z.array(fact), cursor: z.string().max(64).nullable() })
  }

  all(): Fact[] {
    return [...this.#settled, ...this.#open]
  }

  forget(): void {
    this.#settled = []
    this.#open = []
    this.#cursor = null
  }

  /** Reads what is new. Errors: `node.*`. */
  async readOn(): Promise<Result<true, OmgError>> {
    for (;;) {
      const asked = await this.#nodes.call(
        this.#method,
        this.#cursor === null ? {} : { cursor: this.#cursor },
      )
      if (!asked.ok) return asked
      if (asked.value === undefined) return ok(true)
      const parsed = this.#page.safeParse(asked.value)
      if (!parsed.success) return this.#refuse(z.prettifyError(parsed.error))
      const { facts, cursor } = parsed.data
      if (this.#settled.length + facts.length > MAX_FACTS) return this.#refuse(`more than ${MAX_FACTS} facts`)
      if (cursor === null) {
        this.#open = facts
        return ok(true)
      }
      if (cursor === this.#cursor) return this.#refuse('the cursor does not move')
      for (const fact of facts) this.#settled.push(fact)
      this.#open = []
      this.#cursor = cursor
    }
  }

  #refuse(message: string): Result<never, OmgError> {
    return fail(followerError('node.malformed', `${this.#method}: ${message}`))
  }
}
