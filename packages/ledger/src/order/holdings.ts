import type { Guard } from '@omg/protocol'
import { StateHolding } from './holding.ts'

/**
 * Holdings by guard. They stand in a list beside a table of places: whenever a `Map` makes room, it leaves its former self behind
 * in old memory, with all that it held then. Were those holdings, each order would outlive its time until old memory is collected,
 * and be copied twice on the way.
 */
export class Holdings {
  readonly #places = new Map<Guard, number>()
  readonly #list: (StateHolding | undefined)[] = []
  readonly #free: number[] = []

  get size(): number {
    return this.#places.size
  }

  get(guard: Guard): StateHolding | undefined {
    const place = this.#places.get(guard)
    return place === undefined ? undefined : this.#list[place]
  }

  /** The holding under a guard, which is empty where there was none. */
  open(guard: Guard): StateHolding {
    return this.get(guard) ?? this.#add(guard)
  }

  delete(guard: Guard): void {
    const place = this.#places.get(guard)
    if (place === undefined) return
    this.#places.delete(guard)
    this.#list[place] = undefined
    this.#free.push(place)
  }

  *[Symbol.iterator](): Generator<readonly [Guard, StateHolding]> {
    for (const [guard, place] of this.#places) yield [guard, this.#list[place]!]
  }

  #add(guard: Guard): StateHolding {
    const holding = new StateHolding(guard)
    const place = this.#free.pop() ?? this.#list.length
    this.#places.set(guard, place)
    this.#list[place] = holding
    return holding
  }
}
