import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as arbitrary from '../../test/arbitraries.ts'
import {
  concat,
  type Domain,
  encodeTransaction,
  fromHex,
  inputsOf,
  instructionHash,
  keccakHash,
  madeIndex,
  outputsOf,
  remainderIndex,
  toHex,
  transactionHash,
} from '../index.ts'

const domain: Domain = {
  chainId: 31337n,
  verifyingContract: `0x${'c0'.repeat(20)}` as Domain['verifyingContract'],
}

test('any two different transactions have different hashes', () => {
  fc.assert(
    fc.property(arbitrary.transaction, arbitrary.transaction, (a, b) => {
      const same = toHex(encodeTransaction(a)) === toHex(encodeTransaction(b))
      expect(transactionHash(a, domain) === transactionHash(b, domain)).toBe(same)
    }),
    { numRuns: 60 },
  )
})

test('the hash of a MOVE is that of its instruction and its live inputs, as written down', () => {
  fc.assert(
    fc.property(arbitrary.move, move => {
      const encoded = encodeTransaction(move)
      const inputPart = encoded.subarray(2 + 80 * move.steps.length + 16)
      const body = concat(
        Uint8Array.of(5),
        fromHex(instructionHash(move, domain)),
        fromHex(keccakHash(inputPart)),
      )
      expect(transactionHash(move, domain)).toBe(keccakHash(body))
    }),
    { numRuns: 30 },
  )
})

test('the signed instruction does not name the live inputs, the hash does', () => {
  fc.assert(
    fc.property(arbitrary.move, arbitrary.outputId, (move, other) => {
      const [first, ...rest] = move.steps
      const refilled = { ...move, steps: [{ ...first!, inputs: [other] }, ...rest] }
      expect(instructionHash(refilled, domain)).toBe(instructionHash(move, domain))
      expect(transactionHash(refilled, domain)).not.toBe(transactionHash(move, domain))
    }),
    { numRuns: 30 },
  )
})

test('inputs come in the order of the encoding', () => {
  fc.assert(
    fc.property(arbitrary.transaction, transaction => {
      const text = toHex(encodeTransaction(transaction))
      const offsets = inputsOf(transaction).map(input => text.lastIndexOf(input.slice(2)))
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b))
      expect(offsets).not.toContain(-1)
    }),
    { numRuns: 60 },
  )
})

test('listed outputs keep their index; derived ones pair as 2i and 2i + 1', () => {
  fc.assert(
    fc.property(arbitrary.pay, pay => {
      expect(outputsOf(pay)).toEqual(pay.outputs.map((output, index) => ({ index, output })))
    }),
  )
  expect([0, 1, 15].map(madeIndex)).toEqual([0, 2, 30])
  expect([0, 1, 15].map(remainderIndex)).toEqual([1, 3, 31])
})
