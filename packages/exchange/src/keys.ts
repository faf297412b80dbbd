/** Small steps: memory that waits for keys is an eighth on average. */
const GROWTH = 1.25
/** An entry of the index is `distance << 21 | slot + 1`, or 0 for nothing. */
const SLOT_BITS = 21
const SLOT_MASK = (1 << SLOT_BITS) - 1
/** Means this far or farther: only chosen keys get there, and they are only slow. */
const FAR = (1 << (32 - SLOT_BITS)) - 1

/** A table holds at most so many keys. */
export const MAX_KEYS = SLOT_MASK - 1

/**
 * Slots named by keys of a fixed width, by open addressing with linear probing. A slot keeps its number as long as its
 * key lives; the numbers of removed keys are used again. An entry remembers how far it stands from where its key belongs:
 * so a search compares only keys that belong to the same place, and a removal moves the entries behind it up without
 * reading any key. There are no tombstones, and the table of a long-lived book does not decay.
 */
export class KeyTable {
  readonly width: number
  readonly #seed: number
  #index: Uint32Array
  #bytes: Uint8Array
  #capacity: number
  #used = 0
  #free: number[] = []

  /** @param seed Anything that is hard to guess, where keys come from adversaries who might make them collide. */
  constructor(width: number, capacity: number, seed = 0) {
    this.width = width
    this.#seed = seed
    this.#capacity = capacity
    this.#bytes = new Uint8Array(width * capacity)
    this.#index = new Uint32Array(indexSize(capacity))
  }

  /** Living keys. */
  get size(): number {
    return this.#used - this.#free.length
  }

  /** All slots in use are below it. */
  get end(): number {
    return this.#used
  }

  /** Columns beside the table need this many rows. */
  get capacity(): number {
    return this.#capacity
  }

  /** Bytes of memory. */
  get byteLength(): number {
    return this.#bytes.byteLength + this.#index.byteLength + 8 * this.#free.length
  }

  /** The key of a slot, as a view that lives until the next insertion. */
  key(slot: number): Uint8Array {
    return this.#bytes.subarray(slot * this.width, (slot + 1) * this.width)
  }

  /** The keys of all slots in use, one after the other, as a view that lives until the next insertion. */
  get keys(): Uint8Array {
    return this.#bytes.subarray(0, this.#used * this.width)
  }

  /** Copies the key of a slot. */
  copyKey(slot: number, target: Uint8Array, at: number): void {
    const start = slot * this.width
    for (let i = 0; i < this.width; i++) target[at + i] = this.#bytes[start + i]!
  }

  /** The slot of a key that starts at an offset of some bytes; -1 where it is not here. */
  find(bytes: Uint8Array, offset = 0): number {
    const index = this.#index
    const mask = index.length - 1
    let at = this.#hash(bytes, offset) & mask
    for (let distance = 0; ; distance++) {
      const entry = index[at]!
      if (entry === 0) return -1
      const slot = (entry & SLOT_MASK) - 1
      if (entry >>> SLOT_BITS === Math.min(distance, FAR) && this.#matches(slot, bytes, offset)) return slot
      at = (at + 1) & mask
    }
  }

  /** A slot for a key; -1 where it is here already. Throws where the table is full. */
  insert(bytes: Uint8Array, offset = 0): number {
    if (this.#free.length === 0 && this.#used === this.#capacity) this.#grow()
    const mask = this.#index.length - 1
    let at = this.#hash(bytes, offset) & mask
    let distance = 0
    for (; this.#index[at] !== 0; distance++) {
      const entry = this.#index[at]!
      const slot = (entry & SLOT_MASK) - 1
      if (entry >>> SLOT_BITS === Math.min(distance, FAR) && this.#matches(slot, bytes, offset)) return -1
      at = (at + 1) & mask
    }
    const slot = this.#free.pop() ?? this.#used++
    const start = slot * this.width
    for (let i = 0; i < this.width; i++) this.#bytes[start + i] = bytes[offset + i]!
    this.#put(at, distance, slot)
    return slot
  }

  /** Forgets the key of a slot. */
  remove(slot: number): void {
    const index = this.#index
    const mask = index.length - 1
    let hole = this.#home(slot) & mask
    while ((index[hole]! & SLOT_MASK) !== slot + 1) hole = (hole + 1) & mask
    // Whatever stands behind the hole and belongs at it, or before it, moves up.
    let gap = 1
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const entry = index[at]!
      let distance = entry >>> SLOT_BITS
      if (distance === FAR) distance = (at - this.#home((entry & SLOT_MASK) - 1)) & mask
      if (distance >= gap) {
        this.#put(hole, distance - gap, (entry & SLOT_MASK) - 1)
        hole = at
        gap = 0
      }
      gap++
    }
    index[hole] = 0
    this.#free.push(slot)
  }

  #enter(slot: number): void {
    const index = this.#index
    const mask = index.length - 1
    let at = this.#home(slot) & mask
    let distance = 0
    for (; index[at] !== 0; distance++) at = (at + 1) & mask
    this.#put(at, distance, slot)
  }

  #put(at: number, distance: number, slot: number): void {
    this.#index[at] = ((Math.min(distance, FAR) << SLOT_BITS) | (slot + 1)) >>> 0
  }

  #home(slot: number): number {
    return this.#hash(this.#bytes, slot * this.width)
  }

  /** Keys are hashes or addresses: their ends are as good as random, unless somebody chose them. */
  #hash(bytes: Uint8Array, offset: number): number {
    let hash = this.#seed ^ word(bytes, offset)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b) ^ word(bytes, offset + 4)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35) ^ word(bytes, offset + this.width - 4)
    hash = Math.imul(hash ^ (hash >>> 16), 0x27d4_eb2f)
    return hash ^ (hash >>> 15)
  }

  #matches(slot: number, bytes: Uint8Array, offset: number): boolean {
    const start = slot * this.width
    for (let i = 0; i < this.width; i++) if (this.#bytes[start + i] !== bytes[offset + i]) return false
    return true
  }

  /** Only when no slot is free: all of them have keys. */
  #grow(): void {
    if (this.#capacity >= MAX_KEYS) throw new Error(`a table of ${this.#capacity} keys is full`)
    this.#capacity = Math.min(MAX_KEYS, Math.ceil(this.#capacity * GROWTH))
    const bytes = new Uint8Array(this.width * this.#capacity)
    bytes.set(this.#bytes)
    this.#bytes = bytes
    const size = indexSize(this.#capacity)
    if (size > this.#index.length) this.#reindex(size)
  }

  #reindex(size: number): void {
    this.#index = new Uint32Array(size)
    for (let slot = 0; slot < this.#used; slot++) this.#enter(slot)
  }
}

function word(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)
}

/** A power of two that leaves at least a quarter of the places empty. */
function indexSize(capacity: number): number {
  let size = 16
  while (size * 0.75 < capacity) size *= 2
  return size
}
