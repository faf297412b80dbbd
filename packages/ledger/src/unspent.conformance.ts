import { amount, coinGuard, type Hash, type OutputId, type Position, toHex } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alice, ETH } from './chain.fixture.ts'
import { readEntry, writeEntry } from './entry.ts'
import { fastKeccak256 } from './keccak.ts'
import { loadUnspent, saveUnspent } from './snapshot.ts'
import { ENTRY_BYTES, type UnspentOutputs } from './types.ts'
import { ReferenceUnspentSet } from './unspent.reference.ts'

/** Entry number `i`. Its id ends in `i` and starts with few different bytes, so partitions, tags and slots collide often. */
export function entryOf(i: number): Uint8Array {
  const id = new Uint8Array(32)
  id[0] = i % 3
  id[4] = i % 5
  new DataView(id.buffer).setUint32(28, i)
  return writeEntry({
    id: toHex(id) as Hash as OutputId,
    output: { type: 'coin', guard: coinGuard(alice.address), token: ETH, amount: amount(BigInt(i) + 1n) },
    position: BigInt(i) as Position,
    height: BigInt(i),
  })
}

/** What every implementation of {@link UnspentOutputs} must do. */
export function unspentConformance(name: string, create: () => UnspentOutputs): void {
  describe(name, () => {
    test('it holds what was added and not removed', () => {
      const set = create()
      const entry = entryOf(7)
      expect([set.size, set.has(entry.subarray(0, 32)), set.get(entry.subarray(0, 32))]).toEqual([
        0,
        false,
        undefined,
      ])
      set.add(entry)
      expect(set.size).toBe(1)
      expect(toHex(set.get(entry.subarray(0, 32))!)).toBe(toHex(entry))
      expect(readEntry(set.get(entry.subarray(0, 32))!)).toMatchObject({ position: 7n, height: 7n })
      set.remove(entry.subarray(0, 32))
      expect([set.size, set.has(entry.subarray(0, 32))]).toEqual([0, false])
    })

    test('a double addition or removal is a bug of the caller', () => {
      const set = create()
      set.add(entryOf(1))
      expect(() => set.add(entryOf(1))).toThrow(/already/)
      expect(() => set.remove(entryOf(2).subarray(0, 32))).toThrow(/not in the set/)
      expect(set.size).toBe(1)
    })

    test('what it returns is a copy', () => {
      const set = create()
      const entry = Buffer.from(entryOf(1))
      set.add(entry)
      entry.fill(0, 32)
      set.get(entryOf(1).subarray(0, 32))!.fill(9)
      expect(toHex(set.get(entryOf(1).subarray(0, 32))!)).toBe(toHex(entryOf(1)))
    })

    test('any history of additions and removals gives the same set, set hash and snapshot as the model', () => {
      const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(60)), { maxLength: 400 })
      fc.assert(
        fc.property(steps, history => {
          const set = create()
          const model = new ReferenceUnspentSet()
          for (const [adds, i] of history) {
            const entry = entryOf(i)
            const present = model.has(entry)
            expect(set.has(entry.subarray(0, 32))).toBe(present)
            if (adds && !present) for (const target of [set, model]) target.add(entry)
            if (!adds && present) for (const target of [set, model]) target.remove(entry.subarray(0, 32))
          }
          expect(contents(set)).toEqual(contents(model))
          expect(toHex(set.setHash())).toBe(toHex(model.setHash()))
          const loaded = loadUnspent(saveUnspent(set), create())
          expect(loaded.ok && contents(loaded.value)).toEqual(contents(model))
        }),
        { numRuns: 60 },
      )
    })

    test('growth keeps everything', () => {
      const set = create()
      const ids = Array.from({ length: 20_000 }, (_, i) => {
        const entry = entryOf(i)
        entry.set(fastKeccak256(entry.subarray(28, 32)), 0)
        set.add(entry)
        return entry.slice(0, 32)
      })
      expect(set.size).toBe(20_000)
      for (const [i, id] of ids.entries()) if (i % 2 === 0) set.remove(id)
      for (const [i, id] of ids.entries()) expect(set.has(id)).toBe(i % 2 === 1)
    })
  })
}

/** All entries in order, as text. */
export function contents(set: UnspentOutputs): string[] {
  const entries: string[] = []
  for (const chunk of set.entries()) {
    for (let at = 0; at < chunk.length; at += ENTRY_BYTES)
      entries.push(toHex(chunk.subarray(at, at + ENTRY_BYTES)))
  }
  return entries.sort()
}
