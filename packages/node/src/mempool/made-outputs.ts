import { outputCount, outputIdAt, recordOutput } from '@omg/ledger'
import { HASH_BYTES } from '@omg/protocol'
import { ByteMap } from '../bytemap.ts'
import { type Pending, sameHash } from './pending.ts'

const NONE: readonly Pending[] = []

/**
 * Waiting transactions by their hash and by what they make. They are indexed only when somebody asks for one: most payments spend outputs
 * that are in a block, and for those the index would be half of our work.
 */
export class MadeOutputs {
  readonly #transactions = new ByteMap<Pending>(HASH_BYTES)
  readonly #makers = new ByteMap<Pending>(HASH_BYTES)
  /** Waiting transactions that are in neither of these yet. */
  #unindexed: Pending[] = []
  /** Makers that were asked for since {@link beginCheck}. */
  #asked: readonly Pending[] = NONE

  /** The transaction with this hash. */
  transaction(hash: Uint8Array): Pending | undefined {
    this.#index()
    return this.#transactions.get(hash, 0)
  }

  /** The 69 bytes of the output with this id; its maker counts as asked for. */
  find(id: Uint8Array): Uint8Array | undefined {
    this.#index()
    const maker = this.#makers.get(id, 0)
    if (!maker) return undefined
    if (!this.#asked.includes(maker)) this.#asked = [...this.#asked, maker]
    const { record } = maker
    for (let i = 0; i < outputCount(record); i++) {
      if (sameHash(record, outputIdAt(record, i), id, 0)) return recordOutput(record, i)
    }
    return undefined
  }

  /** What the ledger asks for from here on are the parents of the transaction that it checks. */
  beginCheck(): void {
    this.#asked = NONE
  }

  get asked(): readonly Pending[] {
    return this.#asked
  }

  add(pending: Pending): void {
    this.#unindexed.push(pending)
  }

  remove({ record, indexed }: Pending): void {
    if (!indexed) return
    this.#transactions.delete(record, 0)
    for (let i = 0; i < outputCount(record); i++) this.#makers.delete(record, outputIdAt(record, i))
  }

  /** Lets go of those that left before they were indexed. */
  tidy(): void {
    this.#unindexed = this.#unindexed.filter(({ gone }) => !gone)
  }

  #index(): void {
    for (const pending of this.#unindexed) {
      if (pending.gone) continue
      const { record } = pending
      pending.indexed = true
      this.#transactions.set(record, 0, pending)
      for (let i = 0; i < outputCount(record); i++) this.#makers.set(record, outputIdAt(record, i), pending)
    }
    this.#unindexed = []
  }
}
