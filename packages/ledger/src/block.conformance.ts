import { type Hash, hash, toHex, unpackLanes, verifyProof } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { alice, bob, carol, coin, deposits, fund, PARAMETERS, payment, recordOf } from './chain.fixture.ts'
import { driver, FEE } from './driver.conformance.ts'
import { readEntry } from './entry.ts'
import { NO_LOCKED_OUTPUTS } from './locks.ts'
import { buildCheckpointTree } from './tree.ts'
import type { Block, LedgerParameters, StateTransition } from './types.ts'

/** What every implementation of {@link StateTransition} must do with blocks and checkpoints. */
export function blockConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  const { start, assemble, include, execute, codeOf } = driver(create)

  describe(`${name}: blocks and checkpoints`, () => {
    test('limits leave the rest for later', () => {
      const { ledger, eth, bobs } = start()
      const one = payment([alice], [eth], [coin(carol, 10n ** 18n - FEE)])
      const two = payment([bob], [bobs], [coin(carol, 2n * 10n ** 18n - FEE)])
      const child = payment([carol], two.ids, [coin(carol, 2n * 10n ** 18n - 2n * FEE)])
      const { dropped, execution } = assemble(ledger, [one, child, two], {
        limits: { transactions: 1, bytes: 10_000 },
      })
      expect(execution.leaves.count).toBe(1)
      expect(dropped.map(({ index, retry }) => [index, retry])).toEqual([
        [1, true],
        [2, true],
      ])
      const size = execution.block.body.length
      expect(
        assemble(ledger, [one, two], { limits: { transactions: 9, bytes: size } }).execution.leaves.count,
      ).toBe(1)
      expect(
        assemble(ledger, [one], { limits: { transactions: 9, bytes: size - 1 } }).execution.leaves.count,
      ).toBe(0)
    })

    test('the fees of a checkpoint are paid out first in the next one', () => {
      const { ledger, eth } = start()
      const paid = payment([alice], [eth], [coin(bob, 10n ** 18n - FEE)])
      const { closed } = include(ledger, [paid], { closes: true })
      expect(closed).toMatchObject({
        checkpoint: 1n,
        txCount: 1,
        firstHeight: 1n,
        lastHeight: 2n,
        origin: 10n,
        inboxCursor: 6n,
      })
      expect(unpackLanes(closed!.feeLanes)).toEqual([10n, 0n, 0n, 0n])
      const second = payment([bob], paid.ids, [coin(carol, 10n ** 18n - 2n * FEE)])
      const { execution } = include(ledger, [second])
      expect(execution.records.length).toBe(2)
      const [fee1, fee2] = [0, 120].map(at => readEntry(execution.created, at))
      expect(fee1!.output).toEqual(coin(PARAMETERS.feeRecipients[0]!.owner, 6_666_666_666n))
      expect(fee2!.output).toEqual(coin(PARAMETERS.feeRecipients[1]!.owner, 3_333_333_334n))
      expect(fee1!.position).toBe(2n << 64n)
      // Once only: the next block of the checkpoint has no distribution.
      expect(include(ledger, []).execution.records.length).toBe(0)
      const { closed: next } = include(ledger, [], { closes: true })
      expect(next).toMatchObject({ checkpoint: 2n, txCount: 2, firstHeight: 3n, lastHeight: 5n })
    })

    test('an empty checkpoint closes over the empty tree, and pays nobody', () => {
      const { ledger } = start()
      const { closed } = include(ledger, [], { closes: true })
      expect(closed).toMatchObject({ txCount: 0, feeLanes: 0n })
      expect(include(ledger, []).execution.records.length).toBe(0)
    })

    test('every leaf of a checkpoint can be proven against its root', () => {
      const { ledger, eth, bobs } = start()
      const one = payment([alice], [eth], [coin(carol, 10n ** 18n - FEE)])
      const two = payment([bob], [bobs], [coin(carol, 2n * 10n ** 18n - 2n * FEE)])
      const { execution, closed } = include(ledger, [one, two], { closes: true })
      const tree = buildCheckpointTree(execution.leaves)
      expect(tree.root).toBe(closed!.txRoot)
      for (let i = 0; i < 2; i++) {
        const node = execution.leaves.nodes.subarray(64 * i, 64 * (i + 1))
        const leaf = { hash: toHex(node.subarray(0, 32)) as Hash, lanes: BigInt(toHex(node.subarray(32))) }
        const path = execution.leaves.paths[i]!
        expect(
          verifyProof({ root: { hash: tree.root, lanes: tree.lanes }, path, leaf, proof: tree.proof(path) }),
        ).toBe(true)
      }
    })

    test('deposits come once, in order, from before the checkpoint', () => {
      const { ledger } = start()
      const from = (index: number) => deposits([coin(carol, 5n), coin(carol, 6n)], index)
      const wrong = [
        from(5),
        from(7),
        from(6).reverse(),
        [{ ...from(6)[0]!, position: ((1n << 64n) | (1n << 32n)) as never }],
      ]
      for (const made of wrong) expect(() => assemble(ledger, [], { deposits: made })).toThrow()
      include(ledger, [], { deposits: from(6) })
      expect(ledger.tip.inboxCursor).toBe(8n)
      expect(ledger.unspent.size).toBe(8)
    })

    test('a deposit can be spent in its own block, at level 0', () => {
      const { ledger } = start()
      const made = deposits([coin(carol, 10n ** 18n)], 6)
      const fresh = create(PARAMETERS)
      const [id] = fund(fresh, [
        ...Array.from({ length: 6 }, () => coin(alice, 1n)),
        coin(carol, 10n ** 18n),
      ]).slice(6)
      const spend = payment([carol], [id!], [coin(bob, 10n ** 18n - FEE)])
      const { execution, codes } = include(ledger, [spend], { deposits: made })
      expect(codes).toEqual([])
      expect(execution.spent.length).toBe(0)
      expect(execution.created.length).toBe(120)
    })

    test('a block that differs anywhere is refused, and nothing changes', () => {
      const { ledger, eth, bobs } = start()
      include(ledger, [], { closes: true })
      const one = payment([alice], [eth], [coin(carol, 10n ** 18n - FEE)])
      const two = payment([bob], [bobs], [coin(carol, 2n * 10n ** 18n - FEE)])
      const { block } = assemble(ledger, [one, two]).execution
      const before = [ledger.tip, toHex(ledger.unspent.setHash())]
      const cases: [Partial<Block>, string][] = [
        [{ height: 9n }, 'block.header'],
        [{ time: 0n }, 'block.header'],
        [{ checkpoint: 1n }, 'block.header'],
        [{ origin: 9n }, 'block.header'],
        [{ originHash: block.appHash }, 'block.header'],
        [{ origin: 11n, originTime: 999n }, 'block.header'],
        [{ previousAppHash: block.appHash }, 'block.header'],
        [{ inboxCursor: 7n }, 'block.deposits'],
        [{ deposits: deposits([coin(alice, 1n)], 0), inboxCursor: 7n }, 'block.deposits'],
        [{ appHash: block.previousAppHash }, 'block.app_hash'],
        [{ closes: true }, 'block.app_hash'],
        [{ time: block.time + 1n }, 'block.app_hash'],
        [{ origin: 11n, originTime: 1001n }, 'block.app_hash'],
      ]
      for (const [change, code] of cases) {
        const result = execute(ledger, { ...block, ...change })
        expect(result.ok ? 'accepted' : result.error.code, JSON.stringify(Object.keys(change))).toBe(code)
      }
      expect([ledger.tip, toHex(ledger.unspent.setHash())]).toEqual(before)
      expect(execute(ledger, block).ok).toBe(true)
    })

    test('the order of a block is canonical', () => {
      const { ledger, eth, bobs } = start()
      const one = payment([alice], [eth], [coin(carol, 10n ** 18n - FEE)])
      const two = payment([bob], [bobs], [coin(carol, 2n * 10n ** 18n - FEE)])
      const { block } = assemble(ledger, [one, two]).execution
      const half = block.bounds[2]! - 3
      const body = new Uint8Array([...block.body.subarray(half), ...block.body.subarray(0, half)])
      const size = body.length - half
      const bounds = Uint32Array.of(
        3,
        block.bounds[3]! - half,
        block.bounds[0]! + size,
        block.bounds[1]! + size,
      )
      const result = execute(ledger, { ...block, body, bounds })
      expect(result.ok ? 'accepted' : result.error.code).toBe('block.order')
    })

    test('positions, fee distribution and transactions of a block are checked', () => {
      const { ledger, eth, bobs } = start()
      const one = payment([alice], [eth], [coin(carol, 10n ** 18n - FEE)])
      include(ledger, [one], { closes: true })
      const two = payment([bob], [bobs], [coin(carol, 2n * 10n ** 18n - FEE)])
      const { block } = assemble(ledger, [two]).execution
      const codeOfBlock = (change: Partial<Block>) => {
        const result = execute(ledger, { ...block, ...change })
        return result.ok ? 'accepted' : result.error.code
      }
      const position = block.body.slice()
      position[position.length - 1]! ^= 1
      expect(codeOfBlock({ body: position })).toBe('block.body')
      const second = block.bounds[2]! - 3
      const noFee = { body: block.body.slice(second), bounds: block.bounds.slice(2).map(at => at - second) }
      expect(codeOfBlock(noFee)).toBe('block.fees')
      const onlyFee = { body: new Uint8Array(0), bounds: new Uint32Array(0) }
      expect(codeOfBlock(onlyFee)).toBe('block.fees')
      const greedy = block.body.slice()
      // The amount of the first recipient: kind, checkpoint, n, m, type, guard, token, amount.
      greedy[3 + 1 + 8 + 1 + 1 + 1 + 32 + 20 + 15]! ^= 1
      expect(codeOfBlock({ body: greedy })).toBe('block.fees')
      const forged = block.body.slice()
      forged[block.bounds[3]! - 10]! ^= 1
      expect(codeOfBlock({ body: forged })).toMatch(/^signature\./)
      include(ledger, [], {})
      const twice = {
        ...assemble(ledger, []).execution.block,
        body: block.body.slice(0, second),
        bounds: block.bounds.slice(0, 2),
      }
      const result = execute(ledger, twice)
      expect(result.ok ? 'accepted' : result.error.code).toBe('block.fees')
    })

    test('an execution is applied once, on its own tip', () => {
      const { ledger } = start()
      const { execution } = assemble(ledger, [])
      ledger.applyBlock(execution)
      expect(() => ledger.applyBlock(execution)).toThrow(/not of this tip/)
    })

    test('pending outputs of the mempool can be spent by admission', () => {
      const { ledger, eth } = start()
      const parent = payment([alice], [eth], [coin(bob, 10n ** 18n - FEE)])
      const child = payment([bob], parent.ids, [coin(carol, 10n ** 18n - 2n * FEE)])
      expect(codeOf(ledger, child)).toBe('input.missing')
      const output = parent.signed.subarray(2 + 32 + 1, 2 + 32 + 1 + 69)
      const pending = { find: (id: Uint8Array) => (toHex(id) === parent.ids[0] ? output : undefined) }
      expect(ledger.checkTransaction(recordOf(child.signed), NO_LOCKED_OUTPUTS, pending).ok).toBe(true)
    })

    test('R4: the origin moves between checkpoints, and in the middle of one whose blocks tell theirs; never back', () => {
      const { ledger } = start()
      const origin = (number: bigint) => {
        return { origin: number, originHash: hash(`0x${number}${'0'.repeat(62)}`), originTime: 100n * number }
      }
      include(ledger, [], origin(20n))
      expect(() => assemble(ledger, [], origin(15n))).toThrow()
      include(ledger, [], { ...origin(30n), closes: true })
      include(ledger, [], { ...origin(40n), daMode: 'blob' })
      expect(() => assemble(ledger, [], { ...origin(50n), daMode: 'blob' })).toThrow()
      include(ledger, [], { ...origin(40n), daMode: 'blob', closes: true })
      include(ledger, [], origin(50n))
      expect(ledger.tip.originTime).toBe(5000n)
    })
  })
}
