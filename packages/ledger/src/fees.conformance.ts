import { type OutputId, orderGuard } from '@omg/protocol'
import { CONGESTION_ONE, type FeeSchedule, type StakeFact } from '@omg/stake'
import { describe, expect, test } from 'vitest'
import { alice, bob, coin, ETH, GWEI, PARAMETERS, payment, USD } from './chain.fixture.ts'
import { kindsOf, orderDriver, place } from './order/driver.conformance.ts'
import { type ListingFact, Listings, seasoningOf } from './order/listings.ts'
import { instruction, MARKET, order, trading } from './order/market.fixture.ts'
import type { BlockInputs, LedgerParameters, StateTransition } from './types.ts'

const EPOCH = 100n
const MAX_MULTIPLE = 2
/** Blocks of the tests start at the origin's time 1000: epoch 10. */
const VOTED: LedgerParameters = {
  ...PARAMETERS,
  exchange: { makerBps: 10, takerBps: 20, moveBudget: { steps: 4, unitsPerStep: 1_000_000n, cancels: 20 } },
  feePolicy: { epoch: EPOCH, targetBytes: 1_000, maxMultiple: MAX_MULTIPLE },
}
/** What holds before anybody votes. */
const GENESIS: FeeSchedule = {
  payment: [10n, 5n, 0n, 0n],
  item: [20n, 5n, 0n, 0n],
  accepted: [true, true, false, false],
  makerBps: [10, 10, 10],
  takerBps: [20, 20, 20],
  steps: 4,
  unitsPerStep: 1_000_000n,
  cancels: 20,
}
const FULL = 1_000n

/** Everything that fees by stakers ask of an implementation of {@link StateTransition}. */
export function feesConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  const { start, assemble, include, includeAll, execute, expectRefused, expectAdmitted } = orderDriver(create)

  /** Ethereum at an origin with this time, where one validator has everything and prefers `changes`. */
  function voting(originTime: bigint, changes: Partial<FeeSchedule>): Partial<BlockInputs> {
    const preference = { ...GENESIS, ...changes }
    const [validator, amount] = [bob.address, FULL]
    const facts: (ListingFact & StakeFact)[] = [
      { kind: 'staked', block: 1n, validator, holder: validator, amount, shares: amount },
      { kind: 'preferred', block: 1n, account: validator, preference },
    ]
    const listed: ListingFact = { kind: 'listed', block: 1n, terms: MARKET.terms }
    const seasoning = seasoningOf({ maxSeasoning: 600, blobSeasoning: 60 })
    const origin = originTime / 10n
    return {
      origin,
      originTime,
      exchange: new Listings(seasoning, [listed, ...facts]).at(origin, originTime),
    }
  }

  /** Closes the checkpoint, so that the next block may have another origin. */
  function closed(changes: Partial<BlockInputs> = {}) {
    const { ledger, coins } = start([alice, bob], VOTED)
    includeAll(ledger, [], { ...changes, closes: true })
    return { ledger, coins }
  }

  /** Alice pays herself with her ETH, and leaves this fee in lane units. */
  function paying(id: OutputId, fee: bigint) {
    return payment([alice], [id], [coin(alice, 10n ** 18n - fee * GWEI)])
  }

  describe(`${name}: fees by stakers`, () => {
    test('the first block of an epoch takes one bounded step towards the votes, and others none', () => {
      const { ledger, coins } = closed()
      expect(ledger.tip.fees).toEqual({ epoch: 10n, schedule: GENESIS, multiple: CONGESTION_ONE })
      const wanted = { payment: [100n, 1n, 1n, 1n], takerBps: [40, 20, 0], cancels: 16 }
      const vote = (time: bigint) => voting(time, wanted)
      includeAll(ledger, [], { ...vote(1099n), closes: true })
      expect(ledger.tip.fees.schedule).toEqual(GENESIS)
      includeAll(ledger, [], { ...vote(1100n), closes: true })
      const stepped = { payment: [12n, 4n, 1n, 1n], takerBps: [25, 20, 16], cancels: 16 }
      expect(ledger.tip.fees).toMatchObject({ epoch: 11n, schedule: { ...GENESIS, ...stepped } })
      includeAll(ledger, [], { ...vote(1199n), closes: true })
      expect(ledger.tip.fees.schedule.payment[0]).toBe(12n)
      // Epochs in which the chain stood still take no step.
      const { execution } = includeAll(ledger, [], { ...vote(5000n), closes: true })
      expect(ledger.tip.fees).toMatchObject({ epoch: 50n, schedule: { payment: [15n, 3n, 1n, 1n] } })
      expect(execution.inForce.feeTokens.map(({ fees }) => fees.payment)).toEqual([15n, 3n])
      expect(ledger.inForce).toEqual(execution.inForce)
      expectRefused(ledger, paying(coins[0]![0]![2], 14n), 'fee.too_low', vote(5000n))
      expectAdmitted(ledger, paying(coins[0]![0]![2], 15n), vote(5000n))
    })

    test('what was signed under the old schedule and pays too little now is refused with what is due', () => {
      const { ledger, coins } = closed()
      const signed = paying(coins[0]![0]![2], 10n)
      expectAdmitted(ledger, signed)
      const { execution, dropped } = assemble(
        ledger,
        [signed],
        voting(1100n, { payment: [100n, 5n, 1n, 1n] }),
      )
      expect(execution.leaves.count).toBe(0)
      expect(dropped).toMatchObject([{ retry: false, error: { code: 'fee.too_low' } }])
      if (name === 'Ledger') {
        expect(dropped[0]!.error.message).toContain(
          `due for 1 signature: 12 units of ${ETH}, or 5 units of ${USD}`,
        )
      }
    })

    test('a block made with other fees than those of its epoch has another app hash', () => {
      const { ledger } = closed()
      const high = voting(1100n, { payment: [100n, 5n, 1n, 1n] })
      const { block } = assemble(ledger, [], high).execution
      const blind = { ...high, exchange: voting(1100n, {}).exchange! }
      expect(execute(ledger, block, blind)).toMatchObject({ error: { code: 'block.app_hash' } })
      expect(execute(ledger, block, high)).toMatchObject({ ok: true })
    })

    test('a token that most of the stake does not accept pays for nothing, and trades on', () => {
      const { ledger, coins } = closed()
      const changes = { accepted: [true, false, false, false] }
      includeAll(ledger, [], { ...voting(1100n, changes), closes: true })
      const inUsd = payment([alice], [coins[0]![0]![0]], [coin(alice, 99_990n, USD)])
      expectRefused(ledger, inUsd, 'fee.not_accepted', voting(1100n, changes))
      includeAll(ledger, [paying(coins[0]![0]![2], 10n)], { ...voting(1100n, changes), closes: true })
      // Nothing to pay in is no choice.
      includeAll(ledger, [], { ...voting(1200n, { accepted: [false, false, true, false] }), closes: true })
      expect(ledger.inForce.feeTokens.map(({ accepted }) => accepted)).toEqual([true, true])
    })

    test('trading fees are those of the market class in the block of the batch', () => {
      const { ledger, coins } = closed()
      const vote = { takerBps: [0, 100, 100] }
      includeAll(ledger, [], { ...voting(1100n, vote), closes: true })
      const at = voting(1100n, vote)
      const buy = order(alice, 'buy', 100, { lots: 50 })
      const sell = order(bob, 'sell', 100, { lots: 50 })
      includeAll(ledger, [place(alice, coins[0]![0]!, [buy]), place(bob, coins[1]![0]!, [sell])], at)
      const { execution } = includeAll(ledger, [], at)
      expect(kindsOf(execution)).toContain('settle')
      expect(execution.inForce.exchange.tiers).toEqual({
        bonded: { makerBps: 10, takerBps: 16 },
        guarded: { makerBps: 10, takerBps: 25 },
        safe: { makerBps: 10, takerBps: 25 },
      })
      // 50 lots at 100 are 5000 USD: 16 bps of it are 8, of each side, both takers.
      expect(execution.lanes).toBe(16n << 128n)
    })

    test('budgets of instructions are voted, and congestion asks more value for further steps', () => {
      const { ledger, coins } = closed()
      const vote = { steps: 1, cancels: 16 }
      includeAll(ledger, [], { ...voting(1100n, vote), closes: true })
      expect(ledger.inForce.exchange.moveBudget).toEqual({ steps: 3, unitsPerStep: 1_000_000n, cancels: 16 })
      const at = voting(1100n, vote)
      const held = {
        terms: trading(alice),
        output: { ...order(alice, 'buy', 100, { lots: 50 }).output, guard: orderGuard(trading(alice)) },
      }
      includeAll(ledger, [place(alice, coins[0]![0]!, [held])], at)
      const steps = Array.from({ length: 4 }, () => {
        const { terms, output } = order(alice, 'buy', 10, { lots: 2 })
        return instruction(alice, [{ from: trading(alice), amount: output.amount, to: terms }])
      })
      expect(include(ledger, steps, at).codes).toEqual(['move.budget'])
    })
  })

  describe(`${name}: congestion`, () => {
    /** Pays from one coin to the next until blocks are over their target: about 1800 bytes each. */
    function crowd(ledger: StateTransition, ids: readonly OutputId[], fee: bigint) {
      return includeAll(
        ledger,
        ids.map(id => paying(id, fee)),
      )
    }

    test('full blocks raise the fee by an eighth each, up to the maximum; empty ones lower it, down to the vote', () => {
      const { ledger, coins } = start([alice, bob], VOTED, 16)
      const ids = coins[0]!.map(([, , eth]) => eth)
      expect(crowd(ledger, ids.slice(0, 12), 10n).execution.block.body.length).toBeGreaterThan(2_000)
      expect(ledger.tip.fees.multiple).toBe(1_125_000n)
      expect(ledger.inForce.feeTokens.map(({ fees }) => fees.payment)).toEqual([12n, 6n])
      expect(ledger.inForce.exchange.moveBudget.unitsPerStep).toBe(1_125_000n)
      expectRefused(ledger, paying(ids[12]!, 9n), 'fee.too_low')
      expectRefused(ledger, paying(ids[12]!, 11n), 'fee.congested')
      // It pays what is voted, so it waits.
      expect(assemble(ledger, [paying(ids[12]!, 11n)]).dropped).toMatchObject([{ retry: true }])
      includeAll(ledger, [paying(ids[12]!, 12n)])
      expect(ledger.tip.fees.multiple).toBeLessThan(1_125_000n)
      include(ledger, [])
      expect(ledger.tip.fees).toEqual({ epoch: 10n, schedule: GENESIS, multiple: CONGESTION_ONE })
    })

    test('never above its maximum', () => {
      const { ledger, coins } = start([alice, bob], VOTED, 84)
      const ids = coins[0]!.map(([, , eth]) => eth)
      for (let block = 0; block < 7; block++) {
        crowd(ledger, ids.slice(12 * block, 12 * block + 12), 10n * BigInt(MAX_MULTIPLE))
      }
      expect(ledger.tip.fees.multiple).toBe(BigInt(MAX_MULTIPLE) * CONGESTION_ONE)
      expect(ledger.inForce.feeTokens[0]!.fees).toEqual({ payment: 20n, item: 40n })
    })

    test('a chain without a policy has the fees of its parameters for ever', () => {
      const { ledger, coins } = start([alice, bob], PARAMETERS, 16)
      const before = ledger.tip.fees
      includeAll(ledger, [], { closes: true })
      includeAll(ledger, [], voting(1100n, { payment: [100n, 5n, 1n, 1n] }))
      crowd(
        ledger,
        coins[0]!.map(([, , eth]) => eth),
        10n,
      )
      expect(ledger.tip.fees).toEqual(before)
    })
  })
}
