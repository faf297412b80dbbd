import { type Block, type ClosedCheckpoint, encodeBlock, type LockFact, Locks } from '@omg/ledger'
import { PARAMETERS } from '@omg/ledger/testing'
import {
  type Address,
  type Amount,
  addressOfKey,
  coinGuard,
  encodeSignedTransaction,
  type OutputId,
  type Pay,
  payDigest,
  type SignedTransaction,
  signDigest,
  transactionHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { expect, test } from 'vitest'
import type { StoredCheckpoint } from '../store/facts.ts'
import { LateContents } from './late.ts'

const { domain } = PARAMETERS
const MAX_AGE = 100n
const ANSWERABLE = 50n
const COIN = `0x${'c0'.repeat(32)}` as OutputId
const KEY = `0x${'01'.repeat(32)}` as const

/** What Ethereum accepted: origin and time of each checkpoint, from 1 on. */
type Accepted = readonly (readonly [origin: bigint, acceptedAt: bigint])[]

function paymentUntil(validUntil: bigint): SignedTransaction {
  const output = {
    type: 'coin',
    guard: coinGuard(addressOfKey(KEY) as Address),
    token: ZERO_ADDRESS,
    amount: 1n as Amount,
  } as const
  const transaction: Pay = { kind: 'pay', inputs: [COIN], outputs: [output], validUntil, memo: ZERO_HASH }
  const signatures = [signDigest(payDigest(transaction, domain), KEY)]
  return { transaction, witness: { signatures, orderTerms: [], swapTerms: [] } }
}

/** Every checkpoint is one block, of the same height, with one payment, which was executed at origin 10. */
function contents(accepted: Accepted, validUntil = 10n ** 12n, locks: readonly LockFact[] = []) {
  const bytes = encodeSignedTransaction(paymentUntil(validUntil))
  const blockOf = (height: bigint): Block => ({
    ...{ height, time: 10n, checkpoint: height, closes: true, daMode: 'plasma', deposits: [] },
    ...{ origin: 10n, originHash: ZERO_HASH, originTime: 10n, inboxCursor: 0n },
    ...{ previousAppHash: ZERO_HASH, appHash: ZERO_HASH },
    body: Buffer.concat([Buffer.of(0, bytes.length >>> 8, bytes.length & 255), bytes, Buffer.alloc(12)]),
    bounds: Uint32Array.of(3, 3 + bytes.length),
  })
  const checkpoints = accepted.map(([origin, acceptedAt], i) => {
    return { number: BigInt(i + 1), origin, acceptedAt } as StoredCheckpoint
  })
  const memory = new Locks(locks)
  const late = new LateContents({
    store: {
      block: height => encodeBlock(blockOf(height)),
      checkpoint: number => checkpoints[Number(number) - 1],
      closed: number => ({ firstHeight: number, lastHeight: number }) as ClosedCheckpoint,
    },
    ...{ domain, lateOrigins: { maxOriginAgeSeconds: MAX_AGE, answerableBlocks: ANSWERABLE } },
    lockedAt: origin => memory.at(origin),
    isLocked: (id, locked, spender) => locked.blocks(Buffer.from(id.slice(2), 'hex'), spender),
  })
  return { late, last: checkpoints.at(-1)! }
}

function verdict(...world: Parameters<typeof contents>) {
  const { late, last } = contents(...world)
  return late.stale(last)?.why
}

test('R7: with a later origin a payment is dead where Ethereum calls it so: pauses count, and what came with the same origin', () => {
  const timely = (accepted: Accepted) => {
    const { late, last } = contents(accepted)
    return late.timelyFrom(last)
  }
  expect(
    timely([
      [10n, 1_000n],
      [1_090n, 1_100n],
    ]),
  ).toBe(1_100n)
  expect(
    timely([
      [10n, 1_000n],
      [1_090n, 1_101n],
    ]),
  ).toBe(1_000n)
  expect(
    timely([
      [10n, 1_000n],
      [1_090n, 1_101n],
      [1_090n, 1_150n],
    ]),
  ).toBe(1_000n)
  expect(
    timely([
      [10n, 1_000n],
      [1_090n, 1_101n],
      [1_091n, 1_150n],
    ]),
  ).toBe(1_150n)
  expect(timely([[10n, 1_000n]])).toBe(0n)
  const pause: Accepted = [
    [10n, 1_000n],
    [9_000n, 9_001n],
  ]
  expect([verdict(pause, 900n), verdict(pause, 899n)]).toEqual([undefined, 'dead'])
  const none: Accepted = [
    [10n, 1_000n],
    [1_090n, 1_100n],
  ]
  expect([verdict(none, 1_000n), verdict(none, 999n)]).toEqual([undefined, 'dead'])
})

test('R6: an exit that began before the later origin is answered in time, or the spend must not be there', () => {
  const accepted: Accepted = [
    [10n, 1_000n],
    [1_200n, 1_210n],
  ]
  const exitAt = (block: bigint): LockFact[] => [{ kind: 'exit', outputId: COIN, block }]
  expect(verdict(accepted, undefined, exitAt(1_151n))).toBeUndefined()
  expect(verdict(accepted, undefined, exitAt(1_150n))).toBe('locked')
  const txHash = transactionHash(paymentUntil(10n ** 12n).transaction, domain)
  expect(
    verdict(accepted, undefined, [{ kind: 'flight', txHash, inputs: [COIN], block: 20n }]),
  ).toBeUndefined()
})

test('what Ethereum took with the origin that the blocks have was judged when they were executed', () => {
  expect(verdict([[10n, 1_000n]], 0n, [{ kind: 'exit', outputId: COIN, block: 1n }])).toBeUndefined()
})
