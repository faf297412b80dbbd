import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteMap } from './bytemap.ts'

const key = (n: number) => Uint8Array.from({ length: 20 }, (_, i) => (n * (i + 1)) & 0xff)

describe('map by bytes', () => {
  test('reads keys where they stand', () => {
    const map = new ByteMap<string>(20)
    const bytes = Uint8Array.from([9, 9, 9, ...key(1), ...key(2)])
    map.set(bytes, 3, 'one')
    map.set(bytes, 23, 'two')
    map.set(key(1), 0, 'again')
    expect([map.get(bytes, 3), map.get(key(2), 0), map.get(key(3), 0)]).toEqual(['again', 'two', undefined])
    expect(map.size).toBe(2)
  })

  test('does what a Map does, through growth and removal', () => {
    const step = fc.tuple(fc.boolean(), fc.nat(255))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), steps => {
        const map = new ByteMap<number>(20)
        const reference = new Map<number, number>()
        for (const [i, [adds, n]] of steps.entries()) {
          if (adds) {
            map.set(key(n), 0, i)
            reference.set(n, i)
          } else {
            map.delete(key(n), 0)
            reference.delete(n)
          }
        }
        expect(map.size).toBe(reference.size)
        for (let n = 0; n < 256; n++) expect(map.get(key(n), 0)).toBe(reference.get(n))
      }),
    )
  })
})
