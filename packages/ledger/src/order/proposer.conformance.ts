import {
  encodeSignedTransaction,
  type Move,
  orderGuard,
  type Settle,
  type SignedTransaction,
  toHex,
} from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { blockAppHash } from '../block.ts'
import { account, alice, bob, carol, PARAMETERS } from '../chain.fixture.ts'
import { createMapper } from '../map.ts'
import { describeRecord, recordSigned } from '../record.ts'
import type { Block, BlockInputs, LedgerParameters, StateTransition } from '../types.ts'
import { orderDriver, place, stateOf } from './driver.conformance.ts'
import { instruction, order } from './market.fixture.ts'

const map = createMapper(PARAMETERS.domain)

/** What every implementation of {@link StateTransition} must refuse, whoever proposes it (A22, A37). */
export function proposerConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  const { start, includeAll, assemble, execute } = orderDriver(create)

  /** A market with three buys of one block at one price and another below it, and a sell that fills two of them. */
  function crossed() {
    const { ledger, coins } = start([alice, bob, carol, account(4)])
    const level = [alice, bob].map(owner => order(owner, 'buy', 100, { lots: 10 }))
    const worse = order(account(4), 'buy', 99, { lots: 10 })
    const resting = order(carol, 'sell', 130, { lots: 10, expiryKind: 'height', expiry: 3n })
    const sell = order(carol, 'sell', 100, { lots: 10 })
    includeAll(ledger, [
      place(alice, coins[0]![0]!, [level[0]!]),
      place(bob, coins[1]![0]!, [level[1]!]),
      place(account(4), coins[3]![0]!, [worse]),
      place(carol, coins[2]![0]!, [resting, sell]),
    ])
    return { ledger, coins, level, worse, resting, sell }
  }

  /** A block with other transactions in place of its own, and an app hash that goes with whatever they are. */
  function forged(
    ledger: StateTransition,
    block: Block,
    change: (signed: SignedTransaction, i: number) => SignedTransaction | undefined,
  ): string {
    const batch = map(block.body, block.bounds)
    const parts: Uint8Array[] = []
    for (let i = 0; i < batch.count; i++) {
      const { transaction, witness } = describeRecord(
        batch.records.subarray(batch.offsets[i], batch.offsets[i + 1]) as never,
      )
      const changed = change({ transaction, witness }, i)
      const end = i + 1 < batch.count ? block.bounds[2 * i + 2]! - 3 : block.body.length
      const positions = block.body.subarray(block.bounds[2 * i + 1], end)
      if (changed) parts.push(framed(encodeSignedTransaction(changed), positions))
    }
    const body = Buffer.concat(parts)
    const header = { ...block, body, bounds: boundsOf(parts) }
    const nodes = { count: 0, nodes: new Uint8Array(0), paths: new Uint32Array(0) }
    const result = execute(ledger, { ...header, appHash: blockAppHash(header, nodes, 0n) })
    return result.ok ? 'accepted' : result.error.code
  }

  const settleOf = ({ transaction }: SignedTransaction) =>
    transaction.kind === 'settle' ? transaction : undefined

  describe(`${name}: a proposer has no choice`, () => {
    function refusals(change: (settle: Settle, ids: Record<string, string>) => Settle): string {
      const { ledger, level, worse, sell } = crossed()
      const before = stateOf(ledger)
      const { block } = assemble(ledger, []).execution
      const idOf = (terms: (typeof sell)['terms']) => ledger.orders.holding(orderGuard(terms))!.live!.output
      const ids = { first: idOf(level[0]!.terms), second: idOf(level[1]!.terms), worse: idOf(worse.terms) }
      const code = forged(ledger, block, signed => {
        const settle = settleOf(signed)
        return settle ? { ...signed, transaction: change(settle, ids) } : signed
      })
      expect(stateOf(ledger)).toEqual(before)
      return code
    }

    test('a wrong price', () => {
      expect(refusals(settle => ({ ...settle, price: settle.price - 1n }))).toBe('block.batch')
      expect(refusals(settle => ({ ...settle, batchHeight: settle.batchHeight + 1n }))).toBe('block.batch')
    })

    test('a better order that is skipped', () => {
      const code = refusals((settle, { first, worse }) => ({
        ...settle,
        fills: settle.fills.map(fill => (fill.input === first ? { ...fill, input: worse as never } : fill)),
      }))
      expect(code).toBe('block.batch')
    })

    test('a wrong ration', () => {
      const code = refusals((settle, { first, second }) => ({
        ...settle,
        fills: settle.fills.map(fill => {
          if (fill.input === first) return { ...fill, lots: fill.lots + 1n }
          return fill.input === second ? { ...fill, lots: fill.lots - 1n } : fill
        }),
      }))
      expect(code).toBe('block.batch')
    })

    test('a batch that is left out, or made twice', () => {
      const { ledger } = crossed()
      const { block } = assemble(ledger, []).execution
      expect(forged(ledger, block, signed => (settleOf(signed) ? undefined : signed))).toBe('block.batch')
      expect(forged(ledger, block, signed => (settleOf(signed) ? signed : undefined))).not.toBe('accepted')
    })

    test('an order that is given back without a reason, or to somebody else', () => {
      const { ledger, resting } = crossed()
      // At height 4 the resting order has expired.
      includeAll(ledger, [])
      const { block } = assemble(ledger, []).execution
      const changed = (change: (move: Move) => Move) =>
        forged(ledger, block, signed => {
          const { transaction } = signed
          return transaction.kind === 'move' ? { ...signed, transaction: change(transaction) } : signed
        })
      const guard = orderGuard(resting.terms)
      expect(changed(move => move)).not.toBe('block.batch')
      expect(changed(move => ({ ...move, nonce: 9n }))).toBe('block.batch')
      const half = (move: Move) =>
        move.steps.map(step => (step.guard === guard ? { ...step, amount: 10n as never } : step))
      expect(changed(move => ({ ...move, steps: half(move) }))).toBe('block.batch')
    })

    test('a stale cancel: an unsigned one of an order that stands, and a signed one that is late', () => {
      const { ledger, level, worse } = crossed()
      const cancel = instruction(alice, [{ from: level[0]!.terms }])
      const stale = assemble(ledger, [cancel]).execution.block
      includeAll(ledger, [])
      const next = assemble(ledger, []).execution.block
      const late = { ...stale, height: next.height, time: next.time, previousAppHash: next.previousAppHash }
      expect(['input.missing', 'block.batch']).toContain(
        forged(ledger, late as Block, signed => (settleOf(signed) ? undefined : signed)),
      )
      const { live } = ledger.orders.holding(orderGuard(worse.terms))!
      const theft: SignedTransaction = {
        transaction: {
          kind: 'move',
          steps: [
            {
              guard: orderGuard(worse.terms),
              amount: 0n as never,
              to: `0x${'00'.repeat(32)}` as never,
              inputs: [live!.output],
            },
          ],
          validUntil: 0n,
          nonce: next.height,
        },
        witness: { signatures: [], orderTerms: [], swapTerms: [] },
      }
      const body = framed(encodeSignedTransaction(theft), new Uint8Array(12))
      const block = { ...next, body, bounds: boundsOf([body]) }
      const result = execute(ledger, block)
      expect(result.ok ? 'accepted' : result.error.code).toBe('block.batch')
    })

    test('an instruction without its inputs has no place in a block', () => {
      const { ledger, level } = crossed()
      const { signed } = instruction(alice, [{ from: level[0]!.terms }])
      const { block } = assemble(ledger, []).execution
      const body = framed(signed, new Uint8Array(0))
      const result = execute(ledger, { ...block, body, bounds: boundsOf([body]) })
      expect(result.ok ? 'accepted' : result.error.code).toBe('block.body')
    })

    test('a block in another order than the canonical one', () => {
      const { ledger, level } = crossed()
      const cancels = [
        instruction(alice, [{ from: level[0]!.terms }]),
        instruction(bob, [{ from: level[1]!.terms }]),
      ]
      const inputs: Partial<BlockInputs> = {}
      const { block } = assemble(ledger, cancels, inputs).execution
      const batch = map(block.body, block.bounds)
      const parts = Array.from({ length: batch.count }, (_, i) => {
        const end = i + 1 < batch.count ? block.bounds[2 * i + 2]! - 3 : block.body.length
        return block.body.subarray(block.bounds[2 * i]! - 3, end)
      }).reverse()
      const result = execute(ledger, { ...block, body: Buffer.concat(parts), bounds: boundsOf(parts) })
      expect(result.ok ? 'accepted' : result.error.code).toBe('block.order')
      expect(toHex(recordSigned(assemble(ledger, cancels).execution.records[0]!)).length).toBeGreaterThan(2)
    })
  })
}

/** `length u24 ‖ signed ‖ positions`. */
function framed(signed: Uint8Array, positions: Uint8Array): Uint8Array {
  const head = Uint8Array.of(signed.length >>> 16, signed.length >>> 8, signed.length)
  return Buffer.concat([head, signed, positions])
}

/** Where the signed transactions of framed parts stand. */
function boundsOf(parts: readonly Uint8Array[]): Uint32Array {
  const bounds: number[] = []
  let at = 0
  for (const part of parts) {
    const size = (part[0]! << 16) | (part[1]! << 8) | part[2]!
    bounds.push(at + 3, at + 3 + size)
    at += part.length
  }
  return Uint32Array.from(bounds)
}
