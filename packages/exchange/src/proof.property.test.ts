import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HEIGHT, MARKET, orders, positionOf } from '../test/arbitraries.ts'
import { Book } from './book.ts'
import { BookCommitment, verifyBookProof } from './commitment.ts'
import { decodeBookProof, encodeBookProof } from './proof.ts'

const asked = fc.record({ tick: fc.integer({ min: 0, max: 110 }), number: fc.integer({ min: 0, max: 60 }) })

test('proofs survive the wire, in one encoding', () => {
  fc.assert(
    fc.property(orders({ maxOrders: 50 }), asked, (list, { tick, number }) => {
      const book = new Book(MARKET)
      for (const order of list) book.add(order)
      const commitment = new BookCommitment(book)
      const position = positionOf(HEIGHT - 1n, number)
      const proof = commitment.prove('buy', tick, position)
      const bytes = encodeBookProof(proof)
      const decoded = decodeBookProof(bytes)
      expect(decoded).toEqual({ ok: true, value: proof })
      const { buys } = commitment.root()
      expect(decoded.ok && verifyBookProof(buys, tick, position, decoded.value)).toBeTruthy()
      expect(decodeBookProof(bytes.subarray(0, -1)).ok).toBe(false)
      expect(decodeBookProof(new Uint8Array([...bytes, 0])).ok).toBe(false)
    }),
  )
})

test('any bytes are refused, or have a proof with exactly this encoding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const decoded = decodeBookProof(bytes)
      if (decoded.ok) expect(encodeBookProof(decoded.value)).toEqual(bytes)
    }),
  )
  expect(decodeBookProof(Uint8Array.of(0, 0))).toMatchObject({ ok: true, value: { steps: [] } })
  expect(decodeBookProof(Uint8Array.of(0, 3))).toMatchObject({ ok: false, error: { code: 'encoding.kind' } })
  expect(decodeBookProof(Uint8Array.of(129))).toMatchObject({ ok: false, error: { code: 'encoding.range' } })
  const leaf = new Uint8Array(2 + 16 + 32 + 8 + 1 + 8)
  leaf[1] = 1
  const changed = (at: number, value: number) => decodeBookProof(leaf.with(at, value))
  expect(decodeBookProof(leaf).ok).toBe(true)
  for (const [at, value] of [
    [50, 1],
    [58, 8],
    [59, 1],
  ] as const) {
    expect(changed(at, value)).toMatchObject({ ok: false, error: { code: 'encoding.range' } })
  }
})
