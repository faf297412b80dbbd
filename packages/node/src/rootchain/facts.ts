import type { Database } from 'lmdb'

/** Something on Ethereum that the rules of the chain depend on, with the number of the block that it stands in. */
export interface Fact {
  readonly block: bigint
}

/** What facts come to, in memory. Every question is asked as of an origin. */
export interface FactMemory<F extends Fact> {
  add(fact: F): void
}

type FactTable = Database<string, [number, number]>

/** A fact as it stands in the table, with its key: the block, and a number within what was written at once. */
export interface StoredFact<F extends Fact> {
  readonly key: readonly [number, number]
  readonly fact: F
}

/**
 * Facts of one kind, durable: in a table by Ethereum block, and in memory. What is written belongs into a batch; the memory
 * follows when that is durable.
 */
export class StoredFacts<F extends Fact, Memory extends FactMemory<F>> {
  readonly #table: FactTable
  readonly #remember: (facts: Iterable<F>) => Memory
  #memory: Memory

  constructor(table: FactTable, remember: (facts: Iterable<F>) => Memory) {
    this.#table = table
    this.#remember = remember
    this.#memory = remember(this.#facts())
  }

  get memory(): Memory {
    return this.#memory
  }

  /** In the order of Ethereum, those after a key. */
  *after(key: readonly [number, number] = [0, -1]): Generator<StoredFact<F>> {
    const start: [number, number] = [key[0], key[1] + 1]
    for (const { key: at, value } of this.#table.getRange({ start })) {
      yield { key: at, fact: decodeFact<F>(at[0], value) }
    }
  }

  /** Writes facts of blocks that were not read before. */
  put(facts: readonly F[]): void {
    for (const [index, fact] of facts.entries()) {
      this.#table.put([Number(fact.block), index], encodeFact(fact))
    }
  }

  add(facts: readonly F[]): void {
    for (const fact of facts) this.#memory.add(fact)
  }

  /** Removes from the table what happened after a block. */
  remove(ancestor: bigint): void {
    const gone = [...this.#table.getKeys({ start: [Number(ancestor) + 1, 0] })]
    for (const key of gone) this.#table.remove(key)
  }

  /** Takes over what the table holds, after something was removed from it. */
  reload(): void {
    this.#memory = this.#remember(this.#facts())
  }

  *#facts(): Generator<F> {
    for (const { fact } of this.after()) yield fact
  }
}

/** JSON in which a whole number beyond doubles is its digits and an n. No hash and no name looks like that. */
function encodeFact({ block: _, ...fact }: Fact): string {
  return JSON.stringify(fact, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
}

function decodeFact<F extends Fact>(block: number, text: string): F {
  const fact = JSON.parse(text, (_, value) =>
    typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  )
  return { ...fact, block: BigInt(block) }
}
