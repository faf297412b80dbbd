import { toHex } from '@omg/protocol'
import { ENTRY_BYTES, type UnspentOutputs } from './types.ts'
import { addToSetHash } from './unspent.ts'

/** The live outputs as a Map: plain, slow, and the model that {@link UnspentSet} is tested against. */
export class ReferenceUnspentSet implements UnspentOutputs {
  readonly #entries = new Map<string, Uint8Array>()

  get size(): number {
    return this.#entries.size
  }

  has(id: Uint8Array): boolean {
    return this.#entries.has(toHex(id.subarray(0, 32)))
  }

  get(id: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(toHex(id))?.slice()
  }

  add(entry: Uint8Array): void {
    const key = toHex(entry.subarray(0, 32))
    if (this.#entries.has(key)) throw new Error('the output is in the set already')
    this.#entries.set(key, new Uint8Array(entry.subarray(0, ENTRY_BYTES)))
  }

  remove(id: Uint8Array): void {
    if (!this.#entries.delete(toHex(id))) throw new Error('the output is not in the set')
  }

  setHash(): Uint8Array {
    const sums = new Uint32Array(8)
    for (const entry of this.#entries.values())
      addToSetHash(sums, new Uint32Array(entry.slice().buffer), 0, 1)
    return new Uint8Array(sums.buffer)
  }

  *entries(): Generator<Uint8Array> {
    for (const entry of this.#entries.values()) yield entry.slice()
  }
}
