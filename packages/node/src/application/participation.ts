import { type Hex, toHex } from '@omg/protocol'
import type { CommitVote } from '../engines/engine.ts'
import type { Tables } from '../store/tables.ts'

/** Commits that are looked back at. */
export const PARTICIPATION_COMMITS = 1_000
/** `validator 20 ‖ voted u8`. */
const VOTE_BYTES = 21

/** How a validator took part in the commits that are remembered. */
export interface Attendance {
  /** Commits in which it could have voted. */
  readonly commits: number
  /** In which it has. */
  readonly voted: number
  /** Height of the last one of those; undefined if there is none. */
  readonly last: bigint | undefined
}

/**
 * Who voted for the last blocks, as the commits say that blocks carry: so all nodes count alike. It only reports, nothing of the chain
 * follows from it; so it stands in a table of its own beside the state, and a commit that is lost in a crash is one fewer that is counted.
 */
export class Participation {
  readonly #table: Tables['commits']
  readonly #commits = new Map<bigint, readonly CommitVote[]>()
  readonly #attendance = new Map<Hex, { commits: number; voted: number }>()

  constructor(tables: Pick<Tables, 'commits'>) {
    this.#table = tables.commits
    for (const { key, value } of this.#table.getRange({})) this.#add(BigInt(key), decode(value))
  }

  /** Commits that are remembered. */
  get commits(): number {
    return this.#commits.size
  }

  /** Takes the commit of a block, as the next block carries it. A second time changes nothing. */
  count(height: bigint, votes: readonly CommitVote[]): void {
    if (votes.length === 0 || this.#commits.has(height)) return
    this.#table.put(Number(height), encode(votes))
    this.#add(height, votes)
  }

  of(validator: Hex): Attendance {
    const { commits, voted } = this.#attendance.get(validator) ?? { commits: 0, voted: 0 }
    const isByIt = (vote: CommitVote) => vote.voted && toHex(vote.validator) === validator
    const last = voted === 0 ? undefined : [...this.#commits].findLast(([, votes]) => votes.some(isByIt))?.[0]
    return { commits, voted, last }
  }

  #add(height: bigint, votes: readonly CommitVote[]): void {
    this.#commits.set(height, votes)
    this.#tally(votes, 1)
    if (this.#commits.size <= PARTICIPATION_COMMITS) return
    for (const [oldest, gone] of this.#commits) {
      this.#commits.delete(oldest)
      this.#tally(gone, -1)
      this.#table.remove(Number(oldest))
      return
    }
  }

  #tally(votes: readonly CommitVote[], by: 1 | -1): void {
    for (const { validator, voted } of votes) {
      const address = toHex(validator)
      const known = this.#attendance.get(address) ?? { commits: 0, voted: 0 }
      const next = { commits: known.commits + by, voted: known.voted + (voted ? by : 0) }
      if (next.commits === 0) this.#attendance.delete(address)
      else this.#attendance.set(address, next)
    }
  }
}

function encode(votes: readonly CommitVote[]): Buffer {
  return Buffer.concat(
    votes.map(({ validator, voted }) => Buffer.concat([validator, Buffer.of(voted ? 1 : 0)])),
  )
}

function decode(bytes: Buffer): CommitVote[] {
  return Array.from({ length: bytes.length / VOTE_BYTES }, (_, i) => {
    const at = VOTE_BYTES * i
    return { validator: bytes.subarray(at, at + VOTE_BYTES - 1), voted: bytes[at + VOTE_BYTES - 1] === 1 }
  })
}
