import { type Hash, MAX_SIGNATURES, type OutputId, toHex, unpackLanes } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import {
  type Account,
  account,
  alice,
  bob,
  carol,
  coin,
  fund,
  GWEI,
  item,
  PARAMETERS,
  type Payment,
  PLAIN,
  payment,
  recordOf,
  USD,
} from './chain.fixture.ts'
import { driver, FEE, inSet } from './driver.conformance.ts'
import { readEntry } from './entry.ts'
import { type LockFact, Locks, NO_LOCKED_OUTPUTS } from './locks.ts'
import type { LedgerParameters, LockedOutputs, StateTransition } from './types.ts'

/** What every implementation of {@link StateTransition} must do with payments. */
export function paymentConformance(
  name: string,
  create: (parameters: LedgerParameters) => StateTransition,
): void {
  const { start, assemble, include, execute, codeOf, expectRefused } = driver(create)

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
      expect(admitted).toEqual({ ok: true, value: { merge: true, lanes: 0n } })
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
      const locked = locksOf({ kind: 'exit', outputId: eth })
      expectRefused(ledger, payment([alice], [eth], [coin(bob, 10n ** 18n - FEE)]), 'input.locked', {
        locked,
      })
      expect(
        codeOf(ledger, payment([bob], [bobs], [coin(bob, 2n * 10n ** 18n - FEE)]), { locked }),
      ).toBeUndefined()
      // An output that leaves in an in-flight exit is locked from the moment it is made.
      const parent = payment([alice], [eth], [coin(bob, 10n ** 18n - FEE)])
      const child = payment([bob], parent.ids, [coin(carol, 10n ** 18n - 2n * FEE)])
      const exiting = locksOf({ kind: 'exit', outputId: parent.ids[0]! })
      const { dropped } = assemble(ledger, [parent, child], { locked: exiting })
      expect(dropped.map(({ error }) => error.code)).toEqual(['input.locked'])
    })

    test('R6: the inputs of a payment in flight wait for it, and those that nobody contested are free when it is void', () => {
      const { ledger, eth, usd, plain } = start()
      const flying = payment([alice], [eth, plain], [coin(bob, 10n ** 18n - FEE), coin(bob, 500n, PLAIN)])
      const flight = { kind: 'flight', txHash: flying.hash, inputs: flying.pay.inputs } as const
      const locked = locksOf(flight)
      const rival = payment([alice], [eth], [coin(carol, 10n ** 18n - FEE)])
      expectRefused(ledger, rival, 'input.locked', { locked })
      const other = payment([alice], [plain, usd], [coin(carol, 500n, PLAIN), coin(carol, 995n, USD)])
      expectRefused(ledger, other, 'input.locked', { locked })
      const beside = payment([alice], [usd], [coin(carol, 995n, USD)])
      expect(codeOf(ledger, beside, { locked })).toBeUndefined()
      expect(codeOf(ledger, flying, { locked })).toBeUndefined()
      expect(codeOf(ledger, rival, { locked: NO_LOCKED_OUTPUTS })).toBeUndefined()
      // An exit of an input stops the payment itself, too.
      const exiting = locksOf(flight, { kind: 'exit', outputId: eth })
      expectRefused(ledger, flying, 'input.locked', { locked: exiting })
      // Two in flight with one input: whichever is included, the other may be canonical.
      const both = locksOf(flight, { kind: 'flight', txHash: rival.hash, inputs: [eth] })
      expectRefused(ledger, flying, 'input.locked', { locked: both })
      expectRefused(ledger, rival, 'input.locked', { locked: both })
      // A rival was shown: it may become void in silence, and then Ethereum pays its inputs. So it must not be included either.
      const contest = { kind: 'contest', outputId: eth } as const
      const contested = locksOf(flight, contest)
      for (const each of [flying, rival, other])
        expectRefused(ledger, each, 'input.locked', { locked: contested })
      // Void it bars itself, and nobody else; but what its owner signed away twice stays.
      const isVoid = { kind: 'void', txHash: flying.hash } as const
      expectRefused(ledger, flying, 'input.locked', { locked: locksOf(flight, isVoid) })
      expect(codeOf(ledger, rival, { locked: locksOf(flight, isVoid) })).toBeUndefined()
      const left = locksOf(flight, contest, isVoid)
      for (const each of [flying, rival]) expectRefused(ledger, each, 'input.locked', { locked: left })
      expect(codeOf(ledger, other, { locked: left })).toBeUndefined()
      // A block with the rival is invalid, whoever made it; one with the payment itself is not.
      const { execution } = assemble(ledger, [rival])
      expect(execute(ledger, execution.block, { locked })).toMatchObject({
        ok: false,
        error: { code: 'input.locked' },
      })
      include(ledger, [flying], { locked })
      expect(inSet(ledger, flying.ids[0]!)).toBe(true)
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

    test('A30: every signature pays the fee of its class', () => {
      const ledger = create(PARAMETERS)
      const owners = Array.from({ length: MAX_SIGNATURES }, (_, i) => account(100 + i))
      const ids = fund(ledger, [...owners.map(owner => coin(owner, 10n ** 18n)), item(owners[0]!, 1n)])
      const all = 16n * 10n ** 18n
      const together = (fee: bigint) => payment(owners, ids.slice(0, 16), [coin(bob, all - fee)])
      expectRefused(ledger, together(FEE), 'fee.too_low')
      expectRefused(ledger, together(16n * FEE - GWEI), 'fee.too_low')
      expect(codeOf(ledger, together(16n * FEE))).toBeUndefined()
      // One owner signs once, however many coins she spends.
      const [one, two] = owners as [Account, Account]
      const swap = (fee: bigint) =>
        payment([one, two], [ids[0]!, ids[1]!], [coin(two, 10n ** 18n), coin(one, 10n ** 18n - fee)])
      expectRefused(ledger, swap(2n * FEE - GWEI), 'fee.too_low')
      expect(codeOf(ledger, swap(2n * FEE))).toBeUndefined()
      const sale = (fee: bigint) =>
        payment([one, two], [ids[16]!, ids[1]!], [item(two, 1n), coin(one, 10n ** 18n - fee)])
      expectRefused(ledger, sale(4n * FEE - GWEI), 'fee.too_low')
      expect(codeOf(ledger, sale(4n * FEE))).toBeUndefined()
    })

    test('the fee of 16 signatures may be all that a lane holds, and no more', () => {
      const fees = { payment: 2n ** 60n - 1n, item: 2n ** 60n - 1n }
      const usd = { ...PARAMETERS.feeTokens[1]!, lane: 0, fees }
      const ledger = create({ ...PARAMETERS, feeTokens: [usd] })
      const owners = Array.from({ length: MAX_SIGNATURES }, (_, i) => account(100 + i))
      const least = 16n * fees.payment
      const [first, ...others] = owners
      const coins = others.map(owner => coin(owner, 10n, USD))
      const ids = fund(ledger, [coin(first!, least, USD), ...coins])
      expectRefused(ledger, payment(owners, ids, [coin(bob, 151n, USD)]), 'fee.too_low')
      expect(codeOf(ledger, payment(owners, ids, [coin(bob, 150n, USD)]))).toBeUndefined()
      const { execution } = include(ledger, [payment(owners, ids, [coin(bob, 135n, USD)])])
      expect(unpackLanes(execution.lanes)[0]).toBe(2n ** 64n - 1n)
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

    test('an order from Ethereum waits until the chain knows its terms', () => {
      const ledger = create(PARAMETERS)
      const order = { ...coin(alice, 5n), type: 'order' as const }
      const [id] = fund(ledger, [order])
      expect(inSet(ledger, id!)).toBe(true)
      expectRefused(ledger, payment([alice], [id!], [coin(alice, 5n)]), 'order.unknown_terms')
    })
  })
}

type WithoutBlock<T> = T extends unknown ? Omit<T, 'block'> : never

/** The locks when all this is on Ethereum. */
function locksOf(...facts: WithoutBlock<LockFact>[]): LockedOutputs {
  return new Locks(facts.map(fact => ({ ...fact, block: 1n }))).at(1n)
}
