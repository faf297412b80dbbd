import type { Hash, OmgError } from '@omg/protocol'
import { type Key, keyOfHex } from './pending.ts'

/** Most remembered refusals; the oldest is forgotten first. */
export const REJECTIONS = 10_000

/** Why transactions that had been taken left again: so that a waiting client learns it. */
export class Rejections {
  readonly #reasons = new Map<Key, OmgError>()

  add(key: Key, error: OmgError): void {
    this.#reasons.delete(key)
    this.#reasons.set(key, error)
    if (this.#reasons.size <= REJECTIONS) return
    for (const oldest of this.#reasons.keys()) {
      this.#reasons.delete(oldest)
      break
    }
  }

  get(hash: Hash): OmgError | undefined {
    return this.#reasons.get(keyOfHex(hash))
  }

  delete(key: Key): void {
    this.#reasons.delete(key)
  }
}
