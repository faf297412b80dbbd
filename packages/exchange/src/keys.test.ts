import { describe, expect, test } from 'vitest'
import { KeyTable } from './keys.ts'

const key = (number: number) => {
  const bytes = new Uint8Array(32)
  // The bytes that are hashed are equal: every key belongs to the same place, as an adversary would have it.
  new DataView(bytes.buffer).setUint32(16, number)
  return bytes
}

describe('a table whose keys all collide', () => {
  test('finds, forgets and finds again', () => {
    const table = new KeyTable(32, 4)
    // More than an entry can say how far it stands away.
    const count = 2500
    const slots = Array.from({ length: count }, (_, i) => table.insert(key(i)))
    for (let i = 0; i < count; i += 3) table.remove(slots[i]!)
    for (let i = 0; i < count; i++) {
      if (table.find(key(i)) !== (i % 3 === 0 ? -1 : slots[i])) throw new Error(`key ${i}`)
    }
    for (let i = 0; i < count; i += 3) expect(table.insert(key(i))).toBeGreaterThanOrEqual(0)
    expect(table.size).toBe(count)
    expect(table.insert(key(7))).toBe(-1)
  })

  test('uses the numbers of removed keys again', () => {
    const table = new KeyTable(32, 4)
    const slot = table.insert(key(1))
    table.remove(slot)
    expect(table.insert(key(2))).toBe(slot)
    expect(table.end).toBe(1)
  })
})

test('keys may start anywhere in some bytes', () => {
  const table = new KeyTable(32, 4)
  const bytes = new Uint8Array([9, 9, 9, ...key(5)])
  const slot = table.insert(bytes, 3)
  expect(table.find(key(5))).toBe(slot)
  expect(table.key(slot)).toEqual(key(5))
})
