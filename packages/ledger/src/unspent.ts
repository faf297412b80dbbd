import { ENTRY_BYTES, type UnspentOutputs } from './types.ts'

/** Entries per chunk of the slab: 480 KiB, so a small set stays small and a large one grows without copying. */
const CHUNK_ENTRIES = 4096
const CHUNK_SHIFT = 12
const ENTRY_WORDS = ENTRY_BYTES / 4
/** The slab index of the next free entry stands in the first word of a free one; this ends the list. */
const NO_ENTRY = 0xffff_ffff
/** The last byte of an entry: 0 in a live one. */
const FREE_MARK = 0xff
const MIN_SLOTS = 16

/** A part of the index: slot `s` is `tag, slab index + 1`; a zero second word means empty. */
interface Partition {
  slots: Uint32Array
  mask: number
  used: number
}

export interface UnspentSetOptions {
  /** Power of two up to 256: how many parts of the index grow one at a time. Default 256. */
  readonly partitions?: number
  /** Moves every entry to another slot, so that nobody can aim at one (A30). Any number; results do not depend on it. */
  readonly seed?: number
}

/**
 * The live outputs in typed arrays, about 140 bytes each all in.
 *
 * Entries stand in a slab of chunks; the index is open addressing with linear probing over `(tag, slab index)` pairs, in
 * 256 partitions by the first byte of the id. Growth rehashes one partition at a time, so no insertion waits for the whole set.
 * Removal shifts back instead of leaving tombstones, so a set that lives for years stays as fast as a fresh one.
 * Words are read in the byte order of the machine (little-endian everywhere Node runs) and never leave it as words.
 */
export class UnspentSet implements UnspentOutputs {
  readonly #partitions: Partition[]
  readonly #partitionMask: number
  readonly #seed: number
  readonly #words: Uint32Array[] = []
  readonly #bytes: Uint8Array[] = []
  readonly #sums = new Uint32Array(8)
  #size = 0
  #fresh = 0
  #free = NO_ENTRY

  constructor(options: UnspentSetOptions = {}) {
    const partitions = options.partitions ?? 256
    if (partitions < 1 || partitions > 256 || (partitions & (partitions - 1)) !== 0) {
      throw new Error('partitions must be a power of two up to 256')
    }
    this.#partitionMask = partitions - 1
    this.#seed = options.seed ?? 0
    this.#partitions = Array.from({ length: partitions }, () => emptyPartition(MIN_SLOTS))
  }

  get size(): number {
    return this.#size
  }

  /** Bytes of the typed arrays: the slab and the index. */
  get memoryBytes(): number {
    const index = this.#partitions.reduce((sum, partition) => sum + partition.slots.byteLength, 0)
    return index + this.#bytes.length * CHUNK_ENTRIES * ENTRY_BYTES
  }

  has(id: Uint8Array): boolean {
    return this.find(id, 0) >= 0
  }

  get(id: Uint8Array): Uint8Array | undefined {
    const ref = this.find(id, 0)
    if (ref < 0) return undefined
    const entry = new Uint8Array(ENTRY_BYTES)
    this.copyPart(ref, 0, ENTRY_BYTES, entry, 0)
    return entry
  }

  add(entry: Uint8Array): void {
    this.addAt(entry, 0)
  }

  remove(id: Uint8Array): void {
    this.removeAt(id, 0)
  }

  /** The slab index of the entry whose id stands at `bytes[at]`, or -1. Valid until the next change. */
  find(bytes: Uint8Array, at: number): number {
    const { slots, mask } = this.#partitions[bytes[at]! & this.#partitionMask]!
    const tag = word(bytes, at + 4)
    for (let slot = this.#home(tag, mask); ; slot = (slot + 1) & mask) {
      const ref = slots[2 * slot + 1]!
      if (ref === 0) return -1
      if (slots[2 * slot] === tag && this.#isAt(ref - 1, bytes, at)) return ref - 1
    }
  }

  /** Copies bytes `from .. from + length` of the entry at a slab index. */
  copyPart(ref: number, from: number, length: number, target: Uint8Array, at: number): void {
    const source = this.#bytes[ref >>> CHUNK_SHIFT]!
    const start = (ref & (CHUNK_ENTRIES - 1)) * ENTRY_BYTES + from
    for (let i = 0; i < length; i++) target[at + i] = source[start + i]!
  }

  /** {@link add} for an entry that stands at `bytes[at]`. Returns its slab index. */
  addAt(bytes: Uint8Array, at: number): number {
    const partition = this.#partitions[bytes[at]! & this.#partitionMask]!
    if (4 * (partition.used + 1) > 3 * (partition.mask + 1)) this.#grow(partition)
    const { slots, mask } = partition
    const tag = word(bytes, at + 4)
    let slot = this.#home(tag, mask)
    for (; slots[2 * slot + 1] !== 0; slot = (slot + 1) & mask) {
      const isTaken = slots[2 * slot] === tag && this.#isAt(slots[2 * slot + 1]! - 1, bytes, at)
      if (isTaken) throw new Error('the output is in the set already')
    }
    const ref = this.#takeEntry()
    const chunk = this.#bytes[ref >>> CHUNK_SHIFT]!
    const to = (ref & (CHUNK_ENTRIES - 1)) * ENTRY_BYTES
    for (let i = 0; i < ENTRY_BYTES; i++) chunk[to + i] = bytes[at + i]!
    slots[2 * slot] = tag
    slots[2 * slot + 1] = ref + 1
    partition.used++
    this.#size++
    this.#sum(ref, 1)
    return ref
  }

  /** {@link remove} for an id that stands at `bytes[at]`. */
  removeAt(bytes: Uint8Array, at: number): void {
    const partition = this.#partitions[bytes[at]! & this.#partitionMask]!
    const { slots, mask } = partition
    const tag = word(bytes, at + 4)
    let slot = this.#home(tag, mask)
    for (; ; slot = (slot + 1) & mask) {
      const ref = slots[2 * slot + 1]!
      if (ref === 0) throw new Error('the output is not in the set')
      if (slots[2 * slot] === tag && this.#isAt(ref - 1, bytes, at)) break
    }
    const ref = slots[2 * slot + 1]! - 1
    this.#sum(ref, -1)
    this.#closeGap(partition, slot)
    this.#giveEntry(ref)
    partition.used--
    this.#size--
  }

  setHash(): Uint8Array {
    return new Uint8Array(this.#sums.slice().buffer)
  }

  *entries(): Generator<Uint8Array> {
    for (let c = 0; c < this.#bytes.length; c++) {
      const chunk = this.#bytes[c]!
      const count = Math.min(CHUNK_ENTRIES, this.#fresh - c * CHUNK_ENTRIES)
      const live = new Uint8Array(count * ENTRY_BYTES)
      let length = 0
      for (let from = 0; from < count * ENTRY_BYTES; from += ENTRY_BYTES) {
        if (chunk[from + ENTRY_BYTES - 1] === FREE_MARK) continue
        live.set(chunk.subarray(from, from + ENTRY_BYTES), length)
        length += ENTRY_BYTES
      }
      if (length > 0) yield live.subarray(0, length)
    }
  }

  /** The slab index of the first entry after one, or of all after -1; -1 if there is none. Valid until the next change. */
  refAfter(ref: number): number {
    for (let next = ref + 1; next < this.#fresh; next++) {
      const chunk = this.#bytes[next >>> CHUNK_SHIFT]!
      if (chunk[((next & (CHUNK_ENTRIES - 1)) + 1) * ENTRY_BYTES - 1] !== FREE_MARK) return next
    }
    return -1
  }

  #home(tag: number, mask: number): number {
    const mixed = Math.imul(tag ^ this.#seed, 0x9e37_79b1)
    return (mixed ^ (mixed >>> 15)) & mask
  }

  #isAt(ref: number, bytes: Uint8Array, at: number): boolean {
    const chunk = this.#bytes[ref >>> CHUNK_SHIFT]!
    const from = (ref & (CHUNK_ENTRIES - 1)) * ENTRY_BYTES
    for (let i = 0; i < 32; i++) if (chunk[from + i] !== bytes[at + i]) return false
    return true
  }

  #place({ slots, mask }: Partition, tag: number, ref: number): void {
    let slot = this.#home(tag, mask)
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask
    slots[2 * slot] = tag
    slots[2 * slot + 1] = ref + 1
  }

  #grow(partition: Partition): void {
    const old = partition.slots
    const next = emptyPartition(2 * (partition.mask + 1))
    partition.slots = next.slots
    partition.mask = next.mask
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] !== 0) this.#place(partition, old[i]!, old[i + 1]! - 1)
    }
  }

  /** Backward-shift deletion: moves later entries of the run over the gap unless that would put them before their home. */
  #closeGap({ slots, mask }: Partition, gap: number): void {
    let empty = gap
    for (let slot = (gap + 1) & mask; slots[2 * slot + 1] !== 0; slot = (slot + 1) & mask) {
      const home = this.#home(slots[2 * slot]!, mask)
      if (((slot - home) & mask) < ((slot - empty) & mask)) continue
      slots[2 * empty] = slots[2 * slot]!
      slots[2 * empty + 1] = slots[2 * slot + 1]!
      empty = slot
    }
    slots[2 * empty + 1] = 0
  }

  #takeEntry(): number {
    if (this.#free !== NO_ENTRY) {
      const ref = this.#free
      this.#free = this.#words[ref >>> CHUNK_SHIFT]![(ref & (CHUNK_ENTRIES - 1)) * ENTRY_WORDS]!
      return ref
    }
    const ref = this.#fresh++
    if (ref >>> CHUNK_SHIFT === this.#bytes.length) {
      const buffer = new ArrayBuffer(CHUNK_ENTRIES * ENTRY_BYTES)
      this.#bytes.push(new Uint8Array(buffer))
      this.#words.push(new Uint32Array(buffer))
    }
    return ref
  }

  #giveEntry(ref: number): void {
    const c = ref >>> CHUNK_SHIFT
    const at = ref & (CHUNK_ENTRIES - 1)
    this.#bytes[c]![at * ENTRY_BYTES + ENTRY_BYTES - 1] = FREE_MARK
    this.#words[c]![at * ENTRY_WORDS] = this.#free
    this.#free = ref
  }

  #sum(ref: number, sign: 1 | -1): void {
    addToSetHash(
      this.#sums,
      this.#words[ref >>> CHUNK_SHIFT]!,
      (ref & (CHUNK_ENTRIES - 1)) * ENTRY_WORDS,
      sign,
    )
  }
}

/**
 * Adds an entry (as 30 words at `at`) to eight 32-bit sums, or takes it away: each word of the id, which is a hash, mixed with
 * a digest of the rest of the entry. Sums commute and subtract, so a set has one hash however it came about.
 */
export function addToSetHash(sums: Uint32Array, words: Uint32Array, at: number, sign: 1 | -1): void {
  let rest = 0
  for (let i = 8; i < ENTRY_WORDS; i++) {
    const mixed = Math.imul(rest ^ words[at + i]!, 0x85eb_ca6b)
    rest = mixed ^ (mixed >>> 13)
  }
  for (let i = 0; i < 8; i++) sums[i] = sums[i]! + sign * Math.imul(words[at + i]! + rest, 0x9e37_79b1)
}

function emptyPartition(slots: number): Partition {
  return { slots: new Uint32Array(2 * slots), mask: slots - 1, used: 0 }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
