import {
  coinGuard,
  concat,
  EMPTY_WITNESS,
  encodeSignedTransaction,
  fromHex,
  type OutputId,
  type SignedTransaction,
  type Transaction,
  toHex,
  ZERO_HASH,
} from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  account,
  alice,
  batchOf,
  bob,
  coin,
  deposits,
  item,
  PARAMETERS,
  PLAIN,
  payment,
  USD,
} from './chain.fixture.ts'
import { fastKeccak256 } from './keccak.ts'
import { mapTransactionReference } from './map.reference.ts'
import { createMapper } from './map.ts'
import { describeRecord, mapError, recordAt, recordSigned } from './record.ts'

const map = createMapper(PARAMETERS.domain)
const id = (i: number) => toHex(fastKeccak256(Uint8Array.of(i))) as OutputId

/** What both map stages say about one signed transaction, in the same words. */
function both(signed: Uint8Array) {
  const batch = map(signed, Uint32Array.of(0, signed.length))
  const record = recordAt(batch, 0)
  const fast = record
    ? { ...describeRecord(record), signed: toHex(recordSigned(record)) }
    : mapError(batch, 0).code
  const plain = mapTransactionReference(signed, PARAMETERS.domain)
  return { fast, plain: plain.ok ? { ...plain.value, signed: toHex(signed) } : plain.error.code }
}

function expectSame(signed: Uint8Array) {
  const { fast, plain } = both(signed)
  expect(fast).toEqual(plain)
  return fast
}

const accounts = Array.from({ length: 4 }, (_, i) => account(i + 10))
const payments = fc
  .record({
    signers: fc.array(fc.constantFrom(...accounts), { minLength: 1, maxLength: 4 }),
    inputs: fc.uniqueArray(fc.nat(255), { minLength: 4, maxLength: 16 }),
    outputs: fc.array(
      fc.record({
        owner: fc.constantFrom(...accounts),
        value: fc.bigInt(1n, 2n ** 128n - 1n),
        token: fc.constantFrom(USD, PLAIN),
        unique: fc.boolean(),
      }),
      { minLength: 1, maxLength: 16 },
    ),
    validUntil: fc.bigInt(0n, 2n ** 64n - 1n),
  })
  .map(({ signers, inputs, outputs, validUntil }) =>
    payment(
      signers,
      inputs.map(id),
      outputs.map(({ owner, value, token, unique }) =>
        unique ? item(owner, value, token) : coin(owner, value, token),
      ),
      { validUntil },
    ),
  )

describe('the map stage does what the reference does', () => {
  test('for payments', () => {
    fc.assert(
      fc.property(payments, ({ signed }) => {
        expect(typeof expectSame(signed)).toBe('object')
      }),
      { numRuns: 40 },
    )
  })

  test('for payments with any byte changed, added or missing', () => {
    const change = fc.record({
      at: fc.nat(),
      by: fc.integer({ min: 1, max: 255 }),
      how: fc.constantFrom('xor', 'cut', 'add'),
    })
    fc.assert(
      fc.property(payments, change, ({ signed }, { at, by, how }) => {
        const place = at % signed.length
        if (how === 'cut') return void expect(typeof expectSame(signed.subarray(0, place))).toBe('string')
        if (how === 'add')
          return void expect(typeof expectSame(concat(signed, Uint8Array.of(by)))).toBe('string')
        expectSame(Uint8Array.from(signed, (byte, i) => (i === place ? byte ^ by : byte)))
      }),
      { numRuns: 150 },
    )
  })

  test('for every byte of the head of a payment', () => {
    const { signed } = payment([alice], [id(1), id(2)], [coin(bob, 5n)])
    for (const place of [
      0,
      1,
      66,
      67,
      68,
      80,
      136,
      signed.length - 69,
      signed.length - 3,
      signed.length - 2,
      signed.length - 1,
    ]) {
      for (const value of [0, 1, 2, 3, 6, 7, 16, 17, 255]) {
        expectSame(Uint8Array.from(signed, (byte, i) => (i === place ? value : byte)))
      }
    }
  })

  test('for any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), bytes => void expectSame(bytes)))
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        bytes => void expectSame(concat(Uint8Array.of(1), bytes)),
      ),
    )
  })

  test('for every other kind of transaction', () => {
    const sign = (transaction: Transaction, witness = EMPTY_WITNESS) =>
      expectSame(encodeSignedTransaction({ transaction, witness } as SignedTransaction))
    const fill = { input: id(1), lots: 1n }
    const settle = {
      kind: 'settle',
      market: ZERO_HASH,
      batchHeight: 1n,
      price: 1n,
      fills: [fill, { ...fill, input: id(2) }],
    } as const
    const step = {
      guard: coinGuard(alice.address),
      amount: 0n as never,
      to: ZERO_HASH as never,
      inputs: [id(1)],
    }
    expect(sign(settle)).toMatchObject({ signers: [], outputIds: { length: 4 } })
    expect(sign({ kind: 'move', steps: [step], validUntil: 1n, nonce: 1n })).toMatchObject({ signers: [] })
    expect(sign(deposits([coin(alice, 1n)])[0]!)).toBe('transaction.protocol_only')
    expect(sign({ kind: 'fee', checkpoint: 3n, inputs: [], outputs: [coin(alice, 1n)] })).toMatchObject({
      signers: [],
    })
    expect(
      sign({ kind: 'fee', checkpoint: 0n, inputs: [id(1)], outputs: [coin(alice, 1n), coin(bob, 2n)] }),
    ).toMatchObject({ signers: [] })
    const pool = { ...coin(alice, 1n), type: 'fee' as const }
    expect(sign({ kind: 'fee', checkpoint: 3n, inputs: [], outputs: [pool] })).toBe('output.type_inactive')
    const swap = { kind: 'refund', input: id(1) } as const
    const terms = { maker: alice.address, taker: bob.address, hash: id(3), expiry: 5n }
    expect(sign(swap, { ...EMPTY_WITNESS, swapTerms: [terms] as never })).toBe('transaction.kind_inactive')
  })

  test('for a payment into outputs without rules yet', () => {
    for (const type of ['swap', 'chain'] as const) {
      const { signed } = payment([alice], [id(1)], [{ ...coin(bob, 5n), type }])
      expect(expectSame(signed)).toBe('output.type_inactive')
    }
  })
})

test('the other half of a signature is refused (A18)', () => {
  const { signed } = payment([alice], [id(1)], [coin(bob, 5n)])
  const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const at = signed.length - 3 - 65
  const s = BigInt(toHex(signed.subarray(at + 32, at + 64)))
  const twin = signed.slice()
  twin.set(fromHex(`0x${(ORDER - s).toString(16).padStart(64, '0')}`), at + 32)
  twin[at + 64]! ^= 27 ^ 28
  expect(expectSame(twin)).toBe('signature.invalid')
  for (const [from, to] of [
    [at, at + 32],
    [at + 32, at + 64],
  ] as const) {
    for (const value of [0, 0xff])
      expect(expectSame(signed.slice().fill(value, from, to))).toBe('signature.invalid')
  }
})

test('another chain or contract is another signer', () => {
  const { signed } = payment([alice], [id(1)], [coin(bob, 5n)])
  for (const domain of [
    { ...PARAMETERS.domain, chainId: 1n },
    { ...PARAMETERS.domain, verifyingContract: alice.address },
  ]) {
    const record = recordAt(createMapper(domain)(signed, Uint32Array.of(0, signed.length)), 0)!
    expect(describeRecord(record).signers).not.toEqual([alice.address])
  }
})

test('a batch keeps its order, with refusals between', () => {
  const good = Array.from({ length: 5 }, (_, i) => payment([alice], [id(i)], [coin(bob, 5n)]))
  const signed = good.flatMap(({ signed }) => [signed, signed.subarray(1)])
  const { bytes, bounds } = batchOf(signed)
  const batch = map(bytes, bounds)
  expect([...batch.codes].map(code => code === 0)).toEqual(signed.map((_, i) => i % 2 === 0))
  for (const [i, { hash, ids }] of good.entries()) {
    expect(describeRecord(recordAt(batch, 2 * i)!)).toMatchObject({ hash, outputIds: ids })
  }
  expect(map(new Uint8Array(0), new Uint32Array(0)).count).toBe(0)
})
