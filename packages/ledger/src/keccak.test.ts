import { keccak_256 } from '@noble/hashes/sha3'
import { keccak256, toHex } from '@omg/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createArena, fastKeccak256 } from './keccak.ts'

test('every length around the rate hashes as the reference does', () => {
  for (let length = 0; length <= 560; length++) {
    const message = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff)
    expect(toHex(fastKeccak256(message)), `${length} bytes`).toBe(toHex(keccak_256(message)))
  }
})

test('a message longer than the memory grows it', () => {
  const message = new Uint8Array(300_000).fill(0xa5)
  expect(toHex(fastKeccak256(message))).toBe(toHex(keccak_256(message)))
  expect(toHex(fastKeccak256(new Uint8Array(0)))).toBe(toHex(keccak256(new Uint8Array(0))))
})

test('ranges of an arena are hashed in place and nothing else is touched', () => {
  const arena = createArena()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(700), fc.nat(700), (message, from, to) => {
      arena.bytes.fill(0xee, 0, 2000)
      arena.bytes.set(message, from)
      const expected = arena.bytes.slice(0, 2000)
      expected.set(keccak_256(message), to)
      arena.hash(from, message.length, to)
      expect(toHex(arena.bytes.subarray(0, 2000))).toBe(toHex(expected))
    }),
  )
})
