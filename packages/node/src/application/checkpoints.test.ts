import { encodeHeader, type Header, headerHash, isRenewal, renewableOf, toHex } from '@omg/protocol'
import { expect, test } from 'vitest'
import { DOMAIN } from '../../test/harness.ts'
import { headerOf, MAX_ORIGIN_AGE } from '../../test/headers.ts'
import type { ValidatorSets } from '../rootchain/validator-sets.ts'
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import type { ChainStore } from '../store/store.ts'
import { Checkpoints, KEPT_CHECKPOINTS, WAITING_CHECKPOINTS } from './checkpoints.ts'

/** So many closed checkpoints with a chain of headers. Ethereum accepted `early` of them by origin 100, and `late` as far as is known. */
function closed(count: number, { early = 0n, late }: { early?: bigint; late?: bigint } = {}) {
  const table = new Map<bigint, StoredCheckpoint>()
  let parent = headerOf('aa', 0n)
  for (let number = 1n; number <= count; number++) {
    const header: Header = { ...headerOf('aa', number), parentHash: headerHash(parent) }
    const hashes = { header: toHex(encodeHeader(header)), headerHash: headerHash(header) }
    const signatures = [{ validator: '0x01', signature: '0x02' }] as const
    table.set(number, {
      number,
      ...hashes,
      txCount: 1,
      firstHeight: number,
      lastHeight: number,
      signatures: [...signatures],
    })
    parent = header
  }
  const store = {
    checkpoint: (number: bigint) => table.get(number),
    putCheckpoint: (checkpoint: StoredCheckpoint) => table.set(checkpoint.number, checkpoint),
  } as unknown as ChainStore
  const checkpoints = new Checkpoints({
    ...{ store, domain: DOMAIN, signer: undefined },
    sets: () =>
      ({ at: () => ({ id: 7n, validators: [] }), get: () => undefined }) as unknown as ValidatorSets,
    lastAccepted: origin => (origin === 100n ? early : (late ?? early)),
  })
  return { checkpoints, newest: BigInt(count) }
}

const numbers = (found: readonly StoredCheckpoint[]) => found.map(({ number }) => Number(number))
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('signed and told are the newest, and the oldest that Ethereum does not have', () => {
  const all = closed(20, { early: 20n })
  expect(numbers(all.checkpoints.recent(all.newest))).toEqual(range(13, 20))
  const many = closed(100, { early: 10n })
  const recent = [...range(11, 10 + Number(WAITING_CHECKPOINTS)), ...range(93, 100)]
  expect(numbers(many.checkpoints.recent(many.newest))).toEqual(recent)
  expect(range(1, 101).filter(number => many.checkpoints.isRecent(BigInt(number), 100n))).toEqual(recent)
  expect(numbers(closed(3).checkpoints.recent(3n))).toEqual([1, 2, 3])
})

test('A37: what a snapshot keeps follows from an origin, whatever else a node knows of Ethereum', () => {
  const behind = closed(20, { early: 4n })
  const ahead = closed(20, { early: 4n, late: 19n })
  expect(numbers(behind.checkpoints.kept(20n, 100n))).toEqual(range(5, 20))
  expect(behind.checkpoints.kept(20n, 100n)).toEqual(ahead.checkpoints.kept(20n, 100n))
  const many = closed(100)
  expect(numbers(many.checkpoints.kept(100n, 100n))).toEqual(range(101 - Number(KEPT_CHECKPOINTS), 100))
})

test('F1: a renewal keeps what is in the checkpoints, chains them anew and takes their signatures away', () => {
  const { checkpoints } = closed(4, { early: 2n })
  const before = range(1, 4).map(number => checkpoints.get(BigInt(number))!)
  const at = { origin: 100n + MAX_ORIGIN_AGE + 1n, originHash: headerOf('bb').txRoot }
  const renewed = checkpoints.renew(3n, 4n, at)
  expect(numbers(renewed)).toEqual([3, 4])
  expect(checkpoints.get(2n)).toEqual(before[1])
  let parentHash = before[1]!.headerHash
  for (const [i, checkpoint] of renewed.entries()) {
    const [old, header] = [checkpoints.header(before[2 + i]!), checkpoints.header(checkpoint)]
    expect(header).toEqual({ ...old, ...at, parentHash, validatorSetId: 7n })
    expect(isRenewal(renewableOf(old), renewableOf(header), MAX_ORIGIN_AGE)).toBe(true)
    expect(checkpoint.signatures).toEqual([])
    parentHash = checkpoint.headerHash
  }
})

test('a node that is behind has another header than Ethereum until it executes the block that renews it', () => {
  const at = { origin: 100n + MAX_ORIGIN_AGE + 1n, originHash: headerOf('bb').txRoot }
  const { headerHash } = closed(1).checkpoints.renew(1n, 1n, at)[0]!
  const { checkpoints } = closed(1)
  const standing = (number: bigint) => checkpoints.standing({ number, headerHash })
  expect([standing(1n), standing(2n)]).toEqual(['another', 'unknown'])
  checkpoints.renew(1n, 1n, at)
  expect(standing(1n)).toBe('accepted')
})
