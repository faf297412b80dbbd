import { type ListingFact, Listings, type LockFact, lockedOutputsReference, seasoningOf } from '@omg/ledger'
import {
  depositPosition,
  fromHex,
  type Hash,
  type MarketTerms,
  marketId,
  type OutputId,
  type TxHash,
  ZERO_ADDRESS,
} from '@omg/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../../test/harness.ts'
import { openTables } from '../store/tables.ts'
import type { OriginBlock, SeenCheckpoint, SeenListing } from './seam.ts'
import { EthereumView } from './view.ts'

const SEASONING = seasoningOf({ maxSeasoning: 24, blobSeasoning: 5 })
const [OUTPUTS, PAYMENTS] = [4, 3]
const outputOf = (index: number) => `0x${`a${index}`.repeat(32)}` as Hash & OutputId
const paymentOf = (index: number) => `0x${`b${index}`.repeat(32)}` as Hash & TxHash
const output = fc.nat(OUTPUTS - 1).map(outputOf)
const payment = fc.nat(PAYMENTS - 1)

const fact = fc.oneof(
  output.map(outputId => ({ kind: 'exit' as const, outputId })),
  output.map(outputId => ({ kind: 'contest' as const, outputId })),
  payment.map(i => ({
    kind: 'flight' as const,
    txHash: paymentOf(i),
    inputs: [outputOf(i), outputOf((i + 1) % OUTPUTS)],
  })),
  payment.map(i => ({ kind: 'void' as const, txHash: paymentOf(i) })),
)

/** What happens to a node: blocks with facts in them, a reorganisation of the newest blocks, a restart. */
const historyOf = <F>(facts: fc.Arbitrary<F>) =>
  fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.array(fc.array(facts, { maxLength: 3 }), { minLength: 1, maxLength: 3 }) },
      { weight: 2, arbitrary: fc.record({ dropped: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
    ),
    { maxLength: 10 },
  )

const FIRST_SET = { id: 1n, validators: [] }
const origin = (number: bigint): OriginBlock => {
  return { number, hash: `0x${'00'.repeat(32)}` as Hash, timestamp: number }
}

it('R6: the node locks at every origin what the plain words lock, over reorganisations and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(historyOf(fact), async steps => {
      const directory = temporaryDirectory()
      const tables = openTables(directory.path, 2 ** 24)
      try {
        let view = new EthereumView(tables, SEASONING, FIRST_SET)
        let facts: LockFact[] = []
        let head = 0n
        for (const step of steps) {
          if (step === 'restart') view = new EthereumView(tables, SEASONING, FIRST_SET)
          else if ('dropped' in step) {
            const dropped = BigInt(step.dropped)
            head = head > dropped ? head - dropped : 0n
            facts = facts.filter(({ block }) => block <= head)
            await view.rollBack(origin(head), String(head))
          } else {
            const blocks = step.map((_, i) => head + BigInt(i) + 1n)
            const locks = step.flatMap((list, i) => list.map(rest => ({ ...rest, block: blocks[i]! })))
            head = blocks.at(-1)!
            facts.push(...locks)
            const none = {
              deposits: [],
              listings: [],
              checkpoints: [],
              validators: [],
              stakes: [],
              head,
              cursor: String(head),
            }
            await view.advance({ kind: 'advanced', blocks: blocks.map(origin), locks, ...none })
          }
          expectSame(view, facts, head)
        }
      } finally {
        await tables.close()
        directory.remove()
      }
    }),
    { numRuns: 40 },
  )
}, 60_000)

function expectSame(view: EthereumView, facts: readonly LockFact[], head: bigint): void {
  for (let at = 0n; at <= head; at++) {
    const [cached, plain] = [view.locked(at), lockedOutputsReference(facts, at)]
    expect(view.hasLockAfter(at)).toBe(facts.some(({ block }) => block > at))
    for (let o = 0; o < OUTPUTS; o++) {
      for (let p = 0; p < PAYMENTS; p++) {
        const [id, spender] = [fromHex(outputOf(o)), fromHex(paymentOf(p))]
        expect([at, o, p, cached.blocks(id, spender)]).toEqual([at, o, p, plain.blocks(id, spender)])
      }
    }
  }
}

const TERMS: readonly MarketTerms[] = [1n, 2n].map(tick => {
  const tokens = { base: ZERO_ADDRESS, quote: `0x${'11'.repeat(20)}` as MarketTerms['quote'] }
  return { ...tokens, tick, lot: 10n ** 16n, tier: 'safe', minimumSize: 1n }
})
const terms = fc.constantFrom(...TERMS)
const listing = fc.oneof(
  terms.map(listed => ({ kind: 'listed' as const, terms: listed })),
  fc.record({
    kind: fc.constant('state' as const),
    market: terms.map(marketId),
    state: fc.constantFrom('active', 'postOnly', 'cancelOnly', 'closed'),
  }),
  fc.constant({ kind: 'accepted' as const }),
)

it('R9: markets and seasoning are at every origin what was said by then, over reorganisations and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(historyOf(listing), async steps => {
      const directory = temporaryDirectory()
      const tables = openTables(directory.path, 2 ** 24)
      try {
        let view = new EthereumView(tables, SEASONING, FIRST_SET)
        let facts: ListingFact[] = []
        let head = 0n
        const count = (isWanted: (fact: ListingFact) => boolean) => BigInt(facts.filter(isWanted).length)
        const isAccepted = ({ kind }: ListingFact) => kind === 'accepted'
        for (const step of steps) {
          if (step === 'restart') view = new EthereumView(tables, SEASONING, FIRST_SET)
          else if ('dropped' in step) {
            const dropped = BigInt(step.dropped)
            head = head > dropped ? head - dropped : 0n
            facts = facts.filter(({ block }) => block <= head)
            await view.rollBack(origin(head), String(head))
          } else {
            const first = head + 1n
            head += BigInt(step.length)
            const listings: SeenListing[] = []
            const checkpoints: SeenCheckpoint[] = []
            for (const [i, rest] of step.flatMap((list, at) => list.map(each => [at, each] as const))) {
              const block = first + BigInt(i)
              if (rest.kind === 'accepted') {
                const number = count(isAccepted) + 1n
                const { hash } = origin(0n)
                checkpoints.push({
                  number,
                  headerHash: hash,
                  block,
                  time: block,
                  transaction: hash,
                  lastNonDA: number,
                })
                facts.push({ kind: 'accepted', block, checkpoint: number, time: block })
              } else {
                const fact = { ...rest, block }
                listings.push({ index: count(each => !isAccepted(each)), fact })
                facts.push(fact)
              }
            }
            const blocks = step.map((_, i) => origin(first + BigInt(i)))
            const none = { deposits: [], locks: [], validators: [], stakes: [], head, cursor: String(head) }
            await view.advance({ kind: 'advanced', blocks, listings, checkpoints, ...none })
          }
          expectSameListings(view, facts, head)
          const numbers = facts.filter(isAccepted).map((_, i) => i + 1)
          expect([...tables.accepted.getKeys()]).toEqual(numbers)
        }
      } finally {
        await tables.close()
        directory.remove()
      }
    }),
    { numRuns: 40 },
  )
}, 60_000)

function expectSameListings(view: EthereumView, facts: readonly ListingFact[], head: bigint): void {
  const plain = new Listings(SEASONING, facts)
  expect([...view.listings()].map(({ fact }) => fact).filter(({ kind }) => kind !== 'accepted')).toEqual(
    facts.filter(({ kind }) => kind !== 'accepted'),
  )
  for (let at = 0n; at <= head; at++) {
    expect(view.hasListingAfter(at)).toBe(plain.newest > at)
    const [found, expected] = [view.exchange(at, 100n), plain.at(at, 100n)]
    expect(found.markets.list()).toEqual(expected.markets.list())
    for (let checkpoint = 0n; checkpoint < 3n; checkpoint++) {
      const position = depositPosition(checkpoint, 1)
      expect(found.isSeasoned(position, 'safe')).toBe(expected.isSeasoned(position, 'safe'))
    }
  }
}

it('notices that an endpoint left out a change of markets, and takes nothing of that step', async () => {
  const directory = temporaryDirectory()
  const tables = openTables(directory.path, 2 ** 24)
  try {
    const view = new EthereumView(tables, SEASONING, FIRST_SET)
    const fact: ListingFact = { kind: 'listed', block: 1n, terms: TERMS[0]! }
    const none = {
      deposits: [],
      locks: [],
      checkpoints: [],
      validators: [],
      stakes: [],
      head: 1n,
      cursor: '1',
    }
    const step = { kind: 'advanced' as const, blocks: [origin(1n)], ...none }
    await expect(view.advance({ ...step, listings: [{ index: 1n, fact }] })).rejects.toMatchObject({
      code: 'ethereum.inconsistent',
    })
    expect(view.newest).toBeUndefined()
    await view.advance({ ...step, listings: [{ index: 0n, fact }] })
    expect(view.exchange(1n, 1n).markets.get(marketId(TERMS[0]!))?.state).toBe('active')
  } finally {
    await tables.close()
    directory.remove()
  }
})
