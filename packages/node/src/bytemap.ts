import { randomInt } from 'node:crypto'

const MINIMUM_SLOTS = 64

/**
 * A map by runs of bytes of one length. It makes no string and no object per key: keys stand side by side in one buffer, found by
 * open addressing with linear probing. Removal shifts back instead of leaving tombstones. Slots are seeded by chance, so that nobody
 * can aim at one (A30).
 */
export class ByteMap<Value> {
  readonly #keyBytes: number
  readonly #seed = randomInt(2 ** 32)
  #mask: number
  /** The hash of the key in each slot; 0 = empty. */
  #tags: Uint32Array
  #keys: Uint8Array
  #values: (Value | undefined)[]
  #size = 0

  /** `keyBytes`: the length of every key, a multiple of 4. It has room for `expected` keys at once, and grows. */
  constructor(keyBytes: number, expected = 0) {
    let slots = MINIMUM_SLOTS
    while (slots < 2 * expected) slots *= 2
    this.#mask = slots - 1
    this.#keyBytes = keyBytes
    this.#tags = new Uint32Array(slots)
    this.#keys = new Uint8Array(slots * keyBytes)
    this.#values = emptyValues(slots)
  }

  get size(): number {
    return this.#size
  }

  /** The value of the key that stands at `bytes[at]`. */
  get(bytes: Uint8Array, at: number): Value | undefined {
    return this.#values[this.#slotOf(this.#tag(bytes, at), bytes, at)]
  }

  /** Adds the key that stands at `bytes[at]`, or gives it another value. */
  set(bytes: Uint8Array, at: number, value: Value): void {
    if (2 * (this.#size + 1) > this.#mask + 1) this.#grow()
    const tag = this.#tag(bytes, at)
    const slot = this.#slotOf(tag, bytes, at)
    if (this.#tags[slot] === 0) {
      this.#tags[slot] = tag
      const to = slot * this.#keyBytes
      for (let i = 0; i < this.#keyBytes; i++) this.#keys[to + i] = bytes[at + i]!
      this.#size++
    }
    this.#values[slot] = value
  }

  /** Removes the key that stands at `bytes[at]`, if it is there. */
  delete(bytes: Uint8Array, at: number): void {
    let gap = this.#slotOf(this.#tag(bytes, at), bytes, at)
    if (this.#tags[gap] === 0) return
    const mask = this.#mask
    for (let slot = (gap + 1) & mask; this.#tags[slot] !== 0; slot = (slot + 1) & mask) {
      // A later key of the run fills the gap unless that would put it before its home.
      if (((slot - this.#tags[slot]!) & mask) < ((slot - gap) & mask)) continue
      this.#move(slot, gap)
      gap = slot
    }
    this.#tags[gap] = 0
    this.#values[gap] = undefined
    this.#size--
  }

  /** The slot of the key, or the empty one where it would stand. */
  #slotOf(tag: number, bytes: Uint8Array, at: number): number {
    let slot = tag & this.#mask
    while (this.#tags[slot] !== 0 && !(this.#tags[slot] === tag && this.#isAt(slot, bytes, at)))
      slot = (slot + 1) & this.#mask
    return slot
  }

  #isAt(slot: number, bytes: Uint8Array, at: number): boolean {
    const from = slot * this.#keyBytes
    for (let i = 0; i < this.#keyBytes; i++) if (this.#keys[from + i] !== bytes[at + i]) return false
    return true
  }

  #tag(bytes: Uint8Array, at: number): number {
    let hash = this.#seed
    for (let i = at; i < at + this.#keyBytes; i += 4) {
      const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
      hash = Math.imul(hash ^ word, 0x9e37_79b1)
      hash ^= hash >>> 15
    }
    return hash >>> 0 || 1
  }

  #move(from: number, to: number): void {
    const start = from * this.#keyBytes
    this.#keys.copyWithin(to * this.#keyBytes, start, start + this.#keyBytes)
    this.#tags[to] = this.#tags[from]!
    this.#values[to] = this.#values[from]
  }

  #grow(): void {
    const [tags, keys, values] = [this.#tags, this.#keys, this.#values]
    const slots = 2 * tags.length
    this.#mask = slots - 1
    this.#tags = new Uint32Array(slots)
    this.#keys = new Uint8Array(slots * this.#keyBytes)
    this.#values = emptyValues(slots)
    for (let old = 0; old < tags.length; old++) {
      if (tags[old] === 0) continue
      let slot = tags[old]! & this.#mask
      while (this.#tags[slot] !== 0) slot = (slot + 1) & this.#mask
      const start = old * this.#keyBytes
      this.#keys.set(keys.subarray(start, start + this.#keyBytes), slot * this.#keyBytes)
      this.#tags[slot] = tags[old]!
      this.#values[slot] = values[old]
    }
  }
}

function emptyValues<Value>(slots: number): (Value | undefined)[] {
  return new Array<Value | undefined>(slots).fill(undefined)
}
