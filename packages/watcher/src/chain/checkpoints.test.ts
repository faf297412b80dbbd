import type { ClosedCheckpoint } from '@omg/ledger'
import { PARAMETERS } from '@omg/ledger/testing'
import { type Hash, HEADER_VERSION, type Header, headerHash, type TxHash, ZERO_HASH } from '@omg/protocol'
import { expect, test } from 'vitest'
import type { StoredCheckpoint, StoredOrigin } from '../store/facts.ts'
import type { Store } from '../store/store.ts'
import { Checkpoints } from './checkpoints.ts'
import type { StaleTransaction } from './late.ts'

const M = 50n
const DOMAIN = PARAMETERS.domain
const hashOf = (text: string) => `0x${text.repeat(32)}` as Hash

/** As it follows from the blocks. */
const CLOSED: ClosedCheckpoint = {
  ...{ checkpoint: 1n, txRoot: hashOf('aa'), feeLanes: 3n, bookRoot: ZERO_HASH, batchRoot: ZERO_HASH },
  ...{ txCount: 2, origin: 100n, originHash: hashOf('00'), inboxCursor: 1n, daMode: 'plasma' },
  ...{ firstHeight: 1n, lastHeight: 4n },
}
/** Blocks of Ethereum that were read. */
const ORIGINS: readonly StoredOrigin[] = [100n, 150n, 151n].map(number => {
  return {
    number,
    hash: hashOf(
      Number(number % 100n)
        .toString()
        .padStart(2, '0'),
    ),
    timestamp: number,
  }
})

/** What the watcher says of a header that differs from the one of the blocks in this. */
async function verdictOn(changes: Partial<Header>, stale?: StaleTransaction) {
  const { checkpoint, ...rest } = CLOSED
  const header: Header = {
    ...{ version: HEADER_VERSION, chainId: DOMAIN.chainId, contract: DOMAIN.verifyingContract },
    ...{ parentHash: ZERO_HASH, validatorSetId: 1n, daCommitments: [], checkpoint, ...rest, ...changes },
  }
  const { origin, inboxCursor, validatorSetId } = header
  const accepted: StoredCheckpoint = {
    ...{ number: 1n, headerHash: headerHash(header), origin, inboxCursor, validatorSetId, lastNonDA: 1n },
    ...{ block: origin + 5n, acceptedAt: 1_000n, transactionHash: hashOf('ee') },
  }
  const facts = new Map<string, unknown>()
  const store = {
    checkpoint: (number: bigint) => (number === 1n ? accepted : undefined),
    lastCheckpoint: () => accepted,
    closed: (number: bigint) => (number === 1n ? CLOSED : undefined),
    origin: (number: bigint) => ORIGINS.find(known => known.number === number),
    read: (key: string) => facts.get(key),
    write: async (key: string, value: unknown) => facts.set(key, value),
  } as unknown as Store
  const kzg = { commitments: async () => [] }
  const late = { stale: () => stale }
  const checkpoints = new Checkpoints({ store, domain: DOMAIN, kzg, late, maxOriginAgeBlocks: M })
  const compared = await checkpoints.compare()
  return { mismatch: compared.mismatch !== undefined, stale: compared.stale, header: checkpoints.header(1n) }
}

const originOf = (number: bigint) => {
  return { origin: number, originHash: ORIGINS.find(known => known.number === number)?.hash ?? hashOf('ff') }
}

test('F1: a header that renews the one of the blocks agrees with them, and is what proofs are made for', async () => {
  const late = { ...originOf(151n), validatorSetId: 7n }
  expect(await verdictOn({})).toMatchObject({ mismatch: false, header: originOf(100n) })
  expect(await verdictOn(late)).toMatchObject({ mismatch: false, header: late })
})

test('checkpoint.mismatch: a later origin that Ethereum need not have waited for, of another fork, or with other content', async () => {
  expect(await verdictOn(originOf(150n))).toMatchObject({ mismatch: true })
  expect(await verdictOn({ origin: 151n, originHash: hashOf('fe') })).toMatchObject({ mismatch: true })
  expect(await verdictOn({ ...originOf(151n), txRoot: hashOf('bb') })).toMatchObject({ mismatch: true })
  expect(await verdictOn({ ...originOf(151n), inboxCursor: 2n })).toMatchObject({ mismatch: true })
})

test('checkpoint.stale: one that holds what it must not with its later origin is not agreed upon', async () => {
  const stale = { txHash: hashOf('ab') as TxHash, height: 2n, why: 'dead' } as const
  expect(await verdictOn(originOf(151n), stale)).toMatchObject({
    ...{ mismatch: false, stale: { ...stale, number: 1n }, header: undefined },
  })
})
