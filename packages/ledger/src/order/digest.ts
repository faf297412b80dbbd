import type { Holding, OrderRecord } from './types.ts'

const HOLDING = 0x80

/** What a holding adds to the sum, without whether its order has acted: kept in it, so that it is mixed once. */
export interface HoldingDigest {
  a: number
  b: number
  c: number
  d: number
}

/**
 * A sum over everything an order state knows: eight words, to which each thing adds a digest of its own and from which it is taken
 * again. Sums commute, so a state has one sum however it came about. A self-check against damage, not a commitment: digests mix well
 * and resist nobody.
 */
export class StateSum {
  readonly #words = new Uint32Array(8)
  readonly #digest = new Digest()

  /** As one number, with the sum over all heirs, which have a set of their own. */
  valueWith(heirs: Uint8Array): bigint {
    const others = new DataView(heirs.buffer, heirs.byteOffset)
    return this.#words.reduce((sum, word, i) => {
      return (sum << 32n) | BigInt((word + others.getUint32(4 * i, true)) >>> 0)
    }, 0n)
  }

  /** Notes the digest of what stands under a guard, which commits to its terms; live outputs have their own set. */
  digest(holding: HoldingDigest & Pick<Holding, 'references' | 'live'>, guard: string): void {
    const { references, live } = holding
    const digest = this.#digest.start(HOLDING).text(guard).word(references)
    if (live) {
      const { output, lots, height, position, triggered, release = '' } = live
      digest.text(output).word(lots).number(height).number(position)
      digest.word(triggered ? 1 : 0).text(release)
    }
    digest.keepIn(holding)
  }

  holding(digest: HoldingDigest, acted: boolean, sign: 1 | -1): void {
    this.#digest
      .resume(digest)
      .word(acted ? 1 : 0)
      .addTo(this.#words, sign)
  }

  /** A record as it stands in a store. */
  record({ key, value }: OrderRecord, sign: 1 | -1): void {
    this.#digest.start(key[0]!).bytes(key).bytes(value!).addTo(this.#words, sign)
  }
}

/** The words of a number, in the byte order of the machine. */
const wide = new BigUint64Array(2)
const narrow = new Uint32Array(wide.buffer)

/** Mixes 32 bits at a time into four words, as MurmurHash3 does. */
class Digest {
  #a = 0
  #b = 0
  #c = 0
  #d = 0

  start(kind: number): this {
    this.#a = kind
    this.#b = 0x9e37_79b1
    this.#c = 0x85eb_ca6b
    this.#d = 0xc2b2_ae35
    return this
  }

  keepIn(target: HoldingDigest): void {
    target.a = this.#a
    target.b = this.#b
    target.c = this.#c
    target.d = this.#d
  }

  resume({ a, b, c, d }: HoldingDigest): this {
    this.#a = a
    this.#b = b
    this.#c = c
    this.#d = d
    return this
  }

  word(value: number): this {
    const mixed = Math.imul(this.#a ^ value, 0xcc9e_2d51)
    const turned = (mixed << 15) | (mixed >>> 17)
    this.#a = this.#b
    this.#b = this.#c
    this.#c = this.#d
    this.#d = (Math.imul(turned, 0x1b87_3593) + ((this.#d << 13) | (this.#d >>> 19))) | 0
    return this
  }

  /** A height, a checkpoint or a position: at most 96 bits. */
  number(value: bigint): this {
    wide[0] = value
    wide[1] = value >> 64n
    return this.word(narrow[0]!).word(narrow[1]!).word(narrow[2]!)
  }

  /** Plain characters: hex, or a name. */
  text(text: string): this {
    this.word(text.length)
    let at = 0
    for (; at + 4 <= text.length; at += 4) {
      this.word(
        text.charCodeAt(at) |
          (text.charCodeAt(at + 1) << 8) |
          (text.charCodeAt(at + 2) << 16) |
          (text.charCodeAt(at + 3) << 24),
      )
    }
    for (; at < text.length; at++) this.word(text.charCodeAt(at))
    return this
  }

  bytes(bytes: Uint8Array): this {
    this.word(bytes.length)
    for (const byte of bytes) this.word(byte)
    return this
  }

  addTo(words: Uint32Array, sign: 1 | -1): void {
    for (let i = 0; i < 8; i++) words[i] = words[i]! + sign * this.word(i).#d
  }
}
