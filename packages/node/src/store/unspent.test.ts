import { ENTRY_BYTES } from '@omg/ledger'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/harness.ts'
import { openTables, type Tables } from './tables.ts'
import { type LiveOutputs, UnspentTable } from './unspent.ts'

let directory: ReturnType<typeof temporaryDirectory>
let tables: Tables
beforeEach(() => {
  directory = temporaryDirectory()
  tables = openTables(directory.path)
})
afterEach(async () => {
  await tables.close()
  directory.remove()
})

/** An entry of an owner; the owner's bytes are chosen so that some share a partition, and some an order within it. */
function entryOf(owner: number, id: number): Uint8Array {
  const entry = Buffer.alloc(ENTRY_BYTES)
  entry.writeUInt32BE((id * 2_654_435_761) >>> 0, 0)
  entry.writeUInt32BE(id, 28)
  entry[32] = 1
  entry[45] = owner % 3
  entry[46] = owner % 2
  entry[60] = owner
  entry[70] = id % 2
  return entry
}

const guardOf = (owner: number) => Buffer.from(entryOf(owner, 0).subarray(33, 65))
const idOf = (entry: Uint8Array) => Buffer.from(entry.subarray(0, 32)).toString('hex')

test('is a sorted set by owner, whatever is added, removed and merged', async () => {
  const step = fc.record({
    add: fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 60 }),
    remove: fc.array(fc.nat(), { maxLength: 40 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      async (steps, limit) => {
        await tables.unspent.clearAsync()
        const table = new UnspentTable(tables.unspent)
        const model = new Map<string, Uint8Array>()
        const live: LiveOutputs = {
          find: (bytes, at) => (model.has(idOf(bytes.subarray(at))) ? 0 : -1),
          copyPart: () => {},
        }
        let next = 1
        for (const { add, remove } of steps) {
          const before = [...model.values()]
          const removed = new Set(before.length === 0 ? [] : remove.map(i => before[i % before.length]!))
          for (const entry of removed) model.delete(idOf(entry))
          const created = add.map(owner => entryOf(owner, next++))
          for (const entry of created) model.set(idOf(entry), entry)
          const removals = [...removed].map(entry =>
            Buffer.concat([entry.subarray(0, 32), entry.subarray(45, 46)]),
          )
          await tables.root.batch(() => table.write(Buffer.concat(created), Buffer.concat(removals), live))
        }
        expect([...table.load()].map(idOf).sort()).toEqual([...model.keys()].sort())
        for (let owner = 0; owner < 8; owner++) {
          const expected = [...model.values()]
            .filter(entry => entry[60] === owner)
            .map(idOf)
            .sort()
          const listed: string[] = []
          for (;;) {
            const after = listed.length > 0 ? Buffer.from(listed.at(-1)!, 'hex') : undefined
            const page = table
              .list({ guard: guardOf(owner), token: undefined, after, limit }, live)
              .map(idOf)
              .sort()
              .slice(0, limit)
            listed.push(...page)
            if (page.length < limit) break
          }
          expect(listed).toEqual(expected)
        }
      },
    ),
    { numRuns: 40 },
  )
})
