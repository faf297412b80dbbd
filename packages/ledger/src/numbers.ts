const START_SLOTS = 1_024

/** A set of whole numbers from 0 on, below 2^31 - 1, in one piece of memory: a block fills one with what it spends. */
export class NumberSet {
  /** Open addressing with linear probing: a number + 1; 0 is empty. */
  #slots = new Int32Array(START_SLOTS)
  #size = 0

  get size(): number {
    return this.#size
  }

  has(number: number): boolean {
    return this.#slots[this.#slotOf(number)] !== 0
  }

  add(number: number): void {
    const slot = this.#slotOf(number)
    if (this.#slots[slot] !== 0) return
    this.#slots[slot] = number + 1
    this.#size++
    if (4 * this.#size > 3 * this.#slots.length) this.#grow()
  }

  /** Where a number stands, or would. */
  #slotOf(number: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    const mixed = Math.imul(number, 0x9e37_79b1)
    let slot = (mixed ^ (mixed >>> 15)) & mask
    while (slots[slot] !== 0 && slots[slot] !== number + 1) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(2 * old.length)
    for (const entry of old) if (entry !== 0) this.#slots[this.#slotOf(entry - 1)] = entry
  }
}
