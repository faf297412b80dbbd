import { concat, type Hash, MAX_SHARD_BLOB_BYTES, toHex, unwrap, verifyProof, Writer } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import {
  account,
  alice,
  bob,
  coin,
  fund,
  GWEI,
  nextInputs,
  PARAMETERS,
  payment,
  recordOf,
} from './chain.fixture.ts'
import { writeFees } from './fees.ts'
import { ledgerConformance } from './ledger.conformance.ts'
import { ReferenceLedger } from './ledger.reference.ts'
import { Ledger } from './ledger.ts'
import { recordSigners } from './record.ts'
import { loadUnspent, saveUnspent } from './snapshot.ts'
import { buildCheckpointTree } from './tree.ts'
import { type ClosedCheckpoint, ENTRY_BYTES, type Leaves } from './types.ts'
import { UnspentSet } from './unspent.ts'

ledgerConformance('Ledger', parameters => new Ledger(parameters))
ledgerConformance('ReferenceLedger', parameters => new ReferenceLedger(parameters))

describe('a saved ledger', () => {
  const ledger = new Ledger(PARAMETERS)
  fund(ledger, [coin(alice, 5n), coin(bob, 6n)])
  const state = ledger.save()
  const restore = (unspent: UnspentSet, bytes = state) => new Ledger(PARAMETERS, { unspent, state: bytes })
  const copy = () => unwrap(loadUnspent(saveUnspent(ledger.unspent), new UnspentSet()))
  const damaged = expect.objectContaining({ code: 'ledger.snapshot' })

  test('goes on from where it stood', () => {
    const restored = restore(copy())
    expect(restored.tip).toEqual(ledger.tip)
    const one = ledger.assembleBlock([], nextInputs(ledger)).execution
    expect(restored.assembleBlock([], nextInputs(restored)).execution.block).toEqual(one.block)
  })

  test('starts from its own outputs only', () => {
    const less = copy()
    const [entry] = less.entries()
    less.remove(entry!.subarray(0, 32))
    expect(() => restore(less)).toThrow(damaged)
    const changed = copy()
    changed.remove(entry!.subarray(0, 32))
    changed.add(Uint8Array.from(entry!.subarray(0, 120), (byte, i) => (i === 100 ? byte ^ 1 : byte)))
    expect(() => restore(changed)).toThrow(damaged)
  })

  test('does not start from damaged bytes', () => {
    for (let length = 0; length < state.length; length += 7) {
      expect(() => restore(copy(), state.subarray(0, length))).toThrow(damaged)
    }
    expect(() => restore(copy(), new Uint8Array([...state, 0]))).toThrow(damaged)
  })
})

test('a checkpoint without room closes early and leaves the rest for the next one', () => {
  const ledger = new Ledger(PARAMETERS)
  const ids = fund(ledger, [coin(alice, 10n ** 18n)])
  // The tip of a checkpoint in its last shard: height, time, ..., nextPath stands 4 + 64 + 9 bytes and the fees before the end of the tip.
  const state = ledger.save()
  const tipEnd = state.length - 6 - writeFees(new Writer(256), ledger.tip.fees).finish().length
  new DataView(state.buffer).setUint32(tipEnd - 9 - 64 - 8, 0xff_0001)
  const late = new Ledger(PARAMETERS, { unspent: ledger.unspent, state })
  expect(late.tip.nextPath).toBe(0xff_0001)
  const record = recordOf(payment([alice], [ids[0]!], [coin(bob, 10n ** 18n - 10n ** 10n)]).signed)
  const { execution, dropped, full } = late.assembleBlock([record], nextInputs(late))
  expect([full, execution.block.closes, execution.leaves.count]).toEqual([true, true, 0])
  expect(dropped).toMatchObject([{ index: 0, retry: true, error: { code: 'block.full' } }])
})

describe('at the limits', () => {
  test('the largest payment: sixteen owners, inputs and outputs', () => {
    const owners = Array.from({ length: 16 }, (_, i) => account(100 + i))
    for (const ledger of [new Ledger(PARAMETERS), new ReferenceLedger(PARAMETERS)]) {
      const ids = fund(
        ledger,
        owners.map(owner => coin(owner, 10n ** 18n)),
      )
      const outputs = owners.map(owner => coin(owner, 10n ** 18n - 10n * GWEI))
      const largest = payment([...owners].reverse(), [...ids].reverse(), outputs)
      const { execution, dropped } = ledger.assembleBlock([recordOf(largest.signed)], nextInputs(ledger))
      expect(dropped).toEqual([])
      expect(execution.created.length).toBe(16 * ENTRY_BYTES)
      expect(recordSigners(execution.records[0]!)).toEqual(owners.map(({ address }) => address).reverse())
    }
  })

  test('leaves go on in the next shard where a blob is full, in every implementation', () => {
    const count = 500
    const fast = new Ledger(PARAMETERS)
    const plain = new ReferenceLedger(PARAMETERS)
    const outputs = Array.from({ length: count }, () => coin(alice, 10n ** 18n))
    const ids = fund(fast, outputs)
    fund(plain, outputs)
    const payments = ids.map(id =>
      payment([alice], [id], [coin(bob, 10n ** 17n), coin(alice, 9n * 10n ** 17n - 10n * GWEI)]),
    )
    const leaves: Leaves[] = []
    let closed: ClosedCheckpoint | undefined
    for (const [from, to] of [
      [0, 300],
      [300, count],
    ] as const) {
      const records = payments.slice(from, to).map(({ signed }) => recordOf(signed))
      const closes = to === count
      const one = fast.assembleBlock(records, nextInputs(fast, { closes })).execution
      const two = plain.assembleBlock(records, nextInputs(plain, { closes })).execution
      expect(one.block.appHash).toBe(two.block.appHash)
      expect([...one.leaves.paths]).toEqual([...two.leaves.paths])
      leaves.push(one.leaves)
      closed = fast.applyBlock(one)
      expect(closed).toEqual(plain.applyBlock(two))
    }
    const blob = 3 + payments[0]!.signed.length + 12
    const perShard = Math.floor(MAX_SHARD_BLOB_BYTES / blob)
    const paths = leaves.flatMap(part => [...part.paths])
    expect(perShard).toBeLessThan(count)
    expect(paths).toEqual(paths.map((_, i) => (Math.floor(i / perShard) << 16) | (i % perShard)))
    const all = { count, nodes: concat(...leaves.map(({ nodes }) => nodes)), paths: Uint32Array.from(paths) }
    const tree = buildCheckpointTree(all)
    expect(tree.root).toBe(closed!.txRoot)
    const node = all.nodes.subarray(64 * (count - 1))
    const leaf = { hash: toHex(node.subarray(0, 32)) as Hash, lanes: BigInt(toHex(node.subarray(32))) }
    const path = paths[count - 1]!
    const root = { hash: tree.root, lanes: tree.lanes }
    expect(verifyProof({ root, path, leaf, proof: tree.proof(path) })).toBe(true)
  })
})
