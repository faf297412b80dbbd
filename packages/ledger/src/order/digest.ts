import type { Heir } from './heirs.ts'
import type { Holding, OrderRecord } from './types.ts'

const HOLDING = 0x80
const HEIR = 0x81

/**
 * A sum over everything an order state knows: eight words, to which each thing adds a digest of its own and from which it is taken
 * again. Sums commute, so a state has one sum however it came about. A self-check against damage, not a commitment: digests mix well
 * and resist nobody.
 */
export class StateSum {
  readonly #words = new Uint32Array(8)
  readonly #digest = new Digest()

  /** As one number. */
  get value(): bigint {
    return this.#words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n)
  }

  /** What stands under a guard, which commits to its terms; live outputs have their own set. */
  holding(guard: string, { references, live }: Pick<Holding, 'references' | 'live'>, sign: 1 | -1): void {
    const digest = this.#digest.start(HOLDING).text(guard).word(references)
    if (live) {
      const { output, order, release = '' } = live
      digest.text(output).word(order.lots).number(order.height).number(order.position)
      digest.word((order.triggered ? 1 : 0) | (order.acted ? 2 : 0)).text(release)
    }
    digest.addTo(this.#words, sign)
  }

  heir({ output, from, checkpoint, tier }: Heir, sign: 1 | -1): void {
    const digest = this.#digest.start(HEIR).text(output).number(checkpoint).text(tier)
    for (const id of from) digest.text(id)
    digest.addTo(this.#words, sign)
  }

  /** A record as it stands in a store. */
  record({ key, value }: OrderRecord, sign: 1 | -1): void {
    this.#digest.start(key[0]!).bytes(key).bytes(value!).addTo(this.#words, sign)
  }
}

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
    const high = value >> 64n
    this.word(Number(BigInt.asUintN(32, value))).word(Number(BigInt.asUintN(32, value >> 32n)))
    return this.word(high === 0n ? 0 : Number(BigInt.asUintN(32, high)))
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
