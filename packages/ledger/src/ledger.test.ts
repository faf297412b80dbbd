import { unwrap } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { alice, bob, coin, fund, nextInputs, PARAMETERS, payment, recordOf } from './chain.fixture.ts'
import { ledgerConformance } from './ledger.conformance.ts'
import { ReferenceLedger } from './ledger.reference.ts'
import { Ledger } from './ledger.ts'
import { loadUnspent, saveUnspent } from './snapshot.ts'
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
  // The tip of a checkpoint in its last shard: height, time, ..., nextPath stands 4 + 64 bytes before the end of the tip.
  const state = ledger.save()
  const tipEnd = state.length - 6
  new DataView(state.buffer).setUint32(tipEnd - 64 - 8, 0xff_0001)
  const late = new Ledger(PARAMETERS, { unspent: ledger.unspent, state })
  expect(late.tip.nextPath).toBe(0xff_0001)
  const record = recordOf(payment([alice], [ids[0]!], [coin(bob, 10n ** 18n - 10n ** 10n)]).signed)
  const { execution, dropped, full } = late.assembleBlock([record], nextInputs(late))
  expect([full, execution.block.closes, execution.leaves.count]).toEqual([true, true, 0])
  expect(dropped).toMatchObject([{ index: 0, retry: true, error: { code: 'block.full' } }])
})
