import { toHex } from '@omg/protocol'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/harness.ts'
import { openTables } from '../store/tables.ts'
import { PARTICIPATION_COMMITS, Participation } from './participation.ts'

const validators = [1, 2].map(i => new Uint8Array(20).fill(i))
const [always, sometimes] = validators.map(validator => toHex(validator))
/** The second one votes for every fourth block. */
const votesFor = (height: number) =>
  validators.map((validator, i) => ({ validator, voted: i === 0 || height % 4 === 0 }))

test('the window slides, a commit counts once, and what was counted is there after a restart', async () => {
  const directory = temporaryDirectory()
  const tables = openTables(directory.path, 64 * 1024 ** 2)
  const participation = new Participation(tables)
  expect(participation.of(always!)).toEqual({ commits: 0, voted: 0, last: undefined })
  const heights = PARTICIPATION_COMMITS + 8
  for (let height = 1; height <= heights; height++) {
    participation.count(BigInt(height), votesFor(height))
    participation.count(BigInt(height), [])
    participation.count(BigInt(height), votesFor(height + 1))
  }
  await tables.root.flushed
  for (const counted of [participation, new Participation(tables)]) {
    expect(counted.commits).toBe(PARTICIPATION_COMMITS)
    expect(counted.of(always!)).toEqual({
      commits: PARTICIPATION_COMMITS,
      voted: PARTICIPATION_COMMITS,
      last: BigInt(heights),
    })
    expect(counted.of(sometimes!)).toMatchObject({ voted: PARTICIPATION_COMMITS / 4, last: BigInt(heights) })
  }
  await tables.close()
  directory.remove()
})

test('one that is no validator any more is forgotten with its last commit', async () => {
  const directory = temporaryDirectory()
  const tables = openTables(directory.path, 64 * 1024 ** 2)
  const participation = new Participation(tables)
  participation.count(1n, votesFor(1))
  for (let height = 2; height <= PARTICIPATION_COMMITS; height++) {
    participation.count(BigInt(height), votesFor(height).slice(0, 1))
  }
  expect(participation.of(sometimes!)).toEqual({ commits: 1, voted: 0, last: undefined })
  participation.count(BigInt(PARTICIPATION_COMMITS + 1), votesFor(1).slice(0, 1))
  expect(participation.of(sometimes!)).toEqual({ commits: 0, voted: 0, last: undefined })
  await tables.root.flushed
  await tables.close()
  directory.remove()
})
