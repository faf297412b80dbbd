import type { MappedRecord } from '@omg/ledger'
import { HASH_BYTES } from '@omg/protocol'

/** Who pays for the room that waiting transactions take: their first signer. */
export interface Owner {
  /** Transactions of the owner that wait. */
  waiting: number
}

/** A transaction that waits for a block. */
export interface Pending {
  readonly record: MappedRecord
  /** Fee lanes, packed. */
  readonly lanes: bigint
  /** Eviction and selection class, 0..255: fee in eighths of the least fee that is in force. */
  rank: number
  /** Which one it was to come, counted from the start. */
  readonly arrival: number
  readonly owner: Owner
  /** Waiting transactions whose outputs it spends. */
  readonly parents: readonly Pending[]
  /** It and its outputs can be found by hash and ids: see `MadeOutputs`. */
  indexed: boolean
  /** Left the pool: in a block, evicted or replaced. */
  gone: boolean
  /** The last selection that has it, by number. */
  taken: number
  /** Neighbours in the queue of its rank. */
  previous: Pending | undefined
  next: Pending | undefined
}

/** Waiting transactions of one rank in order of arrival: linked through themselves, so coming and going allocates nothing. */
export class Queue {
  first: Pending | undefined
  #last: Pending | undefined

  add(pending: Pending): void {
    pending.previous = this.#last
    pending.next = undefined
    if (this.#last) this.#last.next = pending
    else this.first = pending
    this.#last = pending
  }

  /** Those that were in it are about to be added again, here or elsewhere. */
  clear(): void {
    this.first = undefined
    this.#last = undefined
  }

  remove(pending: Pending): void {
    const { previous, next } = pending
    if (previous) previous.next = next
    else this.first = next
    if (next) next.previous = previous
    else this.#last = previous
    pending.previous = undefined
    pending.next = undefined
  }
}

/** Whether the hashes that stand at `a[from]` and `b[to]` are the same. */
export function sameHash(a: Uint8Array, from: number, b: Uint8Array, to: number): boolean {
  for (let i = 0; i < HASH_BYTES; i++) if (a[from + i] !== b[to + i]) return false
  return true
}
