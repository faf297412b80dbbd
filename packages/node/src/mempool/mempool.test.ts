import {
  createMapper,
  type FeeTokenInForce,
  inputCount,
  type MappedRecord,
  recordAt,
  recordHash,
  recordInput,
} from '@omg/ledger'
import {
  type Address,
  type Hash,
  type OutputId,
  ok,
  outputId,
  type TxHash,
  ZERO_ADDRESS,
} from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { DOMAIN, type PayOptions, pay, type SignedPay } from '../../test/harness.ts'
import { balance, instruct, TOKEN } from '../../test/orders.ts'
import { nodeError } from '../errors.ts'
import { Mempool, type MempoolLimits } from './mempool.ts'

const map = createMapper(DOMAIN)
/** Fees in two tokens: those of ETH, and those of another one in lane 1. */
function feeTokens(payment: bigint, other = 8n, accepted = true): FeeTokenInForce[] {
  const inForce = (lane: number, token: Address, least: bigint) => {
    const fees = { payment: least, item: least }
    return { lane, token, unit: 1n, dust: 0n, fees, voted: fees, accepted: true }
  }
  return [inForce(0, ZERO_ADDRESS, payment), { ...inForce(1, TOKEN, other), accepted }]
}
const coin = (i: number): OutputId => outputId(`0x${i.toString(16).padStart(64, '0')}` as TxHash, 0)

function record(signed: SignedPay): MappedRecord {
  return recordAt(map(signed.bytes, Uint32Array.of(0, signed.bytes.length)), 0)!
}

/** A mempool over a ledger that finds every transaction valid; fees are what the test says, in lane 0. */
function pool(limits: Partial<MempoolLimits> = {}) {
  const fees = new Map<Hash, bigint>()
  const invalid = new Set<Hash>()
  const inLane1 = new Set<Hash>()
  let inForce = feeTokens(8n)
  const mempool = new Mempool({
    feeTokens: () => inForce,
    limits,
    check: (next, pending) => {
      const hash = recordHash(next)
      for (let i = 0; i < inputCount(next); i++) pending.find(recordInput(next, i))
      if (invalid.has(hash)) return { ok: false, error: nodeError('request.invalid', 'invalid now') }
      const fee = fees.get(hash) ?? 8n
      return ok({ lanes: inLane1.has(hash) ? fee << 128n : fee << 192n, merge: false })
    },
  })
  const add = (options: Partial<PayOptions> & { fee?: bigint; lane?: 0 | 1 } = {}) => {
    const signed = pay({ from: 1, inputs: [coin(1)], outputs: [{ to: 2, amount: 5n }], ...options })
    if (options.fee !== undefined) fees.set(signed.hash, options.fee)
    if (options.lane === 1) inLane1.add(signed.hash)
    const result = mempool.add(record(signed))
    return { signed, hash: signed.hash, code: result.ok ? 'ok' : result.error.code, result }
  }
  /** A vote moves the fees, which the next block brings. */
  const vote = (next: readonly FeeTokenInForce[]) => {
    inForce = [...next]
    mempool.included(block(), 0n, false)
  }
  return { mempool, add, invalid, vote }
}

/** What the mempool looks at of a block. */
function block(records: readonly MappedRecord[] = [], instructions: readonly Hash[] = []) {
  const orders = { instructions: new Map(instructions.map(hash => [hash, 0n])) }
  return { records, orders }
}

const taken = (mempool: Mempool, transactions = 1_000) =>
  mempool.take({ transactions, bytes: Number.MAX_SAFE_INTEGER }).map(recordHash)

describe('mempool', () => {
  test('names duplicates and conflicts', () => {
    const { add, mempool } = pool()
    const first = add()
    const again = add()
    expect(again.code).toBe('mempool.duplicate')
    const rival = add({ outputs: [{ to: 3, amount: 5n }] })
    expect(rival.code).toBe('mempool.conflict')
    expect(rival.result).toMatchObject({ error: { message: expect.stringContaining(first.hash) } })
    expect(mempool.size).toBe(1)
  })

  test('what waits is taken by the fees in force: after a vote in another order, equal ones as they came', () => {
    const { add, mempool, vote } = pool({ transactions: 4 })
    const ether = add({ fee: 16n, inputs: [coin(1)] }).hash
    const dollars = add({ fee: 12n, lane: 1, inputs: [coin(2)] }).hash
    const more = add({ fee: 24n, inputs: [coin(3)] }).hash
    expect(taken(mempool)).toEqual([more, ether, dollars])
    // A payment costs four times as much in ether as before, and in dollars what it did.
    vote(feeTokens(32n))
    expect(taken(mempool)).toEqual([dollars, more, ether])
    // The coming ones are measured by the same: twice the new fee is above them all, and evicts the least.
    const best = add({ fee: 64n, inputs: [coin(4)] }).hash
    expect(taken(mempool)).toEqual([best, dollars, more, ether])
    expect(add({ fee: 33n, inputs: [coin(5)] }).code).toBe('ok')
    expect(mempool.has(ether)).toBe(false)
    // A token that is no longer accepted buys nothing.
    vote(feeTokens(4n, 8n, false))
    expect(taken(mempool).at(-1)).toBe(dollars)
    // Where nothing is due all fees are of one class: as they came.
    vote(feeTokens(0n, 0n))
    expect(taken(mempool).slice(0, 2)).toEqual([dollars, more])
  })

  test('replaces at 9/8 of the fee, not below, only for the same inputs and signers', () => {
    const { add, mempool } = pool()
    const old = add({ fee: 80n })
    expect(add({ fee: 89n, outputs: [{ to: 3, amount: 5n }] }).code).toBe('mempool.conflict')
    expect(add({ fee: 900n, inputs: [coin(1), coin(2)], outputs: [{ to: 3, amount: 5n }] }).code).toBe(
      'mempool.conflict',
    )
    expect(add({ fee: 900n, from: 4, outputs: [{ to: 3, amount: 5n }] }).code).toBe('mempool.conflict')
    const next = add({ fee: 90n, outputs: [{ to: 3, amount: 5n }] })
    expect(next.code).toBe('ok')
    expect(taken(mempool)).toEqual([next.hash])
    expect(mempool.rejections.get(old.hash)?.code).toBe('mempool.replaced')
  })

  test('replacing a parent takes its children along; a child cannot replace its own parent', () => {
    const { add, mempool } = pool()
    const parent = add({ fee: 80n })
    const child = add({ from: 2, inputs: [parent.signed.outputs[0]!] })
    expect(child.code).toBe('ok')
    expect(add({ fee: 90n, outputs: [{ to: 3, amount: 5n }] }).code).toBe('ok')
    expect(mempool.size).toBe(1)
    expect(mempool.rejections.get(child.hash)?.code).toBe('mempool.evicted')
  })

  test('bounds chains of waiting parents at the edge', () => {
    const { add } = pool({ ancestors: 3 })
    let last = add()
    for (let i = 0; i < 3; i++) {
      last = add({ from: 2, inputs: [last.signed.outputs[0]!] })
      expect(last.code).toBe('ok')
    }
    expect(add({ from: 2, inputs: [last.signed.outputs[0]!] }).code).toBe('mempool.chain')
  })

  test('bounds the transactions of one owner at the edge', () => {
    const { add } = pool({ perOwner: 2 })
    expect([1, 2, 3].map(i => add({ inputs: [coin(i)] }).code)).toEqual(['ok', 'ok', 'mempool.rate'])
    expect(add({ from: 2, inputs: [coin(9)] }).code).toBe('ok')
  })

  test('full: a higher fee class evicts the lowest, an equal one is refused', () => {
    const { add, mempool } = pool({ transactions: 2 })
    const low = add({ inputs: [coin(1)], fee: 8n })
    add({ inputs: [coin(2)], fee: 16n })
    expect(add({ inputs: [coin(3)], fee: 8n }).code).toBe('mempool.full')
    const high = add({ inputs: [coin(4)], fee: 24n })
    expect(high.code).toBe('ok')
    expect(mempool.rejections.get(low.hash)?.code).toBe('mempool.evicted')
    expect(mempool.size).toBe(2)
  })

  test('A30: more signatures buy no better place', () => {
    const { add, mempool } = pool({ transactions: 2 })
    const two = add({ with: [2], inputs: [coin(1), coin(2)], fee: 16n })
    const rich = add({ inputs: [coin(3)], fee: 9n })
    expect(taken(mempool)).toEqual([rich.hash, two.hash])
    expect(add({ with: [2], inputs: [coin(4), coin(5)], fee: 16n }).code).toBe('mempool.full')
    expect(add({ with: [2], inputs: [coin(4), coin(5)], fee: 20n }).code).toBe('ok')
    expect(mempool.rejections.get(two.hash)?.code).toBe('mempool.evicted')
  })

  test('full by bytes', () => {
    const { add } = pool({ bytes: 1_000 })
    expect(add({ inputs: [coin(1)] }).code).toBe('ok')
    const codes = Array.from({ length: 5 }, (_, i) => add({ inputs: [coin(2 + i)] }).code)
    expect(codes.at(-1)).toBe('mempool.full')
  })

  test('takes higher fees first, then by arrival, and parents before children', () => {
    const { add, mempool } = pool()
    const parent = add({ inputs: [coin(1)], fee: 8n })
    const plain = add({ inputs: [coin(2)], fee: 8n })
    const rich = add({ from: 2, inputs: [parent.signed.outputs[0]!], fee: 80n })
    expect(taken(mempool)).toEqual([parent.hash, rich.hash, plain.hash])
    expect(taken(mempool, 1)).toEqual([parent.hash, rich.hash].slice(0, 2))
  })

  test('a block takes its transactions out, and what conflicts with it', () => {
    const { add, mempool } = pool()
    const included = add({ inputs: [coin(1)] })
    const loser = add({ inputs: [coin(2)] })
    const child = add({ from: 2, inputs: [loser.signed.outputs[0]!] })
    const kept = add({ inputs: [coin(3)] })
    const foreign = pay({ from: 1, inputs: [coin(2)], outputs: [{ to: 9, amount: 5n }] })
    mempool.included(block([record(included.signed), record(foreign)]), 0n, false)
    expect(taken(mempool)).toEqual([kept.hash])
    expect(mempool.rejections.get(included.hash)).toBeUndefined()
    expect(mempool.rejections.get(loser.hash)?.code).toBe('mempool.conflict')
    expect(mempool.rejections.get(child.hash)?.code).toBe('mempool.evicted')
  })

  test('R7: what has expired leaves when the origin moves', () => {
    const { add, mempool } = pool()
    const short = add({ inputs: [coin(1)], validUntil: 100n })
    add({ inputs: [coin(2)], validUntil: 200n })
    mempool.included(block(), 100n, true)
    expect(mempool.size).toBe(2)
    mempool.included(block(), 101n, true)
    expect(mempool.size).toBe(1)
    expect(mempool.rejections.get(short.hash)).toBeDefined()
  })

  test('asks the ledger again when exits lock outputs', () => {
    const { add, mempool, invalid } = pool()
    const locked = add({ inputs: [coin(1)] })
    add({ inputs: [coin(2)] })
    invalid.add(locked.hash)
    mempool.recheck()
    expect(mempool.size).toBe(1)
    expect(mempool.get(locked.hash)).toBeUndefined()
  })

  describe('instructions', () => {
    const signed = (nonce: bigint, changes: { validUntil?: bigint; from?: number } = {}) => {
      const { from = 1, ...rest } = changes
      const { bytes, hash } = instruct(from, [{ from: balance(1, TOKEN, 1n).guard }], { nonce, ...rest })
      return { bytes, hash, record: recordAt(map(bytes, Uint32Array.of(0, bytes.length)), 0)! }
    }

    test('are known by their hash and by their bytes, named where they wait already, and never replaced', () => {
      const { mempool } = pool()
      const first = signed(1n)
      expect(mempool.add(first.record).ok).toBe(true)
      expect(mempool.add(first.record)).toMatchObject({ error: { code: 'mempool.duplicate' } })
      expect(mempool.sameInstruction(first.bytes)).toBe(first.record)
      expect(mempool.sameInstruction(signed(2n).bytes)).toBeUndefined()
      expect(mempool.sameInstruction(first.bytes.subarray(0, 120))).toBeUndefined()
      expect(mempool.instruction(first.hash)).toBe(first.record)
      // The same guard again: the ledger decides which of them still means something.
      expect(mempool.add(signed(2n).record).ok).toBe(true)
      expect(mempool.size).toBe(2)
    })

    test('leave with the block that has them', () => {
      const { mempool } = pool()
      const [included, waits] = [signed(1n), signed(2n)]
      for (const { record: each } of [included, waits]) mempool.add(each)
      mempool.included(block([], [included.hash]), 0n, false)
      expect(taken(mempool)).toEqual([waits.hash])
      expect(mempool.rejections.get(included.hash)).toBeUndefined()
    })

    test('leave when they are refused, dead or void by a new exit', () => {
      const { mempool, invalid } = pool()
      const [refused, dead, blocked] = [signed(1n), signed(2n, { validUntil: 50n }), signed(3n)]
      for (const { record: each } of [refused, dead, blocked]) mempool.add(each)
      mempool.reject(refused.record, nodeError('request.invalid', 'stale'))
      mempool.included(block(), 51n, true)
      invalid.add(blocked.hash)
      mempool.recheck()
      expect(mempool.size).toBe(0)
      for (const { hash } of [refused, dead, blocked]) expect(mempool.rejections.get(hash)).toBeDefined()
      expect(mempool.instruction(refused.hash)).toBeUndefined()
    })

    test('A30: count against their signer, and stand with payments of the least fee', () => {
      const { add, mempool } = pool({ perOwner: 2, transactions: 4 })
      for (const nonce of [1n, 2n]) expect(mempool.add(signed(nonce).record).ok).toBe(true)
      expect(mempool.add(signed(3n).record)).toMatchObject({ error: { code: 'mempool.rate' } })
      const rich = add({ from: 2, inputs: [coin(1)], fee: 80n })
      const poor = add({ from: 2, inputs: [coin(2)], fee: 4n })
      expect(taken(mempool)).toEqual([rich.hash, signed(1n).hash, signed(2n).hash, poor.hash])
      // A full mempool makes room for an instruction at the expense of what pays less than the least fee.
      expect(mempool.add(signed(4n, { from: 3 }).record).ok).toBe(true)
      expect(mempool.rejections.get(poor.hash)?.code).toBe('mempool.evicted')
    })
  })
})
