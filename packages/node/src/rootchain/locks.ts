import { type LockedOutputs, type LockFact, Locks } from '@omg/ledger'
import type { Tables } from '../store/tables.ts'

type LockTable = Tables['locks']

/** A fact as it stands in the table: its block is part of the key. */
type Stored = LockFact extends infer T ? (T extends unknown ? Omit<T, 'block'> : never) : never

/**
 * R6, durable: every fact that the ledger's locks depend on, in a table by Ethereum block, and the locks in memory. What is
 * written belongs into a batch; the memory follows when that is durable.
 */
export class StoredLocks {
  readonly #table: LockTable
  #locks: Locks

  constructor(table: LockTable) {
    this.#table = table
    this.#locks = new Locks(factsOf(table))
  }

  /** Ethereum block of the newest fact; 0 if there is none. */
  get newest(): bigint {
    return this.#locks.newest
  }

  at(origin: bigint): LockedOutputs {
    return this.#locks.at(origin)
  }

  /** Writes facts of blocks that were not read before. */
  put(facts: readonly LockFact[]): void {
    for (const [index, { block, ...fact }] of facts.entries())
      this.#table.put([Number(block), index], JSON.stringify(fact satisfies Stored))
  }

  add(facts: readonly LockFact[]): void {
    for (const fact of facts) this.#locks.add(fact)
  }

  /** Removes from the table what happened after a block. */
  remove(ancestor: bigint): void {
    const gone = [...this.#table.getKeys({ start: [Number(ancestor) + 1, 0] })]
    for (const key of gone) this.#table.remove(key)
  }

  /** Takes over what the table holds, after something was removed from it. */
  reload(): void {
    this.#locks = new Locks(factsOf(this.#table))
  }
}

function* factsOf(table: LockTable): Iterable<LockFact> {
  for (const { key, value } of table.getRange({}))
    yield { ...(JSON.parse(value) as Stored), block: BigInt(key[0]) }
}
