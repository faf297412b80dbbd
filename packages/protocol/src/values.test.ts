import { createHash } from 'node:crypto'
import { keccak_256 } from '@noble/hashes/sha3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as arbitrary from '../test/arbitraries.ts'
import * as protocol from './index.ts'
import { type Guard, type Hash, type Hex, OmgError, type Position } from './index.ts'

const ALICE = protocol.address(`0x${'a1'.repeat(20)}`)
const coin: protocol.Output = {
  type: 'coin',
  guard: protocol.coinGuard(ALICE),
  token: protocol.ZERO_ADDRESS,
  amount: protocol.amount(1n),
}

test('hex is strict about its prefix, its length and its digits, and lower-cases what it names', () => {
  for (const bad of ['', '0', '1234', '0x1', '0xg0', '0x0G', '0x 1', 'x00', 7, null, undefined, {}]) {
    const parsed = protocol.parseHex(bad)
    expect(parsed.ok ? 'accepted' : parsed.error.code).toBe('encoding.hex')
  }
  expect(protocol.fromHex('0x00fFA9')).toEqual(Uint8Array.of(0, 255, 169))
  expect(() => protocol.fromHex('00')).toThrow(OmgError)
  expect(protocol.address(`0x${'AB'.repeat(20)}`)).toBe(`0x${'ab'.repeat(20)}`)
  expect(protocol.parseAddress(`0x${'ab'.repeat(21)}`).ok).toBe(false)
  expect(protocol.parseHash(`0x${'ab'.repeat(31)}`).ok).toBe(false)
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      expect(protocol.fromHex(protocol.toHex(bytes))).toEqual(bytes)
    }),
  )
})

test('positions sort as history does: a deposit right after its checkpoint, before the next', () => {
  const last = protocol.position({ checkpoint: 4n, sequence: 0, shard: 255, index: 65_535, output: 255 })
  const deposits = [1, 2, 0xffff_ffff].map(sequence => protocol.depositPosition(4n, sequence))
  const next = protocol.position({ checkpoint: 5n, sequence: 0, shard: 0, index: 0, output: 0 })
  const history = [last, ...deposits, next]
  expect([...history].sort((a, b) => (a < b ? -1 : 1))).toEqual(history)
  expect(history.map(protocol.isDepositPosition)).toEqual([false, true, true, true, false])
  fc.assert(
    fc.property(arbitrary.position, value => {
      expect(protocol.position(protocol.parsePosition(value))).toBe(value)
    }),
  )
})

test('a part of a position that does not fit is refused', () => {
  const parts = { checkpoint: 1n, sequence: 0, shard: 0, index: 0, output: 0 }
  const wrong = [
    { checkpoint: 2n ** 32n },
    { checkpoint: -1n },
    { sequence: 2 ** 32 },
    { shard: 256 },
    { index: 65_536 },
    { output: 256 },
    { output: 0.5 },
  ]
  for (const part of wrong) expect(() => protocol.position({ ...parts, ...part })).toThrow('does not fit')
  expect(() => protocol.depositPosition(1n, 0)).toThrow('count from 1')
  expect(() => protocol.encodePosition((2n ** 96n) as Position)).toThrow(OmgError)
})

test('lanes pack, unpack and add, and never wrap', () => {
  const lane = fc.bigInt({ min: 0n, max: protocol.MAX_U64 })
  const four = fc.tuple(lane, lane, lane, lane)
  fc.assert(
    fc.property(four, four, (a, b) => {
      expect(protocol.unpackLanes(protocol.packLanes(a))).toEqual(a)
      const sums = a.map((value, i) => value + b[i]!) as [bigint, bigint, bigint, bigint]
      const added = protocol.addLanes(protocol.packLanes(a), protocol.packLanes(b))
      if (sums.some(sum => sum > protocol.MAX_U64)) expect(added.ok).toBe(false)
      else expect(added).toEqual({ ok: true, value: protocol.packLanes(sums) })
    }),
  )
  expect(() => protocol.packLanes([0n, 0n, 0n, 2n ** 64n])).toThrow(OmgError)
  expect(() => protocol.packLanes([-1n, 0n, 0n, 0n])).toThrow(OmgError)
})

test('the owner of a coin comes back from its guard, and from no other guard', () => {
  fc.assert(
    fc.property(arbitrary.address, owner => {
      expect(protocol.ownerOfGuard(protocol.coinGuard(owner))).toBe(owner)
    }),
  )
  expect(() => protocol.ownerOfGuard(`0x01${'00'.repeat(31)}` as Guard)).toThrow('padded')
  expect(() => protocol.ownerOfGuard(protocol.ZERO_HASH as Guard)).toThrow('zero address')
})

test('amounts hold 128 bits', () => {
  expect(protocol.amount(protocol.MAX_U128)).toBe(protocol.MAX_U128)
  expect(() => protocol.amount(protocol.MAX_U128 + 1n)).toThrow(OmgError)
  expect(() => protocol.amount(-1n)).toThrow(OmgError)
})

test('encoders throw on values that have no encoding, instead of writing something else', () => {
  const pay: protocol.Pay = {
    kind: 'pay',
    inputs: [`0x${'11'.repeat(32)}` as protocol.OutputId],
    outputs: [coin],
    validUntil: 1n,
    memo: protocol.ZERO_HASH,
  }
  const wrong: [string, Partial<protocol.Pay>][] = [
    ['encoding.range', { inputs: [] }],
    ['encoding.range', { outputs: [] }],
    ['encoding.range', { outputs: Array(17).fill(coin) }],
    ['encoding.range', { validUntil: 2n ** 64n }],
    ['encoding.range', { validUntil: -1n }],
    ['encoding.range', { memo: '0x00' as Hash }],
    ['encoding.range', { outputs: [{ ...coin, amount: 0n as protocol.Amount }] }],
    ['encoding.duplicate_input', { inputs: [pay.inputs[0]!, pay.inputs[0]!] }],
    ['output.type', { outputs: [{ ...coin, type: 'fee' }] }],
    ['encoding.hex', { memo: 'memo' as Hash }],
  ]
  for (const [code, part] of wrong) {
    expect(() => protocol.encodeTransaction({ ...pay, ...part })).toThrow(expect.objectContaining({ code }))
  }
  const unsigned = { transaction: pay, witness: protocol.EMPTY_WITNESS }
  expect(() => protocol.encodeSignedTransaction(unsigned)).toThrow(
    expect.objectContaining({ code: 'encoding.witness' }),
  )
})

test('limits are exact: the longest transaction and witness have exactly the largest size', () => {
  const steps = Array.from({ length: 16 }, (_, i) => ({
    guard: protocol.ZERO_HASH as Guard,
    amount: protocol.amount(0n),
    to: protocol.ZERO_HASH as Guard,
    inputs: Array.from(
      { length: 8 },
      (_, j) => protocol.keccakHash(Uint8Array.of(i, j)) as protocol.OutputId,
    ),
  }))
  const move: protocol.Move = { kind: 'move', steps, validUntil: 0n, nonce: 0n }
  const bytes = protocol.encodeTransaction(move)
  expect(bytes.length).toBe(protocol.MAX_TRANSACTION_BYTES)
  const longer = protocol.decodeTransaction(protocol.concat(bytes, new Uint8Array(1)))
  expect(longer.ok ? '' : longer.error.code).toBe('encoding.too_long')
  const witness = protocol.decodeWitness(new Uint8Array(protocol.MAX_WITNESS_BYTES + 1))
  expect(witness.ok ? '' : witness.error.code).toBe('encoding.too_long')
  const signed = protocol.decodeSignedTransaction(new Uint8Array(protocol.MAX_SIGNED_TRANSACTION_BYTES + 1))
  expect(signed.ok ? '' : signed.error.code).toBe('encoding.too_long')
})

test('a header holds 255 data commitments and not one more', () => {
  const [header] = fc.sample(arbitrary.header, 1)
  const commitments = (count: number) => ({
    ...header!,
    daCommitments: Array<Hash>(count).fill(protocol.ZERO_HASH),
  })
  const full = commitments(protocol.MAX_DA_COMMITMENTS)
  expect(protocol.decodeHeader(protocol.encodeHeader(full))).toEqual({ ok: true, value: full })
  expect(() => protocol.encodeHeader(commitments(256))).toThrow('256 data commitments')
})

test('a deposit is named by its position too, and never as the output of a transaction (A18)', () => {
  const first = protocol.depositId(coin, protocol.depositPosition(0n, 1))
  const second = protocol.depositId(coin, protocol.depositPosition(0n, 2))
  expect(first).not.toBe(second)
})

test('signatures: the same key and digest give the same bytes, and only the canonical form is recovered', () => {
  fc.assert(
    fc.property(arbitrary.signer, arbitrary.hash, ({ privateKey, address }, digest) => {
      const signature = protocol.signDigest(digest, privateKey)
      expect(protocol.signDigest(digest, protocol.fromHex(privateKey))).toBe(signature)
      expect(protocol.recoverSigner(digest, signature)).toEqual({ ok: true, value: address })
      const s = BigInt(`0x${signature.slice(66, 130)}`)
      const flipped = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n - s
      const twin = `${signature.slice(0, 66)}${flipped.toString(16).padStart(64, '0')}${signature.endsWith('1b') ? '1c' : '1b'}`
      expect(protocol.recoverSigner(digest, twin as Hex).ok).toBe(false)
    }),
    { numRuns: 20 },
  )
  for (const bad of ['0x', `0x${'00'.repeat(65)}`, `0x${'11'.repeat(64)}`, 'signature']) {
    expect(protocol.recoverSigner(protocol.ZERO_HASH, bad as Hex).ok).toBe(false)
  }
  const offCurve = `0x${'00'.repeat(31)}05${'00'.repeat(31)}011b` as Hex
  const recovered = protocol.recoverSigner(protocol.ZERO_HASH, offCurve)
  expect(recovered.ok ? '' : recovered.error.code).toBe('signature.invalid')
})

test('fee pools and markets have their own names', () => {
  const pools = (['stakers', 'insurance', 'burn'] as const).flatMap(pool =>
    [0n, 1n].map(e => protocol.feePoolId(pool, e)),
  )
  expect(new Set(pools).size).toBe(6)
  fc.assert(
    fc.property(arbitrary.marketTerms, arbitrary.marketTerms, (a, b) => {
      const same =
        protocol.toHex(protocol.encodeMarketTerms(a)) === protocol.toHex(protocol.encodeMarketTerms(b))
      expect(protocol.marketId(a) === protocol.marketId(b)).toBe(same)
    }),
  )
})

test('keccak256 is Ethereum’s, and another implementation is taken only if it computes the same', () => {
  const empty = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
  expect(protocol.keccakHash(new Uint8Array())).toBe(empty)
  const sha3 = (bytes: Uint8Array) => new Uint8Array(createHash('sha3-256').update(bytes).digest())
  expect(() => protocol.installKeccak256(sha3)).toThrow('this keccak256 is wrong')
  expect(protocol.keccakHash(new Uint8Array())).toBe(empty)
  // One that leaves the target as it was.
  expect(() => protocol.installKeccak256(bytes => keccak_256(bytes))).toThrow('this keccak256 is wrong')
  const lengths: number[] = []
  const placing: protocol.Keccak256 = (bytes, target, at = 0) => {
    lengths.push(bytes.length)
    const hash = keccak_256(bytes)
    target?.set(hash, at)
    return target ?? hash
  }
  protocol.installKeccak256(placing)
  expect(protocol.keccakHash(new Uint8Array())).toBe(empty)
  expect(lengths.at(-1)).toBe(0)
  const placed = new Uint8Array(34)
  protocol.keccak256To(new Uint8Array(), placed, 1)
  expect(protocol.toHex(placed)).toBe(`0x00${empty.slice(2)}00`)
})

test('errors travel as code, message and action', () => {
  const decoded = protocol.decodeOutput(new Uint8Array(3))
  expect(decoded.ok ? undefined : JSON.parse(JSON.stringify(decoded.error))).toMatchInlineSnapshot(`
    {
      "action": "Use one of the kinds, types or modes that docs/encoding.md lists.",
      "code": "encoding.kind",
      "message": "output type 0 does not exist (byte 1)",
    }
  `)
})
