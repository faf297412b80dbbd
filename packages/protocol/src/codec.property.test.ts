import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as arbitrary from '../test/arbitraries.ts'
import * as protocol from './index.ts'
import { concat, type Result, toHex } from './index.ts'

interface Codec<T> {
  values: fc.Arbitrary<T>
  encode: (value: T) => Uint8Array
  decode: (bytes: Uint8Array) => Result<T>
  /** How many random values get every byte mutated. */
  runs: number
}

function codec<T>(
  values: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => Result<T>,
  runs = 60,
): Codec<unknown> {
  return { values, encode, decode, runs } as unknown as Codec<unknown>
}

const kind = (values: fc.Arbitrary<protocol.Transaction>, runs: number) =>
  codec(values, protocol.encodeTransaction, protocol.decodeTransaction, runs)

const proofs = arbitrary.treeLeaves.chain(leaves => {
  const tree = protocol.buildTree(leaves)
  return fc.constantFrom(0, ...leaves.map(leaf => leaf.path)).map(path => tree.proof(path))
})

const CODECS: [string, Codec<unknown>][] = [
  ['output', codec(arbitrary.output, protocol.encodeOutput, protocol.decodeOutput)],
  ['position', codec(arbitrary.position, protocol.encodePosition, protocol.decodePosition)],
  ['order terms', codec(arbitrary.orderTerms, protocol.encodeOrderTerms, protocol.decodeOrderTerms)],
  ['swap terms', codec(arbitrary.swapTerms, protocol.encodeSwapTerms, protocol.decodeSwapTerms)],
  ['market terms', codec(arbitrary.marketTerms, protocol.encodeMarketTerms, protocol.decodeMarketTerms)],
  ['pay', kind(arbitrary.pay, 15)],
  ['move', kind(arbitrary.move, 5)],
  ['settle', kind(arbitrary.settle, 15)],
  ['claim', kind(arbitrary.claim, 30)],
  ['refund', kind(arbitrary.refund, 30)],
  ['fee', kind(arbitrary.fee, 15)],
  ['deposit', kind(arbitrary.deposit, 30)],
  ['witness', codec(arbitrary.witness, protocol.encodeWitness, protocol.decodeWitness, 12)],
  [
    'signed transaction',
    codec(
      arbitrary.signedTransaction,
      protocol.encodeSignedTransaction,
      protocol.decodeSignedTransaction,
      10,
    ),
  ],
  [
    'signed instruction',
    codec(arbitrary.instruction, protocol.encodeInstruction, protocol.decodeInstruction, 8),
  ],
  ['header', codec(arbitrary.header, protocol.encodeHeader, protocol.decodeHeader, 20)],
  ['proof', codec(proofs, protocol.encodeProof, protocol.decodeProof, 20)],
]

/** The bytes are refused with a code of this package, or are the one encoding of what they decode to. */
function refusedOrCanonical({ encode, decode }: Codec<unknown>, bytes: Uint8Array): void {
  const decoded = decode(bytes)
  if (decoded.ok) expect(toHex(encode(decoded.value))).toBe(toHex(bytes))
  else expect(protocol.PROTOCOL_ERRORS).toHaveProperty([decoded.error.code])
}

describe.each(CODECS)('the encoding of a %s', (_, codec) => {
  const { values, encode, decode, runs } = codec

  test('decodes to what was encoded', () => {
    fc.assert(
      fc.property(values, value => {
        expect(decode(encode(value))).toEqual({ ok: true, value })
      }),
    )
  })

  test('is the only one: every mutated byte is refused or belongs to another value (I9)', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 255 }), (value, flip) => {
        const bytes = encode(value)
        for (let i = 0; i < bytes.length; i++) {
          bytes[i]! ^= flip
          refusedOrCanonical(codec, bytes)
          bytes[i]! ^= flip
        }
      }),
      { numRuns: runs },
    )
  })

  test('is refused at every other length', () => {
    fc.assert(
      fc.property(values, fc.uint8Array({ minLength: 1, maxLength: 40 }), (value, tail) => {
        const bytes = encode(value)
        for (let length = 0; length < bytes.length; length++) {
          expect(decode(bytes.subarray(0, length)).ok).toBe(false)
        }
        expect(decode(concat(bytes, tail)).ok).toBe(false)
      }),
      { numRuns: runs },
    )
  })

  test('never throws on random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), bytes => refusedOrCanonical(codec, bytes)))
  })

  test('reads its own part of a larger buffer', () => {
    fc.assert(
      fc.property(values, value => {
        const bytes = encode(value)
        const shifted = concat(new Uint8Array(3).fill(0xff), bytes, new Uint8Array(5)).subarray(
          3,
          3 + bytes.length,
        )
        expect(decode(shifted)).toEqual({ ok: true, value })
      }),
      { numRuns: runs },
    )
  })
})

test('a random body after a valid kind never throws', () => {
  const bytes = fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 3 }), fc.uint8Array({ maxLength: 900 }))
    .map(([kind, count, rest]) => concat(Uint8Array.of(kind, count), rest))
  fc.assert(
    fc.property(bytes, message => {
      for (const [, codec] of CODECS) refusedOrCanonical(codec, message)
    }),
  )
})
