import { market } from '@omg/exchange'
import { inputsOf, type OutputId, orderGuard, type Position, parsePosition } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { account, alice, PLAIN, USD } from '../chain.fixture.ts'
import { describeRecord } from '../record.ts'
import type { Execution, LedgerParameters, StateTransition } from '../types.ts'
import { kindsOf, orderDriver, place, supply } from './driver.conformance.ts'
import { Listings, seasoningOf } from './listings.ts'
import { MARKET_TERMS, order } from './market.fixture.ts'

const SEASONING = seasoningOf({ maxSeasoning: 86_400, blobSeasoning: 900 })
const START = 1_000n

/** What every implementation of {@link StateTransition} must do about seasoning (R9) in markets where `D` is not zero. */
export function seasoningConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  const { start, includeAll } = orderDriver(create)

  describe.each(['guarded', 'safe'] as const)(`${name}: a %s market`, tier => {
    const terms = { ...MARKET_TERMS, tier, minimumSize: 1n }
    const listed = { ...market(terms), state: 'active' as const }
    const D = SEASONING[tier]

    /** Ethereum as of the origin that a checkpoint opens with, where checkpoint `k` was accepted at `times[k - 1]`. */
    function at(ledger: StateTransition, originTime: bigint, times: readonly bigint[]) {
      const accepted = times.map((time, i) => {
        return { kind: 'accepted', block: 1n, checkpoint: BigInt(i + 1), time } as const
      })
      const facts = [{ kind: 'listed', block: 1n, terms } as const, ...accepted]
      const exchange = new Listings(SEASONING, facts).at(100n, originTime)
      return { exchange, originTime, origin: 10n + ledger.tip.checkpoint }
    }

    /** A buy of 60 lots, and sells of 7, 7, 7 and 37 times 1. */
    function crowd() {
      const owners = Array.from({ length: 41 }, (_, i) => account(i + 1))
      const { ledger, coins } = start(owners, undefined, 1)
      includeAll(ledger, [], { closes: true })
      const buy = order(alice, 'buy', 100, { lots: 60 }, listed)
      const sells = owners.slice(1).map((owner, i) => {
        return order(owner, 'sell', 90, { lots: i < 3 ? 7 : 1 }, listed)
      })
      const placed = [buy, ...sells].map((made, i) => place(owners[i]!, coins[i]![0]!, [made]))
      return { ledger, buy, placed }
    }

    function positions(ledger: StateTransition): Map<OutputId, Position> {
      const found = new Map<OutputId, Position>()
      for (const [, { outputs }] of ledger.orders.holdings())
        for (const [id, { position }] of outputs) found.set(id, position)
      return found
    }

    /** What a block's SETTLEs spend was there before it, and is seasoned. */
    function expectSeasoned(
      { records, block }: Execution,
      before: Map<OutputId, Position>,
      times: readonly bigint[],
    ) {
      for (const record of records) {
        const { transaction } = describeRecord(record)
        if (transaction.kind !== 'settle') continue
        for (const input of inputsOf(transaction)) {
          const { checkpoint } = parsePosition(before.get(input)!)
          expect(times[Number(checkpoint) - 1]! + D).toBeLessThanOrEqual(block.originTime)
        }
      }
    }

    test('trades over several checkpoints in plasma mode, and no SETTLE spends what is not seasoned', () => {
      const { ledger, buy, placed } = crowd()
      const times = [START]
      includeAll(ledger, placed, at(ledger, START, times))
      expect(
        kindsOf(includeAll(ledger, [], { ...at(ledger, START, times), closes: true }).execution),
      ).toEqual([])
      times.push(START)
      const money = [USD, PLAIN].map(token => supply(ledger, token))
      const place0 = ledger.orders.holding(orderGuard(buy.terms))!.live!.order.position

      const volumes: number[] = []
      for (let now = START + D; times.length < 6; now += D) {
        const view = at(ledger, now, times)
        for (const closes of [false, false, true]) {
          const before = positions(ledger)
          const { execution } = includeAll(ledger, [], { ...view, closes })
          expectSeasoned(execution, before, times)
          for (const { volume } of execution.batches) if (volume > 0) volumes.push(volume)
          expect(execution.orders.batches.map(({ volume }) => volume)).toEqual(
            execution.batches.map(({ volume }) => volume),
          )
        }
        times.push(now)
      }
      // 7 + 7 + 7 + 12 sells of 1, then 15 and 10 more: each is a SETTLE of its own, a checkpoint apart.
      expect(volumes).toEqual([33, 15, 10])
      const { live } = ledger.orders.holding(orderGuard(buy.terms))!
      expect(live!.order).toMatchObject({ lots: 2, position: place0 })
      expect([USD, PLAIN].map(token => supply(ledger, token))).toEqual(money)
    })

    test('trades everything at once where the open checkpoint is published, and all before it is seasoned', () => {
      const { ledger, placed } = crowd()
      const view = { ...at(ledger, START + D, [START]), daMode: 'blob' as const }
      includeAll(ledger, placed, view)
      const { execution } = includeAll(ledger, [], view)
      expect(execution.batches).toMatchObject([{ volume: 58, unsettled: [] }])
      expect(kindsOf(execution)).toEqual(['settle', 'settle', 'settle'])
    })
  })
}
