import {
  decodeInstruction,
  encodeInstruction,
  encodeOrderTerms,
  encodeSignedTransaction,
  type Move,
  ORDER_TERMS_BYTES,
  type OutputId,
  orderGuard,
  toHex,
  unwrap,
} from '@omg/protocol'
import { instruction as instructions } from '@omg/protocol/arbitraries'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alice, bob, PARAMETERS, recordOf, USD } from '../chain.fixture.ts'
import { fastKeccak256 } from '../keccak.ts'
import { mapTransactionReference } from '../map.reference.ts'
import { createMapper } from '../map.ts'
import {
  describeRecord,
  inputCount,
  KIND_MOVE,
  mapError,
  recordAt,
  recordInput,
  recordInstruction,
  recordKind,
} from '../record.ts'
import { Signatures } from '../signatures.ts'
import type { MappedRecord } from '../types.ts'
import { fillRecord } from './fill.ts'
import { MoveStage } from './map.ts'
import { instruction, order, orderOutput, orderPayment, trading } from './market.fixture.ts'
import { writeTermsTo } from './terms.ts'
import { moveWords } from './words.ts'

const map = createMapper(PARAMETERS.domain)
const id = (i: number) => toHex(fastKeccak256(Uint8Array.of(i, 9))) as OutputId

/** What both map stages say about one message, in the same words; of a MOVE also what the rules read. */
function expectSame(signed: Uint8Array) {
  const batch = map(signed, Uint32Array.of(0, signed.length))
  const record = recordAt(batch, 0)
  if (record && recordKind(record) === KIND_MOVE) expectWords(record)
  const fast = record ? describeRecord(record) : mapError(batch, 0).code
  const plain = mapTransactionReference(signed, PARAMETERS.domain)
  expect(fast).toEqual(plain.ok ? plain.value : plain.error.code)
  return fast
}

/** The quick reading of a MOVE, beside the strict one. */
function expectWords(record: MappedRecord) {
  const { transaction, witness, signers } = describeRecord(record)
  const words = moveWords(record)
  const instruction = recordInstruction(record)
  expect(words).toEqual({
    ...{ instruction, move: transaction, terms: witness.orderTerms, signer: signers[0] },
  })
  for (const [i, each] of words.terms.entries()) {
    const written = Buffer.alloc(ORDER_TERMS_BYTES, 0xff)
    writeTermsTo(each, written, 0)
    expect(toHex(written)).toBe(toHex(encodeOrderTerms(witness.orderTerms[i]!)))
    expect(orderGuard(each)).toBe(orderGuard(witness.orderTerms[i]!))
  }
}

const { terms } = order(alice, 'buy', 100, { lots: 5 })
const chainedTo = order(alice, 'sell', 100, { lots: 5 }).terms
const chained = { ...terms, proceedsKind: 'chained' as const, proceedsGuard: orderGuard(chainedTo) }
const home = trading(alice, bob)

describe('the map stage does what the reference does', () => {
  test('for payments that make orders, with their terms and those they are chained to', () => {
    const pay = (made: (typeof terms)[], witness: (typeof terms)[]) =>
      orderPayment(
        [alice],
        [id(1)],
        made.map(each => orderOutput(each, 500n, USD)),
        witness,
      ).signed
    expect(expectSame(pay([terms, home], [terms, home]))).toMatchObject({ signers: [alice.address] })
    expect(expectSame(pay([chained], [chained, chainedTo]))).toMatchObject({ signers: [alice.address] })
    expect(expectSame(pay([terms], [home]))).toBe('encoding.witness')
    expect(expectSame(pay([chained, terms], [chained, terms, home]))).toBe('encoding.witness')
  })

  test('for instructions, with any byte changed', () => {
    const { signed, hash } = instruction(bob, [{ from: home, amount: 5n, to: chained }, { from: terms }], {
      chained: [chainedTo],
    })
    expect(expectSame(signed)).toMatchObject({ hash, signers: [bob.address], outputIds: [] })
    fc.assert(
      fc.property(fc.nat(signed.length - 1), fc.integer({ min: 1, max: 255 }), (place, by) => {
        expectSame(Uint8Array.from(signed, (byte, i) => (i === place ? byte ^ by : byte)))
      }),
      { numRuns: 150 },
    )
    fc.assert(
      fc.property(instructions, value => void expectSame(encodeInstruction(value))),
      { numRuns: 30 },
    )
  })

  test('for a MOVE with its inputs, and for one that is filled in', () => {
    const { signed, hash } = instruction(bob, [{ from: home, amount: 5n, to: terms }, { from: terms }])
    const { instruction: what, witness } = unwrap(decodeInstruction(signed))
    const inputs = [[id(1), id(2), id(3)], [id(4)]]
    const steps = what.steps.map((step, i) => ({ ...step, inputs: inputs[i]! }))
    const move: Move = { ...what, kind: 'move', steps }
    const whole = encodeSignedTransaction({ transaction: move, witness })
    expect(expectSame(whole)).toMatchObject({ signers: [bob.address], outputIds: { length: 4 } })
    const submitted = recordOf(signed)
    const filled = fillRecord(submitted, move)
    expect(toHex(filled)).toBe(toHex(recordOf(whole)))
    expect(moveWords(filled)).toEqual({ ...moveWords(submitted), move })
    expect([recordInstruction(submitted), recordInstruction(filled)]).toEqual([hash, hash])
    const inputsOf = Array.from({ length: inputCount(filled) }, (_, i) => toHex(recordInput(filled, i)))
    expect(inputsOf).toEqual(inputs.flat())
  })

  test('without decoding instructions and MOVEs of one signature whose proceeds are not chained', () => {
    const stage = new MoveStage(PARAMETERS.domain)
    const isRecognised = (signed: Uint8Array) =>
      stage.map(signed, new Uint8Array(40_000), 0, new Signatures(1)) > 0
    const steps = Array.from({ length: 16 }, () => ({
      from: home,
      to: order(alice, 'buy', 9, { lots: 5 }).terms,
    }))
    const longest = instruction(bob, steps).signed
    const { instruction: what, witness } = unwrap(decodeInstruction(longest))
    const inputs = Array.from({ length: 16 }, (_, i) => Array.from({ length: 8 }, (_, j) => id(8 * i + j)))
    const whole = (all: readonly (readonly OutputId[])[]): Move => ({
      ...what,
      kind: 'move',
      steps: what.steps.map((step, i) => ({ ...step, inputs: all[i]! })),
    })
    const signed = encodeSignedTransaction({ transaction: whole(inputs), witness })
    expect([longest, signed].map(isRecognised)).toEqual([true, true])
    expectSame(longest)
    expectSame(signed)
    const twice = signed.slice()
    twice.copyWithin(2 + 80 * 16 + 16 + 1, 2 + 80 * 16 + 16 + 1 + 32, 2 + 80 * 16 + 16 + 1 + 64)
    expect(isRecognised(twice)).toBe(false)
    expect(expectSame(twice)).toBe('encoding.duplicate_input')
    const route = instruction(bob, [{ from: home, to: chained }], { chained: [chainedTo] }).signed
    expect(isRecognised(route)).toBe(false)
    fc.assert(
      fc.property(fc.nat(signed.length - 1), fc.integer({ min: 1, max: 255 }), (place, by) => {
        expectSame(Uint8Array.from(signed, (byte, i) => (i === place ? byte ^ by : byte)))
      }),
      { numRuns: 100 },
    )
  })
})
