import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/harness.ts'
import { History, HistoryBuffer } from './history.ts'
import { openTables, type Tables } from './tables.ts'

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

const hashOf = (i: number) => createHash('sha256').update(String(i)).digest()

test('finds every entry after many flushes and merges, and nothing else', async () => {
  const history = new History(tables.runs, 'test')
  const other = new History(tables.runs, 'other')
  let written = 0
  for (let flush = 0; flush < 70; flush++) {
    const buffer = new HistoryBuffer()
    for (let i = 0; i < 50; i++, written++) buffer.add(hashOf(written), 0, 2 ** 33 + flush, i)
    expect(buffer.find(hashOf(written - 1))).toEqual([{ height: 2 ** 33 + flush, index: 49 }])
    await tables.root.batch(() => history.write(buffer))
  }
  for (let i = 0; i < written; i++) {
    expect(history.find(hashOf(i))).toEqual([{ height: 2 ** 33 + Math.floor(i / 50), index: i % 50 }])
  }
  expect(history.find(hashOf(written))).toEqual([])
  expect(other.find(hashOf(0))).toEqual([])
  expect([...tables.runs.getKeys({})].length).toBeLessThan(20)
})

test('entries with one prefix are all candidates', () => {
  const buffer = new HistoryBuffer()
  const [a, b] = [hashOf(1), hashOf(2)]
  a.copy(b, 0, 0, 8)
  buffer.add(a, 0, 1, 0)
  buffer.add(b, 0, 2, 0)
  expect(buffer.find(b)).toHaveLength(2)
})
