import { ADDRESS_BYTES } from '@omg/protocol'

/** Bytes of a public key: x ‖ y. */
export const KEY_BYTES = 64

/** Signers that are remembered, 84 bytes each: 11 MB for all workers of a pool together. */
const SETS = 32_768
const WAYS = 4
const ENTRY_BYTES = ADDRESS_BYTES + KEY_BYTES
const SEED_BYTES = 4

/** Memory for {@link KnownKeys}. `seed`: any number, best by chance, so that nobody can aim at a place (A30). */
export function knownKeysMemory(seed: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(SEED_BYTES + SETS * WAYS * ENTRY_BYTES)
  new DataView(memory).setUint32(0, seed >>> 0)
  return memory
}

/**
 * Public keys by address, of signers that were seen: a cache in memory that all workers of a pool share, without locks. Where two write at
 * once an entry may be of neither, so nobody may rely on what is found: whoever reads hashes the key and compares. An address has four
 * places; a fifth that falls there takes one of them, and the signer who was there is recovered again when next seen.
 */
export class KnownKeys {
  readonly #bytes: Uint8Array
  readonly #seed: number
  #next = 0

  constructor(memory: SharedArrayBuffer) {
    this.#bytes = new Uint8Array(memory)
    this.#seed = new DataView(memory).getUint32(0)
  }

  /** Copies what is said to be the key of an address to `target[at]`; false where there is none. */
  find(address: Uint8Array, target: Uint8Array, at: number): boolean {
    const set = this.#setOf(address, 0)
    for (let way = 0; way < WAYS; way++) {
      const entry = set + way * ENTRY_BYTES
      if (!this.#isOf(entry, address, 0)) continue
      for (let i = 0; i < KEY_BYTES; i++) target[at + i] = this.#bytes[entry + ADDRESS_BYTES + i]!
      return true
    }
    return false
  }

  /** Remembers the key at `memory[key]` of the address at `memory[address]`. */
  add(memory: Uint8Array, address: number, key: number): void {
    const entry = this.#setOf(memory, address) + this.#wayFor(memory, address) * ENTRY_BYTES
    for (let i = 0; i < ADDRESS_BYTES; i++) this.#bytes[entry + i] = memory[address + i]!
    for (let i = 0; i < KEY_BYTES; i++) this.#bytes[entry + ADDRESS_BYTES + i] = memory[key + i]!
  }

  /** Its own place, or an empty one, or one in turn. */
  #wayFor(memory: Uint8Array, address: number): number {
    const set = this.#setOf(memory, address)
    for (let way = 0; way < WAYS; way++) if (this.#isOf(set + way * ENTRY_BYTES, memory, address)) return way
    for (let way = 0; way < WAYS; way++) if (this.#isEmpty(set + way * ENTRY_BYTES)) return way
    this.#next = (this.#next + 1) % WAYS
    return this.#next
  }

  #setOf(bytes: Uint8Array, at: number): number {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    const mixed = Math.imul(word ^ this.#seed, 0x9e37_79b1)
    return SEED_BYTES + ((mixed ^ (mixed >>> 15)) & (SETS - 1)) * WAYS * ENTRY_BYTES
  }

  #isOf(entry: number, bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < ADDRESS_BYTES; i++) if (this.#bytes[entry + i] !== bytes[at + i]) return false
    return true
  }

  #isEmpty(entry: number): boolean {
    for (let i = 0; i < ADDRESS_BYTES; i++) if (this.#bytes[entry + i] !== 0) return false
    return true
  }
}
