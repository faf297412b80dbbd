import { type OrderRecord, OrderRecordLog, RECORD_KEY_BYTES } from '@omg/ledger'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/harness.ts'
import { OrderTable } from './orders.ts'
import { openTables } from './tables.ts'

/** Few names, so that flushes replace and delete what earlier ones wrote; two of them in one partition. */
const NAMES = 12
const change = fc.record({
  kind: fc.constantFrom(1, 3, 5),
  name: fc.nat(NAMES - 1),
  value: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
})

function recordOf({ kind, name, value }: { kind: number; name: number; value: Uint8Array | undefined }) {
  const key = Buffer.alloc(RECORD_KEY_BYTES, name)
  key[0] = kind
  key[1] = 20 * (name >>> 1)
  return value ? { key, value } : { key }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const textOf = ({ key, value }: OrderRecord) => `${hex(key)} ${hex(value!)}`

test('has the newest of every record by key, after any flushes and merges', async () => {
  const directory = temporaryDirectory()
  const flushes = fc.array(fc.array(change, { minLength: 1, maxLength: 20 }), { maxLength: 40 })
  let number = 0
  const property = fc.asyncProperty(flushes, async script => {
    const tables = openTables(`${directory.path}/${number++}`, 2 ** 24)
    const table = new OrderTable(tables.orders)
    const known = new Map<string, OrderRecord>()
    for (const flush of script) {
      const log = new OrderRecordLog()
      for (const each of flush) {
        const record = recordOf(each)
        log.add(record)
        if (record.value) known.set(hex(record.key), record)
        else known.delete(hex(record.key))
      }
      await tables.root.batch(() => table.write(log.bytes))
    }
    expect([...table.load()].map(textOf)).toEqual([...known.values()].map(textOf).sort())
    await tables.close()
  })
  await fc.assert(property, { numRuns: 12 })
  directory.remove()
})

test('a record that the log has no room for is refused', () => {
  const log = new OrderRecordLog()
  const key = Buffer.alloc(RECORD_KEY_BYTES, 1)
  log.add({ key, value: Buffer.alloc(0xfffe, 7) })
  expect(log.bytes.length).toBe(2 + RECORD_KEY_BYTES + 0xfffe)
  expect(() => log.add({ key, value: Buffer.alloc(0xffff) })).toThrow(RangeError)
  expect(() => log.add({ key: key.subarray(1) })).toThrow(RangeError)
  expect(log.count).toBe(1)
})
