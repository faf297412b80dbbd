import { KeyTable } from './keys.ts'

const START = 64

/** Owners of a book by small numbers, as long as they have orders in it: 4 bytes an order instead of 20. */
export class Owners {
  readonly #table: KeyTable
  #orders = new Uint32Array(START)

  constructor(seed: number) {
    this.#table = new KeyTable(20, START, seed)
  }

  /** All numbers are below it. */
  get end(): number {
    return this.#table.end
  }

  get byteLength(): number {
    return this.#table.byteLength + this.#orders.byteLength
  }

  /** The address of an owner, as a view that lives until the next order enters. */
  address(owner: number): Uint8Array {
    return this.#table.key(owner)
  }

  /** Counts one more order of an address that starts at an offset of some bytes. */
  enter(bytes: Uint8Array, offset: number): number {
    let owner = this.#table.find(bytes, offset)
    if (owner < 0) {
      owner = this.#table.insert(bytes, offset)
      if (this.#orders.length < this.#table.capacity) {
        const orders = new Uint32Array(this.#table.capacity)
        orders.set(this.#orders)
        this.#orders = orders
      }
    }
    this.#orders[owner]!++
    return owner
  }

  /** Counts one order less. */
  leave(owner: number): void {
    if (--this.#orders[owner]! === 0) this.#table.remove(owner)
  }
}
