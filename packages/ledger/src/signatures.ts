import { ADDRESS_BYTES, HASH_BYTES, SIGNATURE_BYTES } from '@omg/protocol'
import type { MappedBatch } from './types.ts'

/** `digest 32 ‖ r 32 ‖ s 32 ‖ v 1` of each signature of a {@link Draft}. */
export const SIGNED_BYTES = HASH_BYTES + SIGNATURE_BYTES

/** The signatures of a batch, in order, whose signers are still to be found. */
export class Signatures {
  /** The transaction of the batch that signatures are being added of. */
  transaction = 0
  #count = 0
  #signed: Uint8Array
  #places: Uint32Array
  #transactions: Uint32Array
  readonly #guesses: Uint8Array | undefined

  /** `expected`: room for so many at once. `guesses`: for each transaction who might have signed first, 20 bytes; zero = nobody knows. */
  constructor(expected: number, guesses?: Uint8Array) {
    this.#signed = new Uint8Array(expected * SIGNED_BYTES)
    this.#places = new Uint32Array(expected)
    this.#transactions = new Uint32Array(expected)
    this.#guesses = guesses
  }

  get count(): number {
    return this.#count
  }

  /** The signature at `memory[signature]` of the digest at `memory[digest]`. The address of its signer belongs to `records[place]`. */
  add(memory: Uint8Array, digest: number, signature: number, place: number): void {
    const at = this.#count++
    if (at === this.#places.length) this.#grow()
    const to = at * SIGNED_BYTES
    for (let i = 0; i < HASH_BYTES; i++) this.#signed[to + i] = memory[digest + i]!
    for (let i = 0; i < SIGNATURE_BYTES; i++) this.#signed[to + HASH_BYTES + i] = memory[signature + i]!
    this.#places[at] = place
    this.#transactions[at] = this.transaction
  }

  transactionOf(i: number): number {
    return this.#transactions[i]!
  }

  placeOf(i: number): number {
    return this.#places[i]!
  }

  /** Who might have made signature `i`: 20 bytes, or undefined. Guesses are of the first signer of a transaction. */
  guessOf(i: number): Uint8Array | undefined {
    const transaction = this.#transactions[i]!
    if (this.#guesses === undefined || (i > 0 && this.#transactions[i - 1] === transaction)) return undefined
    return this.#guesses.subarray(ADDRESS_BYTES * transaction, ADDRESS_BYTES * (transaction + 1))
  }

  /** Copies what was signed, and the signature, {@link SIGNED_BYTES}, to `target[at]`. */
  copy(i: number, target: Uint8Array, at: number): void {
    const from = i * SIGNED_BYTES
    for (let b = 0; b < SIGNED_BYTES; b++) target[at + b] = this.#signed[from + b]!
  }

  #grow(): void {
    const wider = <T extends Uint8Array | Uint32Array>(old: T, wide: T): T => {
      wide.set(old)
      return wide
    }
    this.#signed = wider(this.#signed, new Uint8Array(2 * this.#signed.length + SIGNED_BYTES))
    this.#places = wider(this.#places, new Uint32Array(2 * this.#places.length + 1))
    this.#transactions = wider(this.#transactions, new Uint32Array(2 * this.#transactions.length + 1))
  }
}

/** A batch that is mapped but for its signers: their places in the records are empty. `finishDraft` makes the answer of it. */
export interface Draft extends MappedBatch {
  readonly signatures: Signatures
}

/** The answer: without the records of those whose signatures have turned out to have no signer (their `codes` are set). */
export function finishDraft({ count, codes, offsets, records }: Draft): MappedBatch {
  let at = 0
  for (let i = 0; i < count; i++) {
    const [from, to] = [offsets[i]!, offsets[i + 1]!]
    offsets[i] = at
    if (codes[i] !== 0) continue
    if (at !== from) records.copyWithin(at, from, to)
    at += to - from
  }
  offsets[count] = at
  return { count, codes, offsets, records: records.subarray(0, at) }
}
