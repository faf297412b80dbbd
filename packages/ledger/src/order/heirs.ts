import { fromHex, HASH_BYTES, type Hex, type MarketTerms, type OutputId } from '@omg/protocol'
import { fastKeccak256 } from '../keccak.ts'
import { ENTRY_BYTES, type LockedOutputs } from '../types.ts'
import { UnspentSet } from '../unspent.ts'
import type { ExchangeView } from './types.ts'

/** What a step of a MOVE, or a fill of a SETTLE, made of its inputs. */
export interface Heir {
  readonly output: OutputId
  readonly from: readonly OutputId[]
  /** Where the transaction stands. */
  readonly checkpoint: bigint
  /** Of the market that decides how long an exit of the inputs is inherited. */
  readonly tier: MarketTerms['tier']
}

/** What an output was made of: `count` inputs of its transaction, from the `first` on. */
export interface Descent {
  readonly first: number
  readonly count: number
  readonly tier: MarketTerms['tier']
}

/** The spender that no payment in flight is: what it has in flight stays with it (A15). */
export const NOBODY = new Uint8Array(32)

export const TIERS: readonly MarketTerms['tier'][] = ['bonded', 'guarded', 'safe']

/** Whichever of two tiers protects longer. */
export function longerTier(a: MarketTerms['tier'], b: MarketTerms['tier']): MarketTerms['tier'] {
  return TIERS.indexOf(a) > TIERS.indexOf(b) ? a : b
}

/** An heir in bytes: `output 32 ‖ checkpoint u64 ‖ tier u8 ‖ n u8 ‖ output it was made of 32 × n`. */
const AT = { checkpoint: 32, tier: 40, count: 41, from: 42 } as const

/** The same as an entry of a set: `output 32 ‖ checkpoint u64 ‖ tier u8 ‖ n u8 ‖ first 32 ‖ hash of the others 32`. */
const OTHERS = AT.from + HASH_BYTES

/** An heir in bytes. */
export function encodeHeir({ output, from, checkpoint, tier }: Heir): Uint8Array {
  const bytes = new Uint8Array(AT.from + HASH_BYTES * from.length)
  bytes.set(fromHex(output))
  new DataView(bytes.buffer).setBigUint64(AT.checkpoint, checkpoint)
  bytes[AT.tier] = TIERS.indexOf(tier)
  bytes[AT.count] = from.length
  for (const [i, id] of from.entries()) bytes.set(fromHex(id), AT.from + HASH_BYTES * i)
  return bytes
}

/** Where the heir that stands at `bytes[at]` ends. */
export function heirEnd(bytes: Uint8Array, at: number): number {
  return at + AT.from + HASH_BYTES * bytes[at + AT.count]!
}

/** The heirs that a block makes, in bytes. */
export class HeirLog {
  #bytes = new Uint8Array(4_096)
  #view = new DataView(this.#bytes.buffer)
  #end = 0

  /** An output whose id stands at `bytes[at]`, made of the inputs of which the ids stand at some of `places`. */
  add(bytes: Uint8Array, at: number, places: Uint32Array, checkpoint: bigint, descent: Descent): void {
    const { first, count, tier } = descent
    const size = AT.from + HASH_BYTES * count
    if (this.#end + size > this.#bytes.length) this.#grow(size)
    const log = this.#bytes
    const to = this.#end
    for (let i = 0; i < HASH_BYTES; i++) log[to + i] = bytes[at + i]!
    this.#view.setBigUint64(to + AT.checkpoint, checkpoint)
    log[to + AT.tier] = TIERS.indexOf(tier)
    log[to + AT.count] = count
    for (let input = 0; input < count; input++) {
      const [from, start] = [places[first + input]!, to + AT.from + HASH_BYTES * input]
      for (let i = 0; i < HASH_BYTES; i++) log[start + i] = bytes[from + i]!
    }
    this.#end += size
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#end)
  }

  #grow(size: number): void {
    const larger = new Uint8Array(2 * this.#bytes.length + size)
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

/**
 * R6: an output that a SETTLE or MOVE made is locked when an exit of what it was made from starts in time, at `t(S) + D` at the
 * latest. Remembers who descends from what for as long as such an exit may still show up, spent outputs included; and for ever
 * where one has. Every step makes one, so they stand in a set of bytes, as live outputs do.
 */
export class Heirs {
  readonly #set = new UnspentSet({ partitions: 16 })
  /** What the few that were made of more outputs than one have beside the first, by place in the set. */
  readonly #others = new Map<number, Uint8Array>()
  readonly #entry = new Uint8Array(ENTRY_BYTES)
  readonly #view = new DataView(this.#entry.buffer)
  readonly #id = new Uint8Array(HASH_BYTES)

  get size(): number {
    return this.#set.size
  }

  /** A sum over all of them, in bytes. */
  get hash(): Uint8Array {
    return this.#set.setHash()
  }

  /** All of them, in no particular order. */
  *all(): Iterable<Heir> {
    const set = this.#set
    for (let ref = set.refAfter(-1); ref >= 0; ref = set.refAfter(ref)) yield this.#describe(ref)
  }

  add(heir: Heir): void {
    this.addAt(encodeHeir(heir), 0)
  }

  /** {@link add} for one that stands at `bytes[at]`. Returns where it ends. */
  addAt(bytes: Uint8Array, at: number): number {
    const entry = this.#entry
    const end = at + AT.from + HASH_BYTES * bytes[at + AT.count]!
    for (let i = 0; i < OTHERS; i++) entry[i] = bytes[at + i]!
    const others = at + OTHERS < end ? bytes.slice(at + OTHERS, end) : undefined
    if (others) entry.set(fastKeccak256(others), OTHERS)
    else entry.fill(0, OTHERS)
    const ref = this.#set.addAt(entry, 0)
    if (others) this.#others.set(ref, others)
    return end
  }

  /** Forgets the one whose output's id stands at `bytes[at]`. */
  removeAt(bytes: Uint8Array, at: number): void {
    if (this.#others.size > 0) this.#others.delete(this.#set.find(bytes, at))
    this.#set.removeAt(bytes, at)
  }

  /** Whether `spender` may not spend an output: it is locked, or what it was made from is. */
  isLocked(output: OutputId, locked: LockedOutputs, spender: Uint8Array): boolean {
    if (locked.size === 0) return false
    const id = fromHex(output)
    if (locked.blocks(id, spender)) return true
    const first = this.#set.find(id, 0)
    if (first < 0) return false
    const queue = [first]
    const seen = new Set(queue)
    for (let ref = queue.pop(); ref !== undefined; ref = queue.pop()) {
      const parents = this.#parents(ref)
      for (let i = 0; i < parents; i++) {
        const parent = this.#parent(ref, i)
        if (seen.has(parent)) continue
        if (locked.blocks(this.#id, spender)) return true
        if (parent < 0) continue
        seen.add(parent)
        queue.push(parent)
      }
    }
    return false
  }

  /**
   * Whether an output is locked for everybody, as {@link isLocked} for {@link NOBODY}: each descent is walked once for all outputs
   * that are asked for (A30). Holds until a block is applied.
   */
  lockedForAll(locked: LockedOutputs): (output: OutputId) => boolean {
    if (locked.size === 0) return () => false
    const isLocked = this.#walker(locked)
    return output => {
      const id = fromHex(output)
      const ref = this.#set.find(id, 0)
      return ref < 0 ? locked.blocks(id, NOBODY) : isLocked(ref)
    }
  }

  /** Those that no exit can lock any more, and none has: their ids. */
  settled(locked: LockedOutputs, exchange: ExchangeView): Uint8Array {
    const isLocked = locked.size === 0 ? () => false : this.#walker(locked)
    const open = new Map<number, boolean>()
    const ids = new Uint8Array(HASH_BYTES * this.size)
    let end = 0
    const set = this.#set
    for (let ref = set.refAfter(-1); ref >= 0; ref = set.refAfter(ref)) {
      // Of checkpoint and tier, which are all that this asks for.
      set.copyPart(ref, AT.checkpoint, AT.count - AT.checkpoint, this.#entry, AT.checkpoint)
      const tier = this.#entry[AT.tier]!
      const checkpoint = this.#checkpoint()
      const key = 4 * checkpoint + tier
      let isOpen = open.get(key)
      if (isOpen === undefined) {
        isOpen = exchange.mayInherit(BigInt(checkpoint), TIERS[tier]!)
        open.set(key, isOpen)
      }
      if (isOpen || isLocked(ref)) continue
      set.copyPart(ref, 0, HASH_BYTES, ids, end)
      end += HASH_BYTES
    }
    return ids.slice(0, end)
  }

  /** Of the entry that was copied last. */
  #checkpoint(): number {
    return this.#view.getUint32(AT.checkpoint) * 2 ** 32 + this.#view.getUint32(AT.checkpoint + 4)
  }

  /** Says of places in the set whether an exit locks what stands there. */
  #walker(locked: LockedOutputs): (ref: number) => boolean {
    const known = new Map<number, boolean>()
    return output => {
      // No recursion: descents are as long as a market is busy.
      const path = [output]
      for (let ref = path.at(-1); ref !== undefined; ref = path.at(-1)) {
        const open = known.has(ref) ? [] : this.#open(ref, known)
        if (open.length > 0) {
          path.push(...open)
          continue
        }
        if (!known.has(ref)) known.set(ref, this.#isLockedByNow(ref, locked, known))
        path.pop()
      }
      return known.get(output)!
    }
  }

  /** The parents of which nothing is known yet. */
  #open(ref: number, known: ReadonlyMap<number, boolean>): number[] {
    const open: number[] = []
    for (let i = 0; i < this.#parents(ref); i++) {
      const parent = this.#parent(ref, i)
      if (parent >= 0 && !known.has(parent)) open.push(parent)
    }
    return open
  }

  /** Whether an heir is locked, whose parents are known. */
  #isLockedByNow(ref: number, locked: LockedOutputs, known: ReadonlyMap<number, boolean>): boolean {
    this.#set.copyPart(ref, 0, HASH_BYTES, this.#id, 0)
    if (locked.blocks(this.#id, NOBODY)) return true
    for (let i = 0; i < this.#parents(ref); i++) {
      const parent = this.#parent(ref, i)
      if (parent < 0 ? locked.blocks(this.#id, NOBODY) : known.get(parent)) return true
    }
    return false
  }

  #parents(ref: number): number {
    return 1 + (this.#others.size > 0 ? (this.#others.get(ref)?.length ?? 0) / HASH_BYTES : 0)
  }

  /** Where a parent stands in the set, or -1; leaves its id in `#id`. */
  #parent(ref: number, i: number): number {
    if (i === 0) this.#set.copyPart(ref, AT.from, HASH_BYTES, this.#id, 0)
    else this.#id.set(this.#others.get(ref)!.subarray(HASH_BYTES * (i - 1), HASH_BYTES * i))
    return this.#set.find(this.#id, 0)
  }

  #describe(ref: number): Heir {
    this.#set.copyPart(ref, 0, AT.from, this.#entry, 0)
    const output = hexOf(this.#entry, 0)
    const checkpoint = this.#view.getBigUint64(AT.checkpoint)
    const tier = TIERS[this.#entry[AT.tier]!]!
    const from = Array.from({ length: this.#parents(ref) }, (_, i) => {
      this.#parent(ref, i)
      return hexOf(this.#id, 0)
    })
    return { output, from, checkpoint, tier }
  }
}

function hexOf(bytes: Uint8Array, at: number): OutputId {
  const text: Hex = `0x${Buffer.from(bytes.buffer, bytes.byteOffset + at, HASH_BYTES).toString('hex')}`
  return text as OutputId
}
