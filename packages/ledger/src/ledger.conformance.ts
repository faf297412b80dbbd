import {
  type Hash,
  hash,
  type OmgError,
  type OutputId,
  type Result,
  toHex,
  unpackLanes,
  verifyProof,
} from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { decodeBlock, encodeBlock } from './block.ts'
import {
  alice,
  bob,
  carol,
  coin,
  deposits,
  ETH,
  FAR,
  fund,
  GWEI,
  item,
  nextInputs,
  PARAMETERS,
  type Payment,
  PLAIN,
  payment,
  recordOf,
  USD,
} from './chain.fixture.ts'
import { readEntry } from './entry.ts'
import { lockedOutputs, NO_LOCKED_OUTPUTS } from './locked.ts'
import { createMapper } from './map.ts'
import { buildCheckpointTree } from './tree.ts'
import type {
  Block,
  BlockInputs,
  ClosedCheckpoint,
  Execution,
  LedgerParameters,
  StateTransition,
} from './types.ts'

const FEE = 10n * GWEI
const map = createMapper(PARAMETERS.domain)

/** What every implementation of {@link StateTransition} must do. */
export function ledgerConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  /** A ledger where alice has 1 ETH, 1000 USD, 500 PLAIN and the items 1 and 2; bob has 2 ETH. */
  function start() {
    const ledger = create(PARAMETERS)
    const ids = fund(ledger, [
      coin(alice, 10n ** 18n),
      coin(alice, 1000n, USD),
      coin(alice, 500n, PLAIN),
      item(alice, 1n),
      item(alice, 2n),
      coin(bob, 2n * 10n ** 18n),
    ])
    const [eth, usd, plain, first, second, bobs] = ids as [
      OutputId,
      OutputId,
      OutputId,
      OutputId,
      OutputId,
      OutputId,
    ]
    return { ledger, eth, usd, plain, first, second, bobs }
  }

  function assemble(
    ledger: StateTransition,
    payments: readonly Payment[],
    changes: Partial<BlockInputs> = {},
  ) {
    return ledger.assembleBlock(
      payments.map(({ signed }) => recordOf(signed)),
      nextInputs(ledger, changes),
    )
  }

  /** Assembles, sends through bytes, executes and applies a block, as a follower would. */
  function include(
    ledger: StateTransition,
    payments: readonly Payment[],
    changes: Partial<BlockInputs> = {},
  ): { execution: Execution; closed: ClosedCheckpoint | undefined; codes: string[] } {
    const { execution, dropped } = assemble(ledger, payments, changes)
    const executed = execute(ledger, execution.block, changes)
    if (!executed.ok) throw executed.error
    const closed = ledger.applyBlock(executed.value)
    return { execution: executed.value, closed, codes: dropped.map(({ error }) => error.code) }
  }

  function execute(
    ledger: StateTransition,
    block: Block,
    changes: Partial<BlockInputs> = {},
  ): Result<Execution, OmgError> {
    const decoded = decodeBlock(encodeBlock(block))
    if (!decoded.ok) throw decoded.error
    const { body, bounds } = decoded.value
    return ledger.executeBlock(decoded.value, map(body, bounds), changes.locked ?? NO_LOCKED_OUTPUTS)
  }

  function codeOf(
    ledger: StateTransition,
    { signed }: Payment,
    changes: Partial<BlockInputs> = {},
  ): string | undefined {
    const result = ledger.checkTransaction(recordOf(signed), changes.locked ?? NO_LOCKED_OUTPUTS)
    return result.ok ? undefined : result.error.code
  }

  /** Both admission and assembly refuse, with this code. */
  function expectRefused(
    ledger: StateTransition,
    refused: Payment,
    code: string,
    changes: Partial<BlockInputs> = {},
  ) {
    expect(codeOf(ledger, refused, changes)).toBe(code)
    const { execution, dropped } = assemble(ledger, [refused], changes)
    expect(dropped.map(({ error }) => error.code)).toEqual([code])
    expect(execution.leaves.count).toBe(0)
  }

  const inSet = (ledger: StateTransition, id: OutputId) => ledger.unspent.has(Buffer.from(id.slice(2), 'hex'))

  describe(`${name}: payments`, () => {
    test('a payment moves coins and pays its fee', () => {
      const { ledger, eth } = start()
      const paid = payment([alice], [eth], [coin(bob, 10n ** 17n), coin(alice, 9n * 10n ** 17n - FEE)])
      const { execution } = include(ledger, [paid])
      expect(unpackLanes(execution.lanes)).toEqual([10n, 0n, 0n, 0n])
      expect(inSet(ledger, eth)).toBe(false)
      const made = readEntry(ledger.unspent.get(Buffer.from(paid.ids[0]!.slice(2), 'hex'))!)
      expect(made.output).toEqual(coin(bob, 10n ** 17n))
      expect(made.height).toBe(2n)
      // checkpoint 1, sequence 0, shard 0, index 0, output 0.
      expect(made.position).toBe(1n << 64n)
    })

    test('several owners, tokens and fee tokens in one payment', () => {
      const { ledger, usd, bobs } = start()
      const outputs = [coin(bob, 990n, USD), coin(alice, 2n * 10n ** 18n - GWEI)]
      const swap = payment([alice, bob], [usd, bobs], outputs)
      const { execution } = include(ledger, [swap])
      expect(unpackLanes(execution.lanes)).toEqual([1n, 10n, 0n, 0n])
    })

    test('a merge of own coins is free, a single input or another owner is not', () => {
      const { ledger, eth } = start()
      const split = payment(
        [alice],
        [eth],
        [coin(alice, 5n * 10n ** 17n), coin(alice, 5n * 10n ** 17n - FEE)],
      )
      include(ledger, [split])
      const total = 10n ** 18n - FEE
      const merge = payment([alice], split.ids, [coin(alice, total)])
      const admitted = ledger.checkTransaction(recordOf(merge.signed), NO_LOCKED_OUTPUTS)
      expect(admitted).toMatchObject({
        ok: true,
        value: { merge: true, lanes: 0n, signers: [alice.address] },
      })
      expectRefused(ledger, payment([alice], split.ids, [coin(bob, total)]), 'fee.too_low')
      include(ledger, [merge])
      expectRefused(ledger, payment([alice], merge.ids, [coin(alice, total)]), 'fee.too_low')
    })

    test('an item moves whole, and pays its own class of fee', () => {
      const { ledger, first, eth } = start()
      const change = coin(alice, 10n ** 18n - 20n * GWEI)
      expect(codeOf(ledger, payment([alice], [first, eth], [item(bob, 1n), change]))).toBeUndefined()
      const cheap = coin(alice, 10n ** 18n - 19n * GWEI)
      expectRefused(ledger, payment([alice], [first, eth], [item(bob, 1n), cheap]), 'fee.too_low')
    })

    test('an output of this block may be spent in it, whatever the order of the candidates (R5)', () => {
      const { ledger, eth } = start()
      const parent = payment([alice], [eth], [coin(bob, 10n ** 18n - FEE)])
      const child = payment([bob], parent.ids, [coin(carol, 10n ** 18n - 2n * FEE)])
      const grandchild = payment([carol], child.ids, [coin(alice, 10n ** 18n - 3n * FEE)])
      const family = [parent, child, grandchild]
      const hashes = new Set<Hash>()
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 2, 0],
        [2, 0, 1],
      ]) {
        const { execution, dropped } = assemble(
          ledger,
          order.map(i => family[i]!),
        )
        expect(dropped).toEqual([])
        hashes.add(execution.block.appHash)
      }
      expect(hashes.size).toBe(1)
      const { execution } = include(ledger, [grandchild, child, parent])
      expect(execution.created.length).toBe(120)
      expect(toHex(execution.spent)).toBe(eth)
      expect(inSet(ledger, grandchild.ids[0]!)).toBe(true)
    })
  })

  describe(`${name}: refusals`, () => {
    test('R1: the owners sign, all of them, in order, and nobody else', () => {
      const { ledger, eth, bobs } = start()
      const mine = [coin(carol, 10n ** 18n - FEE)]
      const both = [coin(carol, 3n * 10n ** 18n - FEE)]
      expectRefused(ledger, payment([bob], [eth], mine), 'signature.wrong_signer')
      expectRefused(ledger, payment([alice], [eth, bobs], both), 'signature.missing')
      expectRefused(ledger, payment([bob, alice], [eth, bobs], both), 'signature.wrong_signer')
      expectRefused(ledger, payment([alice, alice], [eth, bobs], both), 'signature.wrong_signer')
      const { ledger: other, eth: e, usd: u } = start()
      const two = [coin(carol, 10n ** 18n - FEE), coin(carol, 1000n, USD)]
      expectRefused(other, payment([alice, bob], [e, u], two), 'signature.wrong_signer')
    })

    test('inputs exist, once', () => {
      const { ledger, eth, plain } = start()
      const paid = payment([alice], [eth], [coin(bob, 10n ** 18n - FEE)])
      const again = payment([alice], [eth], [coin(carol, 10n ** 18n - FEE)])
      const { dropped } = assemble(ledger, [paid, again, paid])
      expect(dropped.map(({ index, error, retry }) => [index, error.code, retry])).toEqual([
        [1, 'input.spent', false],
        [2, 'input.spent', false],
      ])
      include(ledger, [paid])
      expectRefused(ledger, again, 'input.missing')
      expectRefused(ledger, paid, 'input.missing')
      expectRefused(
        ledger,
        payment([alice], [plain, paid.hash as string as OutputId], [coin(bob, 1n)]),
        'input.missing',
      )
    })

    test('R6: a locked output stays', () => {
      const { ledger, eth, bobs } = start()
      const locked = lockedOutputs([eth])
      expectRefused(ledger, payment([alice], [eth], [coin(bob, 10n ** 18n - FEE)]), 'input.locked', {
        locked,
      })
      expect(
        codeOf(ledger, payment([bob], [bobs], [coin(bob, 2n * 10n ** 18n - FEE)]), { locked }),
      ).toBeUndefined()
      // An output that leaves in an in-flight exit is locked from the moment it is made.
      const parent = payment([alice], [eth], [coin(bob, 10n ** 18n - FEE)])
      const child = payment([bob], parent.ids, [coin(carol, 10n ** 18n - 2n * FEE)])
      const { dropped } = assemble(ledger, [parent, child], { locked: lockedOutputs(parent.ids) })
      expect(dropped.map(({ error }) => error.code)).toEqual(['input.locked'])
    })

    test('R7: a payment dies with its validUntil', () => {
      const { ledger, eth, bobs } = start()
      const outputs = [coin(bob, 10n ** 18n - FEE)]
      expectRefused(ledger, payment([alice], [eth], outputs, { validUntil: 999n }), 'transaction.expired')
      expect(codeOf(ledger, payment([alice], [eth], outputs, { validUntil: 1000n }))).toBeUndefined()
      const last = 2n ** 64n - 1n
      expect(
        codeOf(ledger, payment([bob], [bobs], [coin(bob, 2n * 10n ** 18n - FEE)], { validUntil: last })),
      ).toBeUndefined()
    })

    test('tokens are conserved exactly', () => {
      const { ledger, eth, usd, plain } = start()
      const refuse = (
        inputs: OutputId[],
        outputs: Payment['pay']['outputs'],
        code = 'transaction.unbalanced',
      ) => expectRefused(ledger, payment([alice], inputs, outputs), code)
      refuse([eth], [coin(bob, 10n ** 18n + 1n)])
      refuse([eth], [coin(bob, 10n ** 18n - FEE), coin(bob, 100n, USD)])
      refuse([eth, plain], [coin(bob, 10n ** 18n - FEE), coin(bob, 499n, PLAIN)])
      refuse([plain, eth], [coin(bob, 10n ** 18n - FEE), coin(bob, 501n, PLAIN)])
      refuse([plain], [coin(bob, 490n, PLAIN)])
      refuse([usd, usd.replace(/.$/, '0') as OutputId], [coin(bob, 1000n, USD)], 'input.missing')
      refuse([eth], [coin(bob, 2n ** 128n - 1n), coin(alice, 2n ** 128n - 1n)])
    })

    test('items are neither made, nor lost, nor split', () => {
      const { ledger, eth, first, second } = start()
      const change = coin(alice, 10n ** 18n - 20n * GWEI)
      const refuse = (inputs: OutputId[], outputs: Payment['pay']['outputs']) =>
        expectRefused(ledger, payment([alice], inputs, outputs), 'transaction.unbalanced')
      refuse([first, eth], [change])
      refuse([first, eth], [item(bob, 1n), item(bob, 1n), change])
      refuse([first, eth], [item(bob, 2n), change])
      refuse([eth], [item(bob, 3n), change])
      refuse([first, second, eth], [item(bob, 1n), item(bob, 1n), change])
      refuse([first, eth], [item(bob, 1n, USD), change])
      refuse([first, eth], [coin(bob, 1n, PLAIN), change])
    })

    test('fees are in fee tokens, in whole units, and high enough', () => {
      const { ledger, eth, usd, plain } = start()
      const refuse = (inputs: OutputId[], outputs: Payment['pay']['outputs'], code: string) =>
        expectRefused(ledger, payment([alice], inputs, outputs), code)
      refuse([eth], [coin(bob, 10n ** 18n - FEE + GWEI)], 'fee.too_low')
      refuse([eth], [coin(bob, 10n ** 18n)], 'fee.too_low')
      refuse([eth], [coin(bob, 10n ** 18n - FEE - 1n)], 'fee.not_multiple')
      refuse([usd], [coin(bob, 996n, USD)], 'fee.too_low')
      refuse([plain, eth], [coin(bob, 500n, PLAIN), coin(alice, 10n ** 18n)], 'fee.too_low')
      expect(codeOf(ledger, payment([alice], [usd], [coin(bob, 995n, USD)]))).toBeUndefined()
      expect(
        codeOf(ledger, payment([alice], [plain, usd], [coin(bob, 500n, PLAIN), coin(alice, 995n, USD)])),
      ).toBeUndefined()
    })

    test('A30: no dust in fee tokens', () => {
      const { ledger, eth, usd, plain } = start()
      const rest = coin(bob, 10n ** 18n - 1000n * GWEI)
      const dust = payment([alice], [eth], [rest, coin(bob, 999n), coin(alice, 1000n * GWEI - FEE - 999n)])
      expectRefused(ledger, dust, 'output.dust')
      expect(
        codeOf(ledger, payment([alice], [eth], [rest, coin(bob, 1000n), coin(alice, 990n * GWEI - 1000n)])),
      ).toBeUndefined()
      expectRefused(
        ledger,
        payment([alice], [usd], [coin(bob, 9n, USD), coin(alice, 986n, USD)]),
        'output.dust',
      )
      expect(
        codeOf(
          ledger,
          payment(
            [alice],
            [plain, usd],
            [coin(bob, 1n, PLAIN), coin(bob, 499n, PLAIN), coin(alice, 10n, USD)],
          ),
        ),
      ).toBeUndefined()
    })

    test('a fee lane does not overflow, alone or in sum', () => {
      const ledger = create(PARAMETERS)
      const ids = fund(ledger, [
        coin(alice, 2n ** 64n, USD),
        coin(alice, 2n ** 64n - 1n, USD),
        coin(alice, 1000n, USD),
        coin(alice, 1n, PLAIN),
      ])
      expectRefused(
        ledger,
        payment([alice], [ids[0]!, ids[3]!], [coin(bob, 1n, PLAIN)]),
        'transaction.overflow',
      )
      const most = payment([alice], [ids[1]!, ids[3]!], [coin(bob, 1n, PLAIN)])
      const more = payment([alice], [ids[2]!], [coin(bob, 995n, USD)])
      const { dropped } = assemble(ledger, [most, more])
      expect(dropped.map(({ error }) => error.code)).toEqual(['transaction.overflow'])
      include(ledger, [most])
      expect(assemble(ledger, [more]).dropped.map(({ error }) => error.code)).toEqual([
        'transaction.overflow',
      ])
    })

    test('a deposit of a type without rules stays where it is', () => {
      const ledger = create(PARAMETERS)
      const order = { ...coin(alice, 5n), type: 'order' as const }
      const [id] = fund(ledger, [order])
      expect(inSet(ledger, id!)).toBe(true)
      expectRefused(ledger, payment([alice], [id!], [coin(alice, 5n)]), 'input.type_inactive')
    })
  })

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

    test('the origin moves only between checkpoints', () => {
      const { ledger } = start()
      const later = { origin: 20n, originHash: hash(`0x${'20'.repeat(32)}`), originTime: 2000n }
      expect(() => assemble(ledger, [], later)).toThrow()
      include(ledger, [], { closes: true })
      include(ledger, [], later)
      expect(ledger.tip.originTime).toBe(2000n)
      expect(FAR > ledger.tip.originTime && ETH.length === 42).toBe(true)
    })
  })
}
