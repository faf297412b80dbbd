import { address, depositPosition, type MarketTerms, marketId, position, ZERO_ADDRESS } from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import { type ListingFact, Listings, marketFactOf, seasoningOf } from './listings.ts'

const USD = address(`0x${'ab'.repeat(20)}`)
const TERMS: MarketTerms = {
  ...{ base: ZERO_ADDRESS, quote: USD, tick: 100n, lot: 10n ** 16n, tier: 'guarded', minimumSize: 1n },
}
const ID = marketId(TERMS)
const SEASONING = seasoningOf({ maxSeasoning: 24 * 3600, blobSeasoning: 900 })

const state = (block: bigint, state: 'postOnly' | 'cancelOnly' | 'closed' | 'active'): ListingFact => {
  return { kind: 'state', block, market: ID, state }
}

describe('markets as of an origin', () => {
  const listings = new Listings(SEASONING, [
    { kind: 'listed', block: 10n, terms: TERMS },
    state(20n, 'cancelOnly'),
    state(20n, 'postOnly'),
    state(30n, 'closed'),
  ])

  it.each([
    [9n, undefined],
    [10n, 'active'],
    [19n, 'active'],
    // Two changes in one block of Ethereum: the later one holds.
    [20n, 'postOnly'],
    [29n, 'postOnly'],
    [30n, 'closed'],
    [1_000n, 'closed'],
  ] as const)('at block %s the market is %s', (origin, expected) => {
    const { markets } = listings.at(origin, 0n)
    expect(markets.get(ID)?.state).toBe(expected)
    expect(markets.list().map(({ id }) => id)).toEqual(expected ? [ID] : [])
  })

  it('ignores what is said of a market that is not listed', () => {
    const stranger = new Listings(SEASONING, [state(5n, 'closed')])
    expect(stranger.at(9n, 0n).markets.list()).toEqual([])
  })
})

describe('seasoning (R9)', () => {
  const accepted = (checkpoint: bigint, block: bigint, time: bigint): ListingFact => {
    return { kind: 'accepted', checkpoint, block, time }
  }
  const listings = new Listings(SEASONING, [accepted(7n, 100n, 1_000n), accepted(8n, 120n, 2_000n)])
  const included = position({ checkpoint: 7n, sequence: 0, shard: 3, index: 9, output: 1 })

  it('passes D after Ethereum accepted the checkpoint, not a second earlier', () => {
    expect(SEASONING).toEqual({ guarded: 7_200n, safe: 86_400n, blob: 900n })
    expect(listings.at(200n, 8_199n).isSeasoned(included, 'guarded')).toBe(false)
    expect(listings.at(200n, 8_200n).isSeasoned(included, 'guarded')).toBe(true)
    expect(listings.at(200n, 8_200n).isSeasoned(included, 'safe')).toBe(false)
    expect(listings.at(200n, 87_400n).isSeasoned(included, 'safe')).toBe(true)
  })

  it('counts only what the origin has seen', () => {
    expect(listings.at(99n, 1_000_000n).isSeasoned(included, 'guarded')).toBe(false)
    const unaccepted = position({ checkpoint: 9n, sequence: 0, shard: 0, index: 0, output: 0 })
    expect(listings.at(200n, 1_000_000n).isSeasoned(unaccepted, 'guarded')).toBe(false)
  })

  it('takes a deposit for as old as the checkpoint behind it', () => {
    const deposit = depositPosition(7n, 1)
    expect(listings.at(200n, 9_199n).isSeasoned(deposit, 'guarded')).toBe(false)
    expect(listings.at(200n, 9_200n).isSeasoned(deposit, 'guarded')).toBe(true)
  })

  it('in steady blob operation asks only that Ethereum has accepted the blobs', () => {
    const blob = (checkpoint: bigint, lastNonDA: bigint): ListingFact => {
      return { ...accepted(checkpoint, 10n * checkpoint, 1_000n * checkpoint), lastNonDA } as ListingFact
    }
    const mixed = new Listings(SEASONING, [
      accepted(1n, 10n, 1_000n),
      blob(2n, 1n),
      blob(9n, 1n),
      accepted(10n, 100n, 10_000n),
      blob(11n, 10n),
    ])
    const of = (checkpoint: bigint) => position({ checkpoint, sequence: 0, shard: 0, index: 0, output: 0 })
    // Published right away, yet what checkpoint 1 withholds could still surface.
    expect(mixed.at(20n, 8_199n).isSeasoned(of(2n), 'guarded')).toBe(false)
    expect(mixed.at(20n, 8_200n).isSeasoned(of(2n), 'guarded')).toBe(true)
    // Steady: the very origin that has seen checkpoint 9 settles it, not the one before.
    expect(mixed.at(89n, 9_000n).isSeasoned(of(9n), 'guarded')).toBe(false)
    expect(mixed.at(90n, 9_000n).isSeasoned(of(9n), 'guarded')).toBe(true)
    expect(mixed.at(90n, 9_000n).isSeasoned(of(9n), 'safe')).toBe(false)
    // The fallback starts the clock anew, for itself and what follows; what was seasoned stays so.
    expect(mixed.at(110n, 17_199n).isSeasoned(of(10n), 'guarded')).toBe(false)
    expect(mixed.at(110n, 17_199n).isSeasoned(of(11n), 'guarded')).toBe(false)
    expect(mixed.at(110n, 17_199n).isSeasoned(of(9n), 'guarded')).toBe(true)
    expect(mixed.at(110n, 17_200n).isSeasoned(of(10n), 'guarded')).toBe(true)
    expect(mixed.at(110n, 17_200n).isSeasoned(of(11n), 'guarded')).toBe(true)
  })

  it('where everything was published from the first checkpoint on, there is nothing to wait for', () => {
    const all = new Listings(SEASONING, [{ ...accepted(1n, 10n, 1_000n), lastNonDA: 0n } as ListingFact])
    const first = position({ checkpoint: 1n, sequence: 0, shard: 0, index: 0, output: 0 })
    expect(all.at(10n, 1_000n).isSeasoned(first, 'safe')).toBe(true)
    expect(all.at(9n, 1_000n).isSeasoned(first, 'safe')).toBe(false)
  })

  it('in an open checkpoint in blob mode asks nothing of what was made since the last one without published data', () => {
    const of = (checkpoint: bigint) => position({ checkpoint, sequence: 0, shard: 0, index: 0, output: 0 })
    const blob = { ...accepted(3n, 30n, 3_000n), lastNonDA: 2n } as ListingFact
    const all = new Listings(SEASONING, [accepted(2n, 20n, 2_000n), blob])
    const seasoned = all.at(30n, 9_200n)
    // Checkpoints 4 and 5 are not accepted: who does not know their mode waits, as does who knows that 5 is not published.
    expect(seasoned.isSeasoned(of(5n), 'guarded')).toBe(false)
    expect(seasoned.isSeasoned(of(5n), 'guarded', 5n)).toBe(false)
    expect(seasoned.isSeasoned(of(4n), 'guarded', 5n)).toBe(false)
    expect(seasoned.isSeasoned(of(5n), 'guarded', 2n)).toBe(true)
    expect(seasoned.isSeasoned(of(4n), 'guarded', 2n)).toBe(true)
    expect(seasoned.isSeasoned(of(5n), 'safe', 2n)).toBe(false)
    // Neither does it count before Ethereum has the one that was not published, and waited.
    expect(seasoned.isSeasoned(of(5n), 'guarded', 4n)).toBe(false)
    expect(all.at(30n, 9_199n).isSeasoned(of(5n), 'guarded', 2n)).toBe(false)
    // What Ethereum has accepted is judged by what Ethereum says.
    expect(all.at(30n, 2_000n).isSeasoned(of(3n), 'guarded', 0n)).toBe(false)
  })

  it('lets an exit be inherited for as long as blobs need, where data came as blobs (R6)', () => {
    const blob = { ...accepted(3n, 30n, 3_000n), lastNonDA: 2n } as ListingFact
    const all = new Listings(SEASONING, [blob])
    for (const tier of ['bonded', 'guarded', 'safe'] as const) {
      expect(all.at(30n, 3_899n).mayInherit(3n, tier)).toBe(true)
      expect(all.at(30n, 3_900n).mayInherit(3n, tier)).toBe(false)
    }
  })

  it('asks nothing of a bonded market', () => {
    expect(new Listings(SEASONING).at(0n, 0n).isSeasoned(included, 'bonded')).toBe(true)
  })

  it('is how long an exit is inherited, counted from when the checkpoint was accepted (R6)', () => {
    expect(listings.at(99n, 1_000_000n).mayInherit(7n, 'bonded')).toBe(true)
    expect(listings.at(200n, 8_199n).mayInherit(7n, 'guarded')).toBe(true)
    expect(listings.at(200n, 8_200n).mayInherit(7n, 'guarded')).toBe(false)
    expect(listings.at(200n, 1_000n).mayInherit(7n, 'bonded')).toBe(false)
    expect(listings.at(200n, 1_000_000n).mayInherit(70n, 'bonded')).toBe(true)
  })
})

describe('events of the registry', () => {
  it('become facts, with addresses in lower case', () => {
    const upper = `0x${'AB'.repeat(20)}` as const
    const { tick, lot, minimumSize } = TERMS
    const args = { base: ZERO_ADDRESS, quote: upper, tick, lot, tier: 1, minimumSize }
    expect(marketFactOf('MarketListed', args, 4n)).toEqual({ kind: 'listed', block: 4n, terms: TERMS })
    const closed = marketFactOf(
      'MarketStateChanged',
      { market: ID.toUpperCase().replace('X', 'x'), state: 4 },
      5n,
    )
    expect(closed).toEqual(state(5n, 'closed'))
    expect(marketFactOf('Bonded', {}, 6n)).toBeUndefined()
  })
})
