import type { DoubleVote } from '@omg/rootchain'
import { expect, test } from 'vitest'
import { temporaryDirectory, until } from '../../test/harness.ts'
import { openTables } from '../store/tables.ts'
import { Offences } from './offences.ts'

test('A25: evidence in a block reaches Ethereum, over failures and a restart, with one salt', async () => {
  const directory = temporaryDirectory()
  const tables = openTables(directory.path, 2 ** 24)
  const relayed: { votes: DoubleVote; salt: string }[] = []
  const salts: string[] = []
  let failures = 2
  const make = (isSubmitter = true) =>
    new Offences({
      tables,
      evidenceAt: async height => {
        if (height !== 7n) throw new Error('no such block')
        return [{ type: 'tendermint/LightClientAttackEvidence', value: {} }, VOTES]
      },
      relay: isSubmitter
        ? async (votes, salt) => {
            salts.push(salt)
            if (failures-- > 0) throw new Error('Ethereum is away')
            relayed.push({ votes, salt })
          }
        : undefined,
      retryMilliseconds: 5,
      onRelayed: () => {},
      onError: () => {},
    })
  try {
    const first = make()
    first.start()
    await first.note(7n)
    await first.note(7n)
    await until(() => salts.length > 0, 'a first attempt')
    await first.stop()
    const second = make()
    second.start()
    await until(() => second.open.length === 0, 'the evidence on Ethereum')
    await second.stop()
    expect(relayed).toHaveLength(1)
    expect(relayed[0]!.votes[0].height).toBe(relayed[0]!.votes[1].height)
    expect(new Set(salts).size).toBe(1)
    expect(make().open).toEqual([])
    // It stays known, and a node that does not submit only keeps it.
    expect(make().known).toEqual([{ height: 7n, relayed: true }])
    const idle = make(false)
    idle.start()
    await idle.note(9n)
    expect(idle.open).toEqual([9n])
    await idle.stop()
  } finally {
    await tables.close()
    directory.remove()
  }
})

const vote = (hash: string) => ({
  type: 2,
  height: '5',
  round: 0,
  block_id: { hash: hash.repeat(64), parts: { total: 1, hash: 'CD'.repeat(32) } },
  timestamp: '2026-01-02T03:04:05.000000006Z',
  signature: Buffer.alloc(65, 1).toString('base64'),
})

/** Two precommits of one slot, as CometBFT's RPC shows them. */
const VOTES = {
  type: 'tendermint/DuplicateVoteEvidence',
  value: { vote_a: vote('A'), vote_b: vote('B') },
}
