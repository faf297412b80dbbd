import { concat } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { loadUnspent, saveUnspent } from './snapshot.ts'
import { contents, entryOf, unspentConformance } from './unspent.conformance.ts'
import { ReferenceUnspentSet } from './unspent.reference.ts'
import { UnspentSet } from './unspent.ts'

unspentConformance('UnspentSet', () => new UnspentSet())
unspentConformance(
  'UnspentSet in one partition, seeded',
  () => new UnspentSet({ partitions: 1, seed: 12345 }),
)
unspentConformance('ReferenceUnspentSet', () => new ReferenceUnspentSet())

test('partitions are a power of two up to 256', () => {
  for (const partitions of [0, 3, 512]) expect(() => new UnspentSet({ partitions })).toThrow(/power of two/)
})

test('removed entries are used again', () => {
  const set = new UnspentSet()
  const entries = Array.from({ length: 4000 }, (_, i) => entryOf(i))
  for (const entry of entries) set.add(entry)
  const before = set.memoryBytes
  for (let round = 0; round < 3; round++) {
    for (const entry of entries) set.removeAt(entry, 0)
    for (const entry of entries) set.add(entry)
  }
  expect(set.memoryBytes).toBe(before)
})

describe('snapshots', () => {
  const set = new UnspentSet()
  for (let i = 0; i < 100; i++) set.add(entryOf(i))
  const bytes = concat(...saveUnspent(set))
  const load = (...chunks: Uint8Array[]) => loadUnspent(chunks, new UnspentSet())

  test('they load however they are cut', () => {
    for (const size of [1, 44, 45, 46, 119, 120, 121, 5000, bytes.length]) {
      const chunks: Uint8Array[] = []
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
      const loaded = load(...chunks.map(chunk => Buffer.from(chunk)))
      expect(loaded.ok && contents(loaded.value)).toEqual(contents(set))
    }
  })

  test('they load from one piece of memory that is read into again and again', () => {
    function* reader() {
      const memory = Buffer.alloc(100)
      for (let at = 0; at < bytes.length; at += 100) {
        memory.fill(0xff)
        yield memory.subarray(0, Buffer.from(bytes.subarray(at, at + 100)).copy(memory))
      }
    }
    const loaded = loadUnspent(reader(), new UnspentSet())
    expect(loaded.ok && contents(loaded.value)).toEqual(contents(set))
  })

  test('a damaged one is refused', () => {
    const changed = (at: number) => Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte))
    const damaged = {
      empty: new Uint8Array(0),
      short: bytes.subarray(0, bytes.length - 1),
      'one entry less': bytes.subarray(0, bytes.length - 120),
      'one entry twice': concat(bytes, bytes.subarray(bytes.length - 120)),
      magic: changed(0),
      count: changed(12),
      'set hash': changed(20),
      id: changed(45 + 28),
      position: changed(45 + 110),
      'a free entry': changed(45 + 119),
    }
    for (const [what, chunk] of Object.entries(damaged)) {
      const loaded = load(chunk)
      expect(loaded.ok ? 'loaded' : loaded.error.code, what).toBe('ledger.snapshot')
    }
  })
})
