import { describe, expect, test } from 'vitest'
import { alice, bob, carol } from '../chain.fixture.ts'
import type { LedgerParameters, StateTransition } from '../types.ts'
import { kindsOf, orderDriver, place } from './driver.conformance.ts'
import { type ListingFact, Listings, seasoningOf } from './listings.ts'
import { order, SAFE_MARKET } from './market.fixture.ts'

const DAY = 86_400
const SEASONING = seasoningOf({ maxSeasoning: DAY, blobSeasoning: 900 })
const LISTED: ListingFact = { kind: 'listed', block: 1n, terms: SAFE_MARKET.terms }

/** What every implementation of {@link StateTransition} must do about the data mode of a checkpoint. */
export function dataModeConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  const { start, include, includeAll, assemble, execute } = orderDriver(create)

  /** Ethereum as of an origin, where checkpoints without published data were accepted at these times. */
  function at(originTime: bigint, ...plasma: readonly (readonly [checkpoint: bigint, time: bigint])[]) {
    const facts = plasma.map(([checkpoint, time]): ListingFact => {
      return { kind: 'accepted', block: 1n, checkpoint, time }
    })
    const exchange = new Listings(SEASONING, [LISTED, ...facts]).at(10n, originTime)
    return { exchange }
  }

  describe(`${name}: data modes`, () => {
    const seasoned = at(200_000n, [1n, 100_000n])

    /** Checkpoint 1 has been closed in plasma mode; the next block makes a crossed book. */
    function crossed() {
      const { ledger, coins } = start([alice, bob])
      includeAll(ledger, [], { closes: true })
      const buy = order(alice, 'buy', 100, { lots: 10 }, SAFE_MARKET)
      const sell = order(bob, 'sell', 90, { lots: 10 }, SAFE_MARKET)
      const placed = [place(alice, coins[0]![0]!, [buy]), place(bob, coins[1]![0]!, [sell])]
      return { ledger, placed }
    }

    test('R9: in steady blob operation orders of the open checkpoint trade at once, in any market', () => {
      const { ledger, placed } = crossed()
      includeAll(ledger, placed, { ...seasoned, daMode: 'blob' })
      expect(ledger.tip).toMatchObject({ daMode: 'blob', lastNonDA: 1n, checkpoint: 2n })
      const { execution } = includeAll(ledger, [], { ...seasoned, closes: true })
      expect(kindsOf(execution)).toContain('settle')
      expect(ledger.tip).toMatchObject({ daMode: 'blob', lastNonDA: 1n, checkpoint: 3n })
    })

    test('R9: orders of closed checkpoints trade before Ethereum has accepted them, if all since came as blobs', () => {
      const { ledger, placed } = crossed()
      const { closed } = includeAll(ledger, placed, { ...seasoned, daMode: 'blob', closes: true })
      expect(closed).toMatchObject({ daMode: 'blob', checkpoint: 2n })
      expect(kindsOf(assemble(ledger, [], { ...seasoned, daMode: 'plasma' }).execution)).toEqual(['fee'])
      expect(kindsOf(includeAll(ledger, [], { ...seasoned, daMode: 'blob' }).execution)).toContain('settle')
    })

    test('R9: while the last checkpoint without published data is not seasoned, nothing trades', () => {
      for (const view of [at(200_000n), at(186_399n, [1n, 100_000n])]) {
        const { ledger, placed } = crossed()
        includeAll(ledger, placed, { ...view, daMode: 'blob' })
        expect(kindsOf(includeAll(ledger, [], view).execution)).toEqual([])
      }
    })

    test('R9: one checkpoint without published data starts the clock anew, and blobs do not stop it', () => {
      const { ledger, placed } = crossed()
      includeAll(ledger, placed, { ...seasoned, daMode: 'plasma', closes: true })
      includeAll(ledger, [], { ...seasoned, daMode: 'blob', closes: true })
      expect(ledger.tip).toMatchObject({ lastNonDA: 2n, checkpoint: 4n })
      const both = [[1n, 100_000n] as const, [2n, 200_000n] as const]
      const early = assemble(ledger, [], { ...at(200_000n + BigInt(DAY) - 1n, ...both), daMode: 'blob' })
      expect(kindsOf(early.execution)).toEqual([])
      const late = assemble(ledger, [], { ...at(200_000n + BigInt(DAY), ...both), daMode: 'blob' })
      expect(kindsOf(late.execution)).toContain('settle')
    })

    test('a chain that has published everything from its first block on has nothing to wait for', () => {
      const ledger = create(start([carol]).ledger.parameters)
      includeAll(ledger, [], { ...at(1n), daMode: 'blob', closes: true })
      expect(ledger.tip).toMatchObject({ daMode: 'blob', lastNonDA: 0n })
      includeAll(ledger, [], { ...at(1n), daMode: 'plasma', closes: true })
      expect(ledger.tip).toMatchObject({ daMode: 'plasma', lastNonDA: 2n })
    })

    test('the mode is chosen with the first block of a checkpoint, and kept', () => {
      const { ledger } = crossed()
      const { execution } = assemble(ledger, [], { daMode: 'blob' })
      expect(execute(ledger, { ...execution.block, daMode: 'plasma' })).toMatchObject({
        error: { code: 'block.app_hash' },
      })
      include(ledger, [], { daMode: 'blob' })
      const other = assemble(ledger, []).execution.block
      expect(execute(ledger, { ...other, daMode: 'plasma' })).toMatchObject({
        error: { code: 'block.header' },
      })
      expect(() => assemble(ledger, [], { daMode: 'plasma' })).toThrow('data mode')
    })
  })
}
