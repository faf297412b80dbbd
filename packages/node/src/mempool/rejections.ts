import { type MappedRecord, recordHash } from '@omg/ledger'
import type { Hash, OmgError } from '@omg/protocol'

/** Most remembered refusals; the oldest is forgotten first. */
export const REJECTIONS = 10_000

/** Why transactions that had been taken left again: so that a waiting client learns it. */
export class Rejections {
  readonly #reasons = new Map<Hash, OmgError>()

  add(record: MappedRecord, error: OmgError): void {
    const hash = recordHash(record)
    this.#reasons.delete(hash)
    this.#reasons.set(hash, error)
    if (this.#reasons.size <= REJECTIONS) return
    for (const oldest of this.#reasons.keys()) {
      this.#reasons.delete(oldest)
      break
    }
  }

  get(hash: Hash): OmgError | undefined {
    return this.#reasons.get(hash.toLowerCase() as Hash)
  }
}
