import { type Block, type Ledger, type LockFact, Locks } from '@omg/ledger'
import { encodeHeader, type Hash, type Header, type OutputId, toHex, ZERO_HASH } from '@omg/protocol'
import { expect, test } from 'vitest'
import { DOMAIN, pay, type SignedPay } from '../../test/harness.ts'
import { headerOf } from '../../test/headers.ts'
import type { EthereumView } from '../rootchain/view.ts'
import type { ChainStore } from '../store/store.ts'
import type { Checkpoints } from './checkpoints.ts'
import { encodeRecord } from './record.ts'
import { Renewal } from './renewal.ts'

/** Ethereum makes a block a second here: block and time are the same number. */
const MAX_AGE = 100n
const ANSWERABLE = 50n
const COIN = `0x${'c0'.repeat(32)}` as OutputId
/** Checkpoint 1 is accepted at 1000, checkpoint 2 is closed, and 3 is open; both with a payment of this. */
const ACCEPTED_AT = 1_000n

interface World {
  /** Origins of the checkpoints: the accepted one, the closed one, the open one. */
  origins?: readonly [bigint, bigint, bigint]
  validUntil?: bigint
  locks?: readonly LockFact[]
  /** Heights of the blocks that are here: 2 is the closed checkpoint's, 3 the open one's. */
  here?: readonly bigint[]
  daMode?: Header['daMode']
  lastAccepted?: bigint
}

function payment(validUntil: bigint): SignedPay {
  return pay({ from: 1, inputs: [COIN], outputs: [{ to: 2, amount: 1n }], validUntil })
}

function blockWith({ bytes }: SignedPay, height: bigint): Block {
  return {
    ...{ height, time: 1_000n, checkpoint: height, closes: true, daMode: 'plasma' },
    ...{ origin: 50n, originHash: ZERO_HASH, originTime: 900n, inboxCursor: 0n, deposits: [] },
    ...{ previousAppHash: ZERO_HASH, appHash: ZERO_HASH },
    // Its length, the payment, the position of its input.
    body: Buffer.concat([Buffer.of(0, bytes.length >>> 8, bytes.length & 255), bytes, Buffer.alloc(12)]),
    bounds: Uint32Array.of(3, 3 + bytes.length),
  }
}

function renewalIn(world: World): Renewal {
  const { origins = [980n, 990n, 995n], validUntil = 10n ** 12n, locks = [], here = [2n, 3n] } = world
  const headers = new Map(
    [1n, 2n].map(number => {
      const header = headerOf('aa', number, origins[Number(number) - 1])
      return [number, number === 2n ? { ...header, daMode: world.daMode ?? 'plasma' } : header]
    }),
  )
  const checkpoints = {
    get: (number: bigint) => {
      const header = headers.get(number)
      return (
        header && { number, header: toHex(encodeHeader(header)), firstHeight: number, lastHeight: number }
      )
    },
    header: ({ number }: { number: bigint }) => headers.get(number)!,
  } as unknown as Checkpoints
  const memory = new Locks(locks)
  const blocks = [...locks].map(({ block }) => block).sort((a, b) => Number(a - b))
  const view = {
    lastAccepted: () => world.lastAccepted ?? 1n,
    acceptedAt: (number: bigint) => (number === 0n ? 0n : ACCEPTED_AT),
    locked: (origin: bigint) => memory.at(origin),
    hasLockWithin: (after: bigint, by: bigint) => blocks.some(block => block > after && block <= by),
  } as unknown as EthereumView
  const store = {
    block: (height: bigint) => (here.includes(height) ? { height } : undefined),
    holds: () => true,
    read: async ({ height }: { height: bigint }) =>
      encodeRecord({ block: blockWith(payment(validUntil), height), seals: [] }),
  } as unknown as ChainStore
  const heirs = {
    isLocked: (id: OutputId, locked: ReturnType<Locks['at']>, spender: Uint8Array) =>
      locked.blocks(Buffer.from(id.slice(2), 'hex'), spender),
  }
  const tip = { height: 3n, firstHeight: 3n, checkpoint: 3n, origin: origins[2], daMode: 'plasma' }
  const ledger = { tip, orders: { heirs } } as unknown as Ledger
  const lateOrigins = { maxOriginAgeSeconds: MAX_AGE, answerableBlocks: ANSWERABLE }
  return new Renewal({ store, ledger, checkpoints, view, domain: DOMAIN, lateOrigins })
}

const at = (time: bigint) => ({ number: time, hash: ZERO_HASH as Hash, timestamp: time })
const problem = async (world: World, time: bigint, renews: bigint | undefined = 2n) =>
  (await renewalIn(world).problem(at(time), renews))?.message

test('R7: before Ethereum has paused for as long as an origin may be old, all has to be valid as of the later origin', async () => {
  const end = ACCEPTED_AT + MAX_AGE
  expect(await problem({ validUntil: end }, end)).toBeUndefined()
  expect(await problem({ validUntil: end - 1n }, end)).toMatch(/not valid any more/)
  // Waiting is enough.
  expect(await problem({ validUntil: end - 1n }, end + 1n)).toBeUndefined()
})

test('R7: behind a pause all counts that was valid when it was executed, however long that is ago', async () => {
  for (const time of [2_000n, 10n ** 9n]) {
    expect(await problem({ validUntil: ACCEPTED_AT - MAX_AGE }, time)).toBeUndefined()
    // Only one that missed Ethereum twice, and was executed before the pause in between, can hold this.
    const renewed = { origins: [990n, 990n, 995n] as const, validUntil: ACCEPTED_AT - MAX_AGE - 1n }
    expect(await problem(renewed, time)).toMatch(/not valid any more/)
  }
})

test('R7: there is no pause for the open checkpoint as long as a closed one is on its way to Ethereum', async () => {
  const renewal = renewalIn({ validUntil: 1_999n })
  expect((await renewal.problem(at(2_000n)))?.message).toMatch(/not valid any more/)
  const arrived = renewalIn({ validUntil: 1_999n, lastAccepted: 2n })
  expect(await arrived.problem(at(2_000n))).toBeUndefined()
})

test('R6: an exit that began since forbids it once it could not be answered in time; the payment in flight itself and others do not', async () => {
  const exit = { kind: 'exit', outputId: COIN, block: 1_500n } as const
  expect(await problem({ locks: [exit] }, 1_500n + ANSWERABLE - 1n)).toBeUndefined()
  expect(await problem({ locks: [exit] }, 1_500n + ANSWERABLE)).toMatch(/an exit has locked/)
  const contest = { kind: 'contest', outputId: COIN, block: 1_500n } as const
  expect(await problem({ locks: [contest] }, 1_500n + ANSWERABLE)).toMatch(/an exit has locked/)
  const other = { kind: 'exit', outputId: `0x${'c1'.repeat(32)}` as OutputId, block: 1_500n } as const
  expect(await problem({ locks: [other] }, 10_000n)).toBeUndefined()
  const flight = { kind: 'flight', txHash: payment(10n ** 12n).hash, inputs: [COIN], block: 1_500n } as const
  expect(await problem({ locks: [flight] }, 10_000n)).toBeUndefined()
})

test('a validator without the blocks can tell where Ethereum alone says so: a pause, and no exit that began long ago', async () => {
  const fresh = { here: [] }
  expect(await problem(fresh, 2_000n)).toBeUndefined()
  expect(await problem({ ...fresh, here: [3n] }, 2_000n)).toBeUndefined()
  const exit = { kind: 'exit', outputId: COIN, block: 1_500n } as const
  expect(await problem({ ...fresh, locks: [exit] }, 1_500n + ANSWERABLE - 1n)).toBeUndefined()
  for (const [world, time] of [
    [{ ...fresh, locks: [exit] }, 1_500n + ANSWERABLE],
    // No pause yet.
    [fresh, ACCEPTED_AT + MAX_AGE],
    // They may have been renewed before, with what Ethereum has.
    [{ ...fresh, origins: [990n, 990n, 995n] }, 2_000n],
  ] as [World, bigint][]) {
    expect(await problem(world, time)).toMatch(/is not here to be looked at/)
  }
})

test('checkpoints in blob mode are not renewed, nor one that is not here', async () => {
  expect(await problem({ daMode: 'blob' }, 2_000n)).toMatch(/blob mode/)
  expect(await problem({ lastAccepted: -1n }, 2_000n, 0n)).toMatch(/checkpoint 0 is not here/)
})
