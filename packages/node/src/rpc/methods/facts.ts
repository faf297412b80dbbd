import type { ListingFact, LockFact } from '@omg/ledger'
import type { StakeFact } from '@omg/stake'
import { z } from 'zod'
import type { Fact, StoredFact } from '../../rootchain/facts.ts'
import { describeSchedule, scheduleShape } from '../fee-schedule.ts'
import { address, decimal, hash, method } from '../method.ts'
import { describeTerms, marketState, termsFields } from './markets.ts'

/** Most facts of one page. */
export const MAX_PAGE_FACTS = 1_000

/** The key of the last fact of a page. */
const cursorShape = z.string().regex(/^\d{1,15}-\d{1,9}$/)
const pageParams = z.strictObject({
  cursor: cursorShape.nullish(),
  limit: z.int().min(1).max(MAX_PAGE_FACTS).default(MAX_PAGE_FACTS),
})

const listingShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('listed'), block: decimal, terms: z.object(termsFields) }),
  z.object({ kind: z.literal('state'), block: decimal, market: hash, state: marketState }),
  z.object({
    kind: z.literal('accepted'),
    block: decimal,
    checkpoint: decimal,
    time: decimal,
    lastNonDA: decimal
      .optional()
      .describe('Where its data came as blobs: the last checkpoint before it whose data did not'),
  }),
  z.object({
    kind: z.enum(['staked', 'unstaked']),
    ...{ block: decimal, validator: address, holder: address, amount: decimal, shares: decimal },
  }),
  z.object({ kind: z.literal('slashed'), block: decimal, validator: address, amount: decimal }),
  z.object({ kind: z.literal('jailed'), block: decimal, validator: address, until: decimal }),
  z.object({
    ...{ kind: z.literal('preferred'), block: decimal, account: address },
    preference: scheduleShape.optional().describe('What she wants the fees to be; absent: nothing any more'),
  }),
])

export const getListings = method({
  name: 'omg_getListings',
  summary:
    'What Ethereum said of markets, stake, votes on fees and accepted checkpoints, in its order: with omg_getLocks all that a replica needs to judge orders. Paged: pass the cursor of one page to get the next; null ends, for now.',
  params: pageParams,
  result: z.object({ facts: z.array(listingShape), cursor: z.string().nullable() }),
  handler: ({ view }, page) => pageOf(view.listings(keyOf(page.cursor)), page.limit, describeListing),
})

const lockShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exit'), block: decimal, outputId: hash }),
  z.object({ kind: z.literal('contest'), block: decimal, outputId: hash }),
  z.object({ kind: z.literal('flight'), block: decimal, txHash: hash, inputs: z.array(hash) }),
  z.object({ kind: z.literal('void'), block: decimal, txHash: hash }),
])

export const getLocks = method({
  name: 'omg_getLocks',
  summary:
    'What Ethereum said of exits that lock outputs, or release them (R6), in its order. Paged: pass the cursor of one page to get the next; null ends, for now.',
  params: pageParams,
  result: z.object({ facts: z.array(lockShape), cursor: z.string().nullable() }),
  handler: ({ view }, page) => pageOf(view.locks(keyOf(page.cursor)), page.limit, describeLock),
})

function pageOf<F extends Fact, Described>(
  stored: Iterable<StoredFact<F>>,
  limit: number,
  describe: (fact: F) => Described,
): { facts: Described[]; cursor: string | null } {
  const facts: Described[] = []
  for (const { key, fact } of stored) {
    facts.push(describe(fact))
    if (facts.length === limit) return { facts, cursor: key.join('-') }
  }
  return { facts, cursor: null }
}

function keyOf(cursor: string | null | undefined): [number, number] | undefined {
  if (!cursor) return undefined
  const [block, index] = cursor.split('-').map(Number)
  return [block!, index!]
}

function describeListing(fact: ListingFact): z.input<typeof listingShape> {
  const block = String(fact.block)
  switch (fact.kind) {
    case 'listed':
      return { kind: 'listed', block, terms: describeTerms(fact.terms) }
    case 'state':
      return { ...fact, block }
    case 'accepted': {
      const { checkpoint, time, lastNonDA } = fact
      const published = lastNonDA === undefined ? {} : { lastNonDA: String(lastNonDA) }
      return { kind: 'accepted', block, checkpoint: String(checkpoint), time: String(time), ...published }
    }
    default:
      return describeStake(fact)
  }
}

function describeStake(fact: StakeFact): z.input<typeof listingShape> {
  const block = String(fact.block)
  switch (fact.kind) {
    case 'staked':
    case 'unstaked':
      return { ...fact, block, amount: String(fact.amount), shares: String(fact.shares) }
    case 'slashed':
      return { ...fact, block, amount: String(fact.amount) }
    case 'jailed':
      return { ...fact, block, until: String(fact.until) }
    case 'preferred': {
      const { kind, account, preference } = fact
      return { kind, block, account, ...(preference && { preference: describeSchedule(preference) }) }
    }
  }
}

function describeLock(fact: LockFact): z.input<typeof lockShape> {
  const block = String(fact.block)
  return fact.kind === 'flight' ? { ...fact, block, inputs: [...fact.inputs] } : { ...fact, block }
}
