import type { Tip } from '@omg/ledger'
import { encodeHeader, type Header, headerHash, toHex } from '@omg/protocol'
import { expect, test } from 'vitest'
import { headerOf } from '../../test/headers.ts'
import type { EthereumView } from '../rootchain/view.ts'
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import type { Checkpoints } from './checkpoints.ts'
import { LostCheckpoints } from './lost-checkpoints.ts'

const M = 50n

/** Closed checkpoints with these origins, from 1 on; Ethereum accepted checkpoint `i + 1` in block `accepted[i]`. */
function lostWith(origins: readonly bigint[], accepted: readonly bigint[] = [], newest = 1_000n) {
  const headers = origins.map((origin, i) => headerOf('aa', BigInt(i + 1), origin))
  const stored = (header: Header): StoredCheckpoint => ({
    ...{ number: header.checkpoint, header: toHex(encodeHeader(header)), headerHash: headerHash(header) },
    ...{ txCount: 1, firstHeight: 1n, lastHeight: 1n, signatures: [] },
  })
  const checkpoints = {
    get: (number: bigint) => {
      const header = headers[Number(number) - 1]
      return header && stored(header)
    },
    header: ({ number }: StoredCheckpoint) => headers[Number(number) - 1]!,
  } as unknown as Checkpoints
  const view = {
    newest: { number: newest },
    lastAccepted: (origin: bigint) => BigInt(accepted.filter(block => block <= origin).length),
  } as unknown as EthereumView
  const tip = () => ({ checkpoint: BigInt(origins.length + 1) }) as Tip
  return new LostCheckpoints({ checkpoints, view, tip, maxOriginAgeBlocks: M })
}

test('R4: lost is what Ethereum has not taken by the last block in which it could', () => {
  expect([lostWith([100n]).isLost(150n), lostWith([100n]).isLost(151n)]).toEqual([false, true])
  expect(lostWith([100n]).isLost()).toBe(true)
  expect(lostWith([]).isLost(151n)).toBe(false)
  // Taken in the very last block, and before it.
  expect(lostWith([100n], [150n]).isLost(151n)).toBe(false)
  expect(lostWith([100n, 110n], [101n]).isLost(160n)).toBe(false)
  expect(lostWith([100n, 110n], [101n]).isLost(161n)).toBe(true)
})

test('F1: all that Ethereum does not have are renewed together, as soon as that is late for the newest of them, too', () => {
  const lost = lostWith([80n, 100n, 130n], [90n])
  expect(lost.renewableFrom(150n)).toBeUndefined()
  expect([lost.isLost(151n), lost.renewableFrom(151n)]).toEqual([true, undefined])
  expect([lost.renewableFrom(180n), lost.renewableFrom(181n)]).toEqual([undefined, 2n])
  expect(lost.renewableFrom()).toBe(2n)
  expect(lostWith([80n, 100n], [90n, 110n]).renewableFrom()).toBeUndefined()
})

test('proposal.origin: a block that renews too early, too much, too little, or what Ethereum has', () => {
  const lost = lostWith([80n, 100n, 130n], [90n])
  expect(lost.problem(undefined, 181n)).toBeUndefined()
  expect(lost.problem(2n, 181n)).toBeUndefined()
  for (const [renews, origin] of [
    [2n, 180n],
    [1n, 181n],
    [3n, 181n],
    [4n, 181n],
    [0n, 181n],
  ] as const) {
    expect(lost.problem(renews, origin)?.code).toBe('proposal.origin')
  }
  expect(lostWith([80n, 100n], [90n, 110n]).problem(2n, 181n)?.code).toBe('proposal.origin')
})
